"""Write-ahead logs as DuckDB writes them: cut off, damaged, and without their store."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import duckdb
import pytest

from db import StoreError, open_store
from db.backup import backup, restore
from db.deadline import Deadline
from db.engines.file import FileEngine
from db.engines.wal import _COMMIT, _read_head, copies, validate_log
from db.health import health
from db.record import record
from db.store import Store
from tests.db.sample_rows import SCORES, make_run
from tests.db.test_trouble import raised, with_log

# Commits once per row, says how long the log is after each, and is killed.
WRITER = """
import os, sys, duckdb
connection = duckdb.connect()
connection.execute(f"ATTACH '{sys.argv[1]}' AS s (STORAGE_VERSION '{sys.argv[2]}')")
connection.execute("USE s")
connection.execute("CREATE TABLE IF NOT EXISTS rows (a VARCHAR)")
connection.execute("CHECKPOINT s")
for i in range(3):
    # Not as a parameter: DuckDB imports pandas for the first one.
    connection.execute(f"INSERT INTO rows VALUES ('row {i}')")
    print(os.path.getsize(sys.argv[1] + ".wal"), flush=True)
os._exit(9)
"""


def killed_writer(folder: Path, version: str = "v1.0.0") -> tuple[Path, list[int]]:
    """Return a DuckDB file with a log of three commits, and the log's size after each."""
    file = folder / f"{version}.duckdb"
    command = [sys.executable, "-c", WRITER, str(file), version]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return file, [int(line) for line in done.stdout.split()]


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def rows(file: Path) -> int:
    with FileEngine(file).open_reader(Deadline(1)) as connection:
        return len(connection.execute("FROM rows").fetchall())


def test_a_log_cut_off_at_any_byte_gives_what_was_committed(tmp_path: Path) -> None:
    file, commits = killed_writer(tmp_path)
    whole = log_of(file).read_bytes()
    assert len(whole) == commits[-1]
    for size in range(len(whole) + 1):
        log_of(file).write_bytes(whole[:size])
        assert rows(file) == sum(commit <= size for commit in commits), size


