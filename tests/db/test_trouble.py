"""Stores that cannot be used: each gets one sentence that names it and what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from db import StoreBusy, StoreError, finished, open_store
from db.health import health
from db.record import record
from db.rows import ScoreRow
from db.store import Store
from tests.db.sample_rows import CURVES, SCORES, make_run
from tests.shared_process import ROOT


def read_all(store: Store) -> None:
    with store.read() as connection:
        connection.execute(sa.text("SELECT sum(hash(r)) FROM runs_log r")).fetchall()
        connection.execute(sa.text("SELECT sum(hash(s)) FROM scores s")).fetchall()
        connection.execute(sa.text("SELECT sum(hash(c)) FROM score_curves c")).fetchall()


def many(n: int) -> list[ScoreRow]:
    return [ScoreRow("spearman", i / n, 100, {"k": i}) for i in range(n)]


@pytest.fixture(scope="module")
def filled_template(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with 5,000 scores, to copy."""
    path = tmp_path_factory.mktemp("filled") / "store.duckdb"
    store = open_store(f"duckdb:///{shutil.copyfile(empty_store, path)}")
    for i in range(5):
        record(store, make_run(f"job-{i}"), many(1000), CURVES)
    return path


@pytest.fixture
def filled_store(filled_template: Path, tmp_path: Path) -> Store:
    return open_store(f"duckdb:///{shutil.copyfile(filled_template, tmp_path / 'store.duckdb')}")


def raised(store: Store) -> str:
    """Reading, writing and upgrading must say the same."""
    with pytest.raises(StoreError) as read:
        read_all(store)
    with pytest.raises(StoreError) as write:
        record(store, make_run("another"), SCORES)
    with pytest.raises(StoreError) as upgraded:
        store.upgrade()
    assert not isinstance(read.value, StoreBusy)
    assert str(read.value) == str(write.value) == str(upgraded.value)
    assert store.place in str(read.value)
    return str(read.value)


def signed(page: bytes) -> bytes:
    """Return the first page with DuckDB's checksum over it, which its first 8 bytes hold."""
    checksum = 5381
    for word in memoryview(page[8:4096]).cast("Q"):
        checksum ^= word * 0xBF58476D1CE4E5B9 % 2**64
    return checksum.to_bytes(8, "little") + page[8:4096]


def test_a_newer_schema_is_refused_and_left_alone(every_store: Store) -> None:
    with every_store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    sentence = raised(every_store)
    assert "written by a newer rankcheck" in sentence
    assert "update rankcheck" in sentence
    with pytest.raises(StoreError, match="newer rankcheck"):
        finished(every_store, ["job"])


