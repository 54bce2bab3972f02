from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from db import StoreBusy, StoreError, finished, open_store
from db.backup import backup, restore
from db.health import health
from db.record import record
from db.store import Store
from tests.db.sample_rows import CHECKPOINT, CURVES, DATASET, SCORES, make_run
from tests.db.test_gate import end, foreign
from tests.db.test_trouble import with_log
from tests.warm import StartCode


def fill(store: Store) -> None:
    for job in ("a", "b"):
        record(store, make_run(job), SCORES, CURVES, checkpoint=CHECKPOINT, dataset=DATASET)


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    views = ("sts_scores", "sts_curve", "runs_log", "dictionary")
    with store.read() as connection:
        return {
            view: sorted(map(tuple, connection.execute(sa.text("FROM " + view))), key=repr)
            for view in views
        }


def test_a_backup_restored_is_the_same_store(every_store: Store, tmp_path: Path) -> None:
    fill(every_store)
    before = content(every_store)
    saved = backup(every_store, tmp_path / "backups" / "one.duckdb")
    record(every_store, make_run("later"), SCORES)
    restore(every_store, saved)
    after = content(every_store)
    assert {k: v for k, v in after.items() if k != "dictionary"} == {
        k: v for k, v in before.items() if k != "dictionary"
    }
    assert set(finished(every_store, ["a", "b", "later"])) == {"a", "b"}
    assert health(every_store).problems == ()
    assert record(every_store, make_run("later"), SCORES)


def test_a_backup_is_a_store_that_any_client_reads(every_store: Store, tmp_path: Path) -> None:
    fill(every_store)
    saved = backup(every_store, tmp_path / "one.duckdb")
    assert [path.name for path in tmp_path.glob("one*")] == ["one.duckdb"]
    with duckdb.connect(str(saved), read_only=True) as plain:
        assert plain.execute("SELECT count(*) FROM sts_scores").fetchone() == (2,)
    assert health(open_store(f"duckdb:///{saved}")).problems == ()


@pytest.mark.parametrize("there", ["file", "lake"])
@pytest.mark.parametrize("back", ["file", "lake"])
def test_a_store_moves_between_the_engines(
    request: pytest.FixtureRequest, tmp_path: Path, there: str, back: str
) -> None:
    urls = {
        "file": f"duckdb:///{tmp_path}/to/store.duckdb",
        "lake": f"ducklake:sqlite:{tmp_path}/to/catalog.sqlite",
    }
    source: Store = request.getfixturevalue(f"{there}_store")
    fill(source)
    saved = backup(source, tmp_path / "backup.duckdb")
    target = open_store(urls[back])
    assert restore(target, saved) is None
    moved, original = content(target), content(source)
    for view in ("sts_scores", "sts_curve", "runs_log"):
        assert moved[view] == original[view] != []
    assert set(finished(target, ["a", "b"])) == {"a", "b"}
    assert health(target).problems == ()


def test_what_a_restore_replaces_is_kept(file_store: Store, tmp_path: Path) -> None:
    fill(file_store)
    saved = backup(file_store, tmp_path / "one.duckdb")
    record(file_store, make_run("later"), SCORES)
    kept = restore(file_store, saved)
    assert kept is not None
    assert set(finished(open_store(f"duckdb:///{kept}"), ["later"])) == {"later"}


def test_a_restore_over_a_corrupt_store_with_a_stale_log_heals_it(
    file_store: Store, tmp_path: Path
) -> None:
    fill(file_store)
    saved = backup(file_store, tmp_path / "one.duckdb")
    log = with_log(file_store)
    path = Path(file_store.place)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(StoreError, match="rankcheck db restore"):
        health(file_store)
    kept = restore(file_store, saved)
    assert kept is not None
    assert not log.exists(), "an old log must not be replayed into the restored file"
    assert kept.with_name(f"{kept.name}.wal").exists()
    assert set(finished(file_store, ["a", "b"])) == {"a", "b"}
    assert record(file_store, make_run("later"), SCORES)


def test_a_backup_takes_what_is_in_the_log_along(file_store: Store, tmp_path: Path) -> None:
    with_log(file_store)
    saved = backup(file_store, tmp_path / "one.duckdb")
    with duckdb.connect(str(saved), read_only=True) as plain:
        assert plain.execute("SELECT count(*) FROM extra").fetchone() == (40,)


def test_a_damaged_backup_is_refused_and_the_store_untouched(
    every_store: Store, tmp_path: Path
) -> None:
    fill(every_store)
    saved = backup(every_store, tmp_path / "one.duckdb")
    before = content(every_store)
    whole = saved.read_bytes()
    saved.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(StoreError, match=r"backup cannot be used: .*corrupt or truncated"):
        restore(every_store, saved)
    saved.write_bytes(b"something else")
    with pytest.raises(StoreError, match="is not a DuckDB file"):
        restore(every_store, saved)
    with pytest.raises(StoreError, match="no backup exists"):
        restore(every_store, tmp_path / "none.duckdb")
    assert content(every_store) == before
    assert list(tmp_path.glob("*.replaced*")) == []


def test_a_backup_overwrites_nothing(every_store: Store, tmp_path: Path) -> None:
    precious = tmp_path / "precious.duckdb"
    precious.write_text("precious")
    with pytest.raises(StoreError, match="exists already"):
        backup(every_store, precious)
    assert precious.read_text() == "precious"


def test_a_store_that_someone_has_open_is_not_replaced(
    start_code: StartCode, file_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(file_store)
    saved = backup(file_store, tmp_path / "one.duckdb")
    monkeypatch.setattr("db.backup.WAIT", 0.3)
    holder = foreign(start_code, file_store, "reader", 60)
    try:
        with pytest.raises(StoreBusy, match=str(holder.pid)):
            restore(file_store, saved)
    finally:
        end([holder])
    assert set(finished(file_store, ["a", "b"])) == {"a", "b"}


def test_the_store_is_no_backup_of_itself(file_store: Store) -> None:
    with pytest.raises(StoreError, match="is the store itself"):
        restore(file_store, Path(file_store.place))