def test_a_log_that_was_cut_in_half_is_reported_and_kept(
    file_store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    """The writer was killed after its commits, and the disk lost half of its log."""
    log = with_log(file_store)
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    half = log.read_bytes()
    with file_store.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM extra").scalar_one()
    assert 10 < left < 30
    assert f"its first {left + 1} commits are read" in capfd.readouterr().err
    assert any("ends within a write" in note for note in health(file_store).notes)
    assert capfd.readouterr().err == "", "a process says it once"
    assert file_store.upgrade(rebuild=True)
    (copy,) = copies(Path(file_store.place))
    assert copy.read_bytes() == half
    assert f"A copy of the log is kept as {copy}" in capfd.readouterr().err
    assert any(
        f"{copy} is a copy of a write-ahead log" in note for note in health(file_store).notes
    )


def test_a_log_of_whole_commits_is_not_kept(
    file_store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    with_log(file_store)
    record(file_store, make_run("next"), SCORES)
    assert copies(Path(file_store.place)) == []
    assert capfd.readouterr().err == ""


def test_a_log_that_cannot_be_copied_is_not_merged(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = with_log(file_store)
    half = log.read_bytes()[: log.stat().st_size // 2]
    log.write_bytes(half)

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(StoreError, match=r"cannot be copied .* the disk is full"):
        file_store.upgrade(rebuild=True)
    assert log.read_bytes() == half


def test_a_log_that_says_which_file_it_belongs_to_may_be_cut_off_too(tmp_path: Path) -> None:
    file, _ = killed_writer(tmp_path, "v1.5.0")
    whole = log_of(file).read_bytes()
    assert whole[6:9] == b"\x66\x00\x10", "no identity of the file in the head"
    for size in range(len(whole) + 1):
        log_of(file).write_bytes(whole[:size])
        validate_log(file, str(file))
    assert rows(file) == 3


def test_the_head_and_the_commit_are_those_that_duckdb_writes(tmp_path: Path) -> None:
    for version in ("v1.0.0", "v1.5.0"):
        file, commits = killed_writer(tmp_path, version)
        log = log_of(file).read_bytes()
        number, head = _read_head(log)
        assert number == 2
        assert log[head - 2 : head] == b"\xff\xff"
        assert all(log[:end].endswith(_COMMIT) for end in commits)


RANDOM = bytes((i * 2654435761 >> 13) % 256 for i in range(5000))
HEAD = b"\x64\x00\x62\x65\x00\x02\xff\xff"
DAMAGED = {
    "one random byte": RANDOM[7:8],
    "16 random bytes": RANDOM[:16],
    "5000 random bytes": RANDOM,
    "zeros": bytes(4096),
    "text": b"this is not a write-ahead log\n" * 20,
    "head, then random bytes": HEAD + RANDOM,
    "head, then 8 random bytes": HEAD + RANDOM[:8],
    "head, then zeros": HEAD + bytes(4096),
    "head, then 8 zeros": HEAD + bytes(8),
    "another version": b"\x64\x00\x62\x65\x00\x01\xff\xff" + RANDOM,
    "a newer version": b"\x64\x00\x62\x65\x00\x09\xff\xff" + RANDOM,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_file_that_is_no_log_is_refused_and_left_alone(file_store: Store, content: bytes) -> None:
    log = log_of(Path(file_store.place))
    log.write_bytes(content)
    sentence = raised(file_store)
    assert f"write-ahead log {log} is corrupt" in sentence
    assert "rankcheck db restore" in sentence
    assert log.read_bytes() == content


def test_bytes_after_a_whole_log_are_refused(tmp_path: Path) -> None:
    file, _ = killed_writer(tmp_path)
    whole = log_of(file).read_bytes()
    for tail in (RANDOM, RANDOM[:8], bytes(64), b"a line of text\n"):
        log_of(file).write_bytes(whole + tail)
        with pytest.raises(StoreError, match=r"log .* is corrupt .*\(3 commits are intact"):
            rows(file)


def test_no_changed_bit_loses_a_commit_in_silence(tmp_path: Path) -> None:
    """DuckDB alone loses commits where a size or the head was changed."""
    file, commits = killed_writer(tmp_path)
    whole = log_of(file).read_bytes()
    lost_by_duckdb = 0
    # The head, and the sizes of the first and of the last entry.
    first, last = len(HEAD), len(whole) - len(_COMMIT) - 8
    for place in (*range(len(HEAD)), *range(first, first + 8), *range(last, last + 8)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        log_of(file).write_bytes(damaged)
        with pytest.raises(StoreError, match=r"log .* is corrupt"):
            rows(file)
        try:
            with duckdb.connect(str(file), read_only=True) as alone:
                found = alone.execute("FROM rows").fetchall()
        except duckdb.Error:
            continue
        lost_by_duckdb += len(found) < len(commits)
    assert lost_by_duckdb > 0, "DuckDB refuses these by itself now: is wal.py still needed?"


def test_the_log_of_another_file_is_refused_where_it_says_so(tmp_path: Path) -> None:
    file, _ = killed_writer(tmp_path, "v1.5.0")
    (tmp_path / "other").mkdir()
    other, _ = killed_writer(tmp_path / "other", "v1.5.0")
    shutil.copyfile(log_of(other), log_of(file))
    with pytest.raises(StoreError, match=r"log .* is corrupt"):
        rows(file)


def test_a_log_that_does_not_fit_the_file_is_refused(file_store: Store) -> None:
    log = with_log(file_store)
    with duckdb.connect(file_store.place) as connection:
        content = log.read_bytes()
        connection.execute("CHECKPOINT")
    log.write_bytes(content)  # makes a table that the file has already
    assert f"{log} is corrupt or belongs to another file" in raised(file_store)


def test_a_missing_store_is_not_made_over_its_log(file_store: Store) -> None:
    log = with_log(file_store)
    content = log.read_bytes()
    path = Path(file_store.place)
    aside = path.rename(path.with_name("aside.duckdb"))
    for make in (file_store.upgrade, lambda: record(file_store, make_run("new"), SCORES)):
        with pytest.raises(StoreError, match=r"is missing, but its write-ahead log .* is there"):
            make()
    assert log.read_bytes() == content
    assert not path.exists()
    aside.rename(path)
    with file_store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM extra").scalar_one() == 40


def test_an_empty_log_does_not_keep_a_store_from_being_made(tmp_path: Path) -> None:
    log_of(tmp_path / "store.duckdb").touch()
    assert open_store(f"duckdb:///{tmp_path}/store.duckdb").upgrade()


def test_check_and_backup_refuse_a_damaged_log(file_store: Store, tmp_path: Path) -> None:
    log_of(Path(file_store.place)).write_bytes(RANDOM)
    for do in (partial(health, file_store), lambda: backup(file_store, tmp_path / "backup.duckdb")):
        with pytest.raises(StoreError, match=r"log .* is corrupt"):
            do()
    assert not (tmp_path / "backup.duckdb").exists()


def test_a_restore_moves_a_damaged_log_aside(file_store: Store, tmp_path: Path) -> None:
    record(file_store, make_run("a"), SCORES)
    saved = backup(file_store, tmp_path / "backup.duckdb")
    log = log_of(Path(file_store.place))
    log.write_bytes(RANDOM)
    kept = restore(file_store, saved)
    assert kept is not None
    assert log_of(kept).read_bytes() == RANDOM
    assert not log.exists()
    assert health(file_store).rows["runs"] == 1


def test_a_restore_moves_the_log_of_a_missing_store_aside(
    file_store: Store, tmp_path: Path
) -> None:
    record(file_store, make_run("a"), SCORES)
    saved = backup(file_store, tmp_path / "backup.duckdb")
    content = with_log(file_store).read_bytes()
    Path(file_store.place).unlink()
    kept = restore(file_store, saved)
    assert kept is not None
    assert kept.suffix == ".wal"
    assert kept.read_bytes() == content
    assert health(file_store).rows["runs"] == 1


def test_a_backup_with_a_log_of_its_own_is_refused(file_store: Store, tmp_path: Path) -> None:
    log = with_log(file_store)
    copy = tmp_path / "copy.duckdb"
    shutil.copyfile(file_store.place, copy)
    shutil.copyfile(log, log_of(copy))
    with pytest.raises(StoreError, match="a backup must be one file"):
        restore(file_store, copy)
    open_store(f"duckdb:///{copy}").upgrade(rebuild=True)
    restore(file_store, copy)
    with file_store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM extra").scalar_one() == 40


def test_a_log_that_changes_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that passes no gate may write at this very moment."""
    file, _ = killed_writer(tmp_path)
    whole = log_of(file).read_bytes()
    log_of(file).write_bytes(RANDOM)
    stat = Path.stat

    def written_meanwhile(path: Path, **options: bool) -> os.stat_result:
        if path == log_of(file) and path.read_bytes() == RANDOM and written.pop():
            path.write_bytes(whole)
        return stat(path, **options)

    written = [True, False]  # not at the first look, which only asks whether there is a log
    monkeypatch.setattr(Path, "stat", written_meanwhile)
    validate_log(file, str(file))
