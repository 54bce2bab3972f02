"""Disks that take no more: the sentence, and what is left of a store.

A limit on a file's size fails a write just as a full disk does, and needs no root.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from db import StoreError, open_store
from db.backup import backup
from db.disk import cannot_write, full_disk
from db.health import health
from db.record import record
from db.store import Store
from tests.db.sample_rows import SCORES, make_run
from tests.shared_process import ROOT

# Does one thing to a store while no file may grow beyond a size.
LIMITED = """
import resource, sys
from pathlib import Path
from db import StoreError, open_store
from db.backup import backup, restore
store = open_store(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    exec(sys.argv[2])
except StoreError as error:
    print(error)
"""


def limited(store: Store, do: str, limit: int) -> str:
    command = [sys.executable, "-c", LIMITED, store.url, do, str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def real_error() -> OSError:
    """Return what the system raises where a device is full."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="No space left") as raised:
            os.write(descriptor, b"x")
    finally:
        os.close(descriptor)
    return raised.value


def test_the_sentence_names_the_folder_and_what_to_do(tmp_path: Path) -> None:
    sentence = cannot_write(real_error(), [tmp_path / "not" / "there"])
    assert sentence is not None
    assert "the disk is full" in sentence
    assert str(tmp_path) in sentence
    assert "make room" in sentence


def test_the_file_that_an_error_names_is_believed(tmp_path: Path) -> None:
    error = OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), str(tmp_path / "file"))
    assert f"the disk is full, {tmp_path} cannot" in str(cannot_write(error, [Path("/")]))
    error = OSError(errno.EROFS, os.strerror(errno.EROFS), str(tmp_path / "file"))
    assert f"{tmp_path} lies on a read-only file system" in str(cannot_write(error))


def test_an_error_behind_another_is_found_and_others_are_left_alone() -> None:
    wrapped = RuntimeError("could not save")
    wrapped.__cause__ = real_error()
    assert "the disk is full" in str(cannot_write(wrapped))
    assert "the disk is full" in str(cannot_write(ValueError("I/O: No space left on device")))
    assert cannot_write(ValueError("not a number")) is None
    assert cannot_write(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None


def test_a_disk_without_room_is_told_of_where_an_error_does_not_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full_disk([tmp_path]) is None
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=4096))
    assert f"the disk is almost full, little can be written to {tmp_path};" in str(
        full_disk([tmp_path / "none", tmp_path])
    )


def test_a_store_that_cannot_be_made_leaves_nothing_half_made(tmp_path: Path) -> None:
    store = open_store(f"duckdb:///{tmp_path}/store.duckdb")
    said = limited(store, "store.upgrade()", 100_000)
    assert "the disk is full" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "store.duckdb.gate",
        "store.duckdb.queue",
    ]
    assert store.upgrade()


def test_a_lake_that_could_not_be_made_can_be_made_later(tmp_path: Path) -> None:
    store = open_store(f"ducklake:sqlite:{tmp_path}/catalog.sqlite")
    for limit in (0, 50_000, 150_000):
        assert "the disk is full" in limited(store, "store.upgrade()", limit)
    assert store.upgrade()
    assert health(store).problems == ()
    store.close()


def test_a_gate_that_cannot_hold_the_process_id_still_opens(file_store: Store) -> None:
    """A write to `/dev/full` fails as one to a full disk does."""
    Path(f"{file_store.place}.gate").symlink_to("/dev/full")
    assert record(file_store, make_run(), SCORES)
    assert health(file_store).rows["runs"] == 1


def test_a_backup_and_a_restore_leave_no_half_of_a_file(file_store: Store, tmp_path: Path) -> None:
    record(file_store, make_run("a"), SCORES)
    saved = backup(file_store, tmp_path / "one.duckdb")
    record(file_store, make_run("b"), SCORES)
    for do in (
        f"backup(store, Path({str(tmp_path / 'two.duckdb')!r}))",
        f"restore(store, {str(saved)!r})",
    ):
        said = limited(file_store, do, 100_000)
        assert "the disk is full" in said
        assert str(tmp_path) in said
    assert not list(tmp_path.glob("two*"))
    assert not list(tmp_path.glob("*.restoring"))
    assert health(file_store).rows["runs"] == 2


@pytest.mark.parametrize("room", [0, 4_096, 20_000])
def test_a_commit_that_does_not_fit_leaves_a_log_that_is_read(file_store: Store, room: int) -> None:
    """What DuckDB leaves in its log when a write fails is no damage."""
    record(file_store, make_run("a"), SCORES)
    size = Path(file_store.place).stat().st_size
    rows = "SELECT i, '', repeat('y', 500), '', '', now() FROM range(9999) t(i)"
    big = f"connection.exec_driver_sql({f'INSERT INTO systems {rows}'!r})"
    said = limited(file_store, f"with store.write() as connection: {big}", size + room)
    assert said == "" or "the disk is full" in said
    assert health(file_store).rows["runs"] == 1
    assert record(file_store, make_run("b"), SCORES)


def test_a_folder_that_cannot_be_made_on_a_full_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    store = open_store(f"duckdb:///{tmp_path}/new/store.duckdb")
    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StoreError, match=f"the disk is full, {tmp_path} cannot be written"):
        store.upgrade()