def test_an_older_schema_asks_for_the_upgrade(
    every_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.store.HEAD", "9998")
    with pytest.raises(StoreError, match=r"older rankcheck.*rankcheck db upgrade"):
        read_all(every_store)


def test_a_file_made_by_duckdb_2_is_refused_with_a_sentence_that_says_so(
    filled_store: Store,
) -> None:
    path = Path(filled_store.place)
    page = bytearray(path.read_bytes()[:4096])
    # DuckDB 2.0 writes 999 where 1.5 writes 64 or 67: the storage version.
    assert page[12:20] in (b"\x40" + bytes(7), b"\x43" + bytes(7))
    assert signed(bytes(page)) == bytes(page), "not DuckDB's checksum"
    page[12:20] = (999).to_bytes(8, "little")
    with path.open("rb+") as file:
        file.write(signed(bytes(page)))
    sentence = raised(filled_store)
    assert "newer DuckDB" in sentence
    assert duckdb.__version__ in sentence


def test_a_truncated_file_names_itself_and_restore(filled_store: Store) -> None:
    path = Path(filled_store.place)
    whole = path.read_bytes()
    for part in (0.9, 0.5, 0.1):
        path.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(StoreError, match=r"corrupt or truncated.*rankcheck db restore"):
            read_all(filled_store)


@pytest.mark.parametrize("pages", [[0], [4096, 8192]])  # DuckDB has two of the latter.
def test_a_damaged_header_names_itself_and_restore(filled_store: Store, pages: list[int]) -> None:
    path = Path(filled_store.place)
    with path.open("rb+") as file:
        for page in pages:
            file.seek(page)
            file.write(b"\xa5" * 200)
    assert "rankcheck db restore" in raised(filled_store)


def test_damaged_data_is_an_error_and_never_a_wrong_number(filled_store: Store) -> None:
    path = Path(filled_store.place)
    whole = path.read_bytes()
    with filled_store.read() as connection:
        right = connection.execute(sa.text("SELECT * FROM scores")).fetchall()
    sentences = []
    block = 262_144
    for start in range(3 * 4096, len(whole), block):
        damaged = bytearray(whole)
        damaged[start + 100 : start + 400] = os.urandom(len(damaged[start + 100 : start + 400]))
        path.write_bytes(damaged)
        try:
            with filled_store.read() as connection:
                found = connection.execute(sa.text("SELECT * FROM scores")).fetchall()
        except StoreError as error:
            sentences.append(str(error))
        else:
            assert found == right
    assert sentences != []
    assert all("rankcheck db restore" in sentence for sentence in sentences)


def with_log(store: Store) -> Path:
    """Leave a write-ahead log behind, as a writer that was killed does."""
    record(store, make_run(), SCORES, CURVES)
    path = Path(store.place)
    code = """
import os, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE extra (a VARCHAR)")
for _ in range(40):
    connection.execute("INSERT INTO extra VALUES (repeat('x', 500))")
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    log = path.with_name(f"{path.name}.wal")
    assert log.stat().st_size > 10_000
    return log


def test_a_log_left_by_a_killed_writer_is_read(file_store: Store) -> None:
    with_log(file_store)
    with file_store.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM extra")).scalar_one() == 40


_BEGUN = """\\
import os, signal, sqlite3, sys
catalog = sqlite3.connect(sys.argv[1], isolation_level=None)
catalog.execute("PRAGMA cache_size = 1")  # so that changes reach the file before the commit
catalog.execute("BEGIN")
catalog.execute("UPDATE ducklake_metadata SET value = 'changed'")
catalog.execute("CREATE TABLE begun (text TEXT)")
catalog.executemany("INSERT INTO begun VALUES (?)", [("x" * 500,)] * 200)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_had_begun_on_sqlite_is_rolled_back_by_a_reader(
    lake_url: str, tmp_path: Path
) -> None:
    store = open_store(lake_url)
    asked = "SELECT count(*) FROM dictionary"
    with store.read() as connection:
        before = connection.exec_driver_sql(asked).scalar_one()
    catalog = tmp_path / "lake" / "catalog.sqlite"
    for reader in (store, open_store(lake_url)):  # one that had it open, and one that opens it
        subprocess.run([sys.executable, "-c", _BEGUN, str(catalog)], check=False)
        assert Path(f"{catalog}-journal").stat().st_size > 0
        with reader.read() as connection:
            assert connection.exec_driver_sql(asked).scalar_one() == before
        reader.close()


def test_a_corrupt_log_names_itself_and_restore(file_store: Store) -> None:
    log = with_log(file_store)
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = os.urandom(300)
    log.write_bytes(content)
    sentence = raised(file_store)
    assert f"{log} is corrupt" in sentence
    assert "rankcheck db restore" in sentence


@pytest.mark.parametrize("content", [b"", b"hello", b"x" * 50_000])
def test_a_file_of_another_kind_is_refused_and_left_alone(
    file_store: Store, content: bytes
) -> None:
    path = Path(file_store.place)
    path.write_bytes(content)
    assert "is not a DuckDB file" in raised(file_store)
    assert path.read_bytes() == content


def test_a_sqlite_file_is_refused_and_left_alone(file_store: Store) -> None:
    path = Path(file_store.place)
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE a (b)")
    connection.close()
    content = path.read_bytes()
    assert "is not a DuckDB file" in raised(file_store)
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.duckdb").mkdir()
    assert "is a folder" in raised(open_store(f"duckdb:///{tmp_path}/store.duckdb"))


def test_a_duckdb_file_of_someone_else_is_refused_until_asked(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE theirs AS SELECT 1 AS a")
    store = open_store(f"duckdb:///{path}")
    with pytest.raises(StoreError, match="has no tables of rankcheck"):
        read_all(store)
    with pytest.raises(StoreError, match="has no tables of rankcheck"):
        record(store, make_run(), SCORES)
    assert store.upgrade()
    assert record(store, make_run(), SCORES)


def test_no_store_yet_says_what_makes_one(absent_store: Store) -> None:
    with pytest.raises(StoreError, match=r"no store exists at .* yet: `rankcheck run`"):
        read_all(absent_store)
    assert not absent_store.exists()


@pytest.mark.parametrize(
    "url", ["", "sqlite:///x.db", "duckdb://", "duckdb:///:memory:", "ducklake:mysql:x", "a.duckdb"]
)
def test_an_url_of_no_known_form_lists_the_known_ones(url: str) -> None:
    with pytest.raises(StoreError, match=r"duckdb:///path/store\.duckdb"):
        open_store(url)


def test_a_password_in_an_url_is_never_shown() -> None:
    with pytest.raises(StoreError) as error:
        open_store("postgres://me:hunter2@host/db")
    assert "hunter2" not in str(error.value)
    lake = open_store("ducklake:postgres:host=h password=hunter2")
    assert "hunter2" not in lake.place


def test_a_full_disk_leaves_the_store_intact_and_says_so(file_store: Store) -> None:
    """The limit on a file's size fails a write just as a full disk does."""
    record(file_store, make_run("before"), SCORES, CURVES)
    before = health(file_store).rows
    code = """
import os, resource, sys
from db import StoreError, open_store
from db.record import record
from tests.db.sample_rows import CURVES, make_run
from tests.db.test_trouble import many
store = open_store(sys.argv[1])
limit = os.path.getsize(store.place) + 20_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    record(store, make_run("too-much"), many(100_000), CURVES)
except StoreError as error:
    print(error)
"""
    command = [sys.executable, "-c", code, file_store.url]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert "the disk is full; what was committed before is intact" in done.stdout, done.stderr
    after = health(file_store)
    assert after.problems == ()
    assert after.rows == before
    assert record(file_store, make_run("later"), SCORES)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_folder_that_cannot_be_written_says_so_and_can_still_be_read(
    file_store: Store, tmp_path: Path
) -> None:
    record(file_store, make_run(), SCORES)
    code = """
import os, sys
from db import StoreError, finished, open_store
from db.record import record
from tests.db.sample_rows import make_run
import sqlalchemy, duckdb_sqlalchemy, db.dictionary, db.engines.file
os.setuid(65534)
store = open_store(sys.argv[1])
print(len(finished(store, ["job"])))
try:
    record(store, make_run("more"))
except StoreError as error:
    print(error)
try:
    open_store(sys.argv[1].replace("store.duckdb", "new/store.duckdb")).upgrade()
except StoreError as error:
    print(error)
"""
    shared = Path("/tmp") / f"rankcheck-test-{os.getpid()}"  # noqa: S108 - others may enter it
    shutil.copytree(tmp_path, shared)
    try:
        shared.chmod(0o555)
        command = [sys.executable, "-c", code, f"duckdb:///{shared}/store.duckdb"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    finally:
        shared.chmod(0o755)
        shutil.rmtree(shared)
    found, cannot_write, cannot_make = done.stdout.splitlines()
    assert found == "1", "a reader needs no right to write"
    assert "cannot be written" in cannot_write
    assert "cannot be created" in cannot_make
