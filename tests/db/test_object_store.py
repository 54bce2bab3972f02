"""A lake whose Parquet files lie in an S3-compatible object store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import db.engines.object_store
from db import Store, open_store
from db.backup import backup
from db.engines.object_store import use_endpoint
from db.errors import StoreError
from db.health import health
from db.maintain import maintain
from db.record import record
from db.rows import ScoreRow
from tests.db.sample_rows import make_run
from tests.object_store import BUSY, SHORT, SLOW, ObjectStore, object_store, well

pytestmark = pytest.mark.waits


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    pytest.importorskip("duckdb_extension_httpfs")
    with object_store() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def new_store(folder: Path) -> Store:
    return open_store(f"ducklake:sqlite:{folder}/catalog.sqlite?data_path=s3://scores/lake")


def test_rows_are_kept_in_a_bucket_of_another_address(objects: ObjectStore, tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.upgrade()
    record(store, make_run("job"), [ScoreRow("a", i, 9, {"k": i}) for i in range(100)])
    maintain(store)
    store.close()
    assert any(name.startswith("scores/lake/main/scores/") for name in objects.objects)
    again = new_store(tmp_path)
    with again.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM scores").scalar_one() == 100
    assert health(again).problems == ()
    again.close()


def test_a_refused_key_is_explained_and_not_shown(
    objects: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-another")
    store = new_store(tmp_path)
    with pytest.raises(StoreError, match=r"in the object store .*AWS_ACCESS_KEY_ID") as refused:
        store.upgrade()
    store.close()
    assert "of-another" not in str(refused.value)
    assert not objects.objects


def test_an_address_that_is_none_is_refused_by_name() -> None:
    import duckdb

    with (
        duckdb.connect() as connection,
        pytest.raises(StoreError, match=r"must be the address of an object store.*'objects:8333'"),
    ):
        use_endpoint(connection, {"AWS_ENDPOINT_URL": "objects:8333"})


@pytest.fixture(scope="module")
def kept_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """The catalog and the objects of a store with the 100 scores of a job, to copy."""
    pytest.importorskip("duckdb_extension_httpfs")
    folder = tmp_path_factory.mktemp("kept")
    with object_store() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        store = new_store(folder)
        store.upgrade()
        assert recorded(store, "kept")
        store.close()
        return folder / "catalog.sqlite", dict(server.objects)


@pytest.fixture
def kept(
    kept_template: tuple[Path, dict[str, bytes]],
    objects: ObjectStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Store:
    """A store with the 100 scores of a job, of which a request is made again once."""
    monkeypatch.setattr(db.engines.object_store, "RETRIES", 1)
    catalog, written = kept_template
    shutil.copy(catalog, tmp_path)
    objects.objects.update(written)
    return new_store(tmp_path)


def recorded(store: Store, job: str) -> bool:
    return record(store, make_run(job), [ScoreRow("a", i, 9, {"k": i}) for i in range(100)])


def count(store: Store) -> int:
    with store.read() as connection:
        return len(connection.exec_driver_sql("SELECT value FROM scores").fetchall())


def test_an_overload_of_some_seconds_is_waited_for(objects: ObjectStore, tmp_path: Path) -> None:
    store = new_store(tmp_path)
    store.upgrade()
    refused: list[str] = []

    def four_times(method: str, key: str) -> str:
        refused.append(method)
        return BUSY if refused.count(method) <= 4 else ""

    objects.fault = four_times
    assert recorded(store, "job")
    assert count(store) == 100
    assert refused.count("PUT") == 5
    store.close()


@pytest.mark.parametrize("fault", [BUSY, SHORT])
def test_a_failing_read_is_explained_and_passes(
    objects: ObjectStore, kept: Store, fault: str
) -> None:
    objects.fault = lambda method, _: fault if method == "GET" else ""
    with pytest.raises(StoreError, match=r"overloaded or failing .* run it again later"):
        count(kept)
    objects.fault = well
    assert count(kept) == 100
    kept.close()


def test_a_failing_write_leaves_nothing(objects: ObjectStore, kept: Store) -> None:
    objects.fault = lambda method, _: BUSY if method in ("PUT", "POST") else ""
    with pytest.raises(StoreError, match=r"overloaded or failing .* run it again later"):
        recorded(kept, "another")
    objects.fault = well
    assert count(kept) == 100
    assert recorded(kept, "another")
    assert count(kept) == 200
    assert health(kept).problems == ()
    kept.close()


def test_a_slow_store_is_waited_for(objects: ObjectStore, kept: Store) -> None:
    objects.fault = lambda *_: SLOW
    assert recorded(kept, "slow")
    assert count(kept) == 200
    kept.close()


@pytest.mark.parametrize("fault", [BUSY, SHORT])
def test_a_backup_of_a_failing_store_leaves_no_file(
    objects: ObjectStore, kept: Store, tmp_path: Path, fault: str
) -> None:
    target = tmp_path / "copies" / "backup.duckdb"
    objects.fault = lambda method, _: fault if method == "GET" else ""
    with pytest.raises(StoreError, match=r"overloaded or failing .* run it again later"):
        backup(kept, target)
    assert list(target.parent.iterdir()) == []
    objects.fault = well
    backup(kept, target)
    assert count(open_store(f"duckdb:///{target}")) == 100
    kept.close()
