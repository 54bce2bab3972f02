"""A lake whose Parquet files lie in an S3-compatible object store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db import Store, open_store
from db.engines.object_store import use_endpoint
from db.errors import StoreError
from db.health import health
from db.maintain import maintain
from db.record import record
from db.rows import ScoreRow
from tests.db.sample_rows import make_run
from tests.object_store import ObjectStore, object_store


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
