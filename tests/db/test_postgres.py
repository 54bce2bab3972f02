"""A DuckLake whose catalog a real PostgreSQL server keeps, with a password that nobody may see."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import psutil
import pytest

from db import QueryError, StoreBusy, StoreError, open_store, run_query
from db.engines.lake import LakeEngine
from db.export import fresh_export
from db.health import health
from db.record import record
from db.store import Store
from tests.db.hostile import HOSTILE, MORE_HOSTILE, ON_POSTGRES
from tests.db.sample_rows import CURVES, SCORES, make_run
from tests.db.test_record import ask
from tests.db.test_sandbox import tree
from tests.postgres import Server
from tests.shared_process import ROOT
from tests.warm import Warm

SECRET = "hunter2"


@pytest.fixture
def store(postgres_url: str) -> Store:
    return open_store(postgres_url)


def refused(work: Callable[[], object], kind: type[StoreError] = StoreError) -> str:
    """Return what was said, having looked through all that a log would show."""
    with pytest.raises(kind) as error:
        work()
    shown = "".join(traceback.format_exception(error.value))
    assert SECRET not in shown
    assert SECRET not in repr(error.value.__context__)
    return str(error.value)


def database(url: str) -> str:
    return url.split("dbname=")[1].split()[0]


def test_a_wrong_password_and_a_missing_database_are_told_apart(
    postgres: Server, tmp_path: Path
) -> None:
    wrong = postgres.address("postgres", password="hunter22")
    login = refused(open_store(f"ducklake:postgres:{wrong}").exists)
    assert 'refuses the login (password authentication failed for user "rankcheck")' in login
    assert "~/.pgpass" in login
    missing = refused(open_store(postgres.url("nowhere", tmp_path)).upgrade)
    assert 'database "nowhere" does not exist' in missing
    assert "createdb" in missing


def test_a_server_that_goes_away_is_an_error_and_its_return_needs_no_restart(
    store: Store, postgres: Server
) -> None:
    record(store, make_run(), SCORES)

    def written() -> None:
        with store.write() as connection:
            connection.exec_driver_sql("UPDATE runs SET status = 'failed'")
            postgres.stop()

    def read() -> None:
        with store.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM runs").fetchall()
            postgres.stop()
            connection.exec_driver_sql("SELECT count(*) FROM scores").fetchall()

    for work in (written, read):
        try:
            assert "was lost" in refused(work)
            for later in (
                lambda: ask(store, "FROM runs"),
                lambda: record(store, make_run("b"), SCORES),
                store.freshness,
                partial(health, store),
                open_store(store.url).exists,
                open_store(store.url).upgrade,
                lambda: run_query(store.url, "SELECT 1"),
            ):
                assert "cannot be reached" in refused(later)
        finally:
            postgres.start()
        assert ask(store, "SELECT status FROM runs") == [("finished",)]
    assert record(store, make_run("b"), SCORES)
    assert health(store).problems == ()


def test_a_server_that_is_full_is_waited_for_and_then_says_so(
    postgres: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.engines.lake.ASKING", 0.2)
    name = database(postgres_url)
    postgres.ask(f"CREATE ROLE few LOGIN PASSWORD '{SECRET}' CONNECTION LIMIT 1")
    postgres.ask("GRANT SELECT ON ALL TABLES IN SCHEMA public TO few", name)
    url = "ducklake:postgres:" + postgres.address(name, user="few", password=SECRET)
    first = open_store(url)
    try:
        assert first.exists()
        said = refused(lambda: open_store(url).read(wait=0.5).__enter__(), StoreBusy)
        assert 'too many connections for role "few"' in said
    finally:
        first.close()
        postgres.ask("DROP OWNED BY few; DROP ROLE few", name)


def test_a_user_who_may_only_read_reads(postgres: Server, store: Store) -> None:
    record(store, make_run(), SCORES)
    name = database(store.url)
    postgres.ask(f"CREATE ROLE reader LOGIN PASSWORD '{SECRET}'")
    try:
        url = "ducklake:postgres:" + postgres.address(name, user="reader", password=SECRET)
        assert "lacks a right" in refused(open_store(url).exists)
        postgres.ask("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", name)
        reader = open_store(url)
        assert ask(reader, "SELECT count(*) FROM sts_scores") == [(2,)]
        assert health(reader).problems == ()
        denied = refused(lambda: record(reader, make_run("b"), SCORES))
        assert "permission denied for table" in denied
        reader.close()
    finally:
        postgres.ask("DROP OWNED BY reader; DROP ROLE reader", name)


def test_where_the_files_lie_is_asked_for_once_and_then_known(
    postgres: Server, store: Store
) -> None:
    bare = open_store(f"ducklake:postgres:{postgres.address(postgres.new_database())}")
    assert not bare.exists()
    assert "add ?data_path=" in refused(bare.upgrade)
    elsewhere = open_store(store.url + "-elsewhere")
    assert "says another data_path" in refused(lambda: record(elsewhere, make_run(), SCORES))
    without = open_store(store.url.partition("?")[0])
    assert record(without, make_run(), SCORES)
    assert ask(store, "SELECT count(*) FROM runs") == [(1,)]


def test_asking_leaves_an_empty_database_empty(postgres: Server, tmp_path: Path) -> None:
    name = postgres.new_database()
    store = open_store(postgres.url(name, tmp_path / "files"))
    assert not store.exists()
    assert "no store exists at the DuckLake" in refused(partial(health, store))
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    assert postgres.ask(tables, name) == "0"
    assert not (tmp_path / "files").exists()


def test_a_commit_of_another_process_is_fresh_news(store: Store) -> None:
    before = store.freshness()
    assert store.freshness() == before
    code = """
import sys
from db import open_store
from db.record import record
from tests.db.sample_rows import make_run
record(open_store(sys.argv[1]), make_run())
"""
    subprocess.run([sys.executable, "-c", code, store.url], check=True, cwd=ROOT)
    after = store.freshness()
    assert after != before
    assert store.freshness() == after


def test_a_lake_made_anew_is_not_taken_for_the_old_one(
    postgres: Server, postgres_url: str, postgres_template: object
) -> None:
    """Its snapshots have the same numbers, so numbers alone would show the old rows."""
    old = open_store(postgres_url)
    record(old, make_run("old"), SCORES)
    was, path = old.freshness(), Path(postgres_url.partition("?data_path=")[2])
    assert run_query(postgres_url, "SELECT job_key FROM runs").rows == (("old",),)
    old.close()
    name = database(postgres_url)
    postgres.ask(f"DROP DATABASE {name} WITH (FORCE)")
    postgres.ask(f"CREATE DATABASE {name}")
    shutil.rmtree(path)
    new = open_store(postgres_url)
    record(new, make_run("new"), SCORES)
    number = was.partition("@")[0]
    while new.freshness().partition("@")[0] != number:
        record(new, make_run(f"new-{time.monotonic_ns()}"), SCORES)
    assert new.freshness() != was
    fresh_export(new, max_age=0.0)
    keys = run_query(postgres_url, "SELECT job_key FROM runs").rows
    assert ("new",) in keys
    assert ("old",) not in keys


def test_two_lakes_side_by_side_have_an_export_each(postgres: Server, tmp_path: Path) -> None:
    stores = [
        open_store(postgres.url(postgres.new_database(), tmp_path / "lakes" / name))
        for name in ("a", "b")
    ]
    for store, jobs in zip(stores, ("x", "yz"), strict=True):
        for job in jobs:
            record(store, make_run(job), SCORES)
    for _ in range(2):  # the second time within the age of an export
        counts = [run_query(s.url, "SELECT count(*) FROM runs").rows[0][0] for s in stores]
        assert counts == [1, 2]
    exports = [str(s.engine.export_path) for s in stores if isinstance(s.engine, LakeEngine)]
    assert len(set(exports)) == 2
    assert SECRET not in "".join(exports)


@pytest.mark.parametrize(
    "statements",
    [HOSTILE[::6] + ON_POSTGRES, pytest.param([*HOSTILE, *MORE_HOSTILE], marks=pytest.mark.slow)],
    ids=["common", "further"],
)
def test_no_hostile_statement_reaches_catalog_files_or_password(
    store: Store, postgres: Server, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", store.url)
    record(store, make_run(), SCORES * 20, CURVES)
    count = run_query(None, "SELECT count(*) FROM scores").rows  # makes the export
    files = Path(store.url.partition("?data_path=")[2])
    assert any(files.rglob("*.parquet"))
    before, snapshot = tree(files.parent), store.freshness()
    address = postgres.address(database(store.url)).replace("'", "''")
    for statement in statements:
        try:
            asked = statement.format(data=files, address=address)
        except (KeyError, IndexError, ValueError):
            asked = statement
        with pytest.raises(QueryError) as error:
            run_query(None, asked)
        for leak in (SECRET, str(files), str(postgres.folder), "root:"):
            assert leak in asked or leak not in str(error.value), statement
    assert tree(files.parent) == before
    assert store.freshness() == snapshot
    assert run_query(None, "SELECT count(*) FROM scores").rows == count


def test_the_child_that_runs_a_query_knows_no_password(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", store.url)
    monkeypatch.setenv("PGPASSWORD", SECRET)
    run_query(None, "SELECT 1")
    forever = "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT count(*) FROM t"

    def wait() -> None:
        with pytest.raises(QueryError):
            run_query(None, forever, deadline=3.0)

    thread = threading.Thread(target=wait)
    thread.start()
    seen = []
    while thread.is_alive() and not seen:
        children = psutil.Process().children(recursive=True)
        seen = [c for c in children if any("sandboxed" in part for part in c.cmdline())]
    (child,) = seen
    assert SECRET not in repr(child.cmdline())
    assert SECRET not in repr(child.environ())
    assert not {"RANKCHECK_STORE", "PGPASSWORD"} & set(child.environ())
    opened = {Path(file.path).name for file in child.open_files()}
    assert not any("postgres" in name for name in opened)
    assert [c for c in child.net_connections() if c.status != "NONE"] == []
    thread.join()


def test_the_lake_itself_lists_no_password(store: Store) -> None:
    """Not even to a page's own query: it is a secret of DuckDB, not part of the address."""
    with store.read() as connection:
        for query in ("FROM duckdb_databases()", "FROM duckdb_secrets()", "FROM duckdb_settings()"):
            assert SECRET not in repr(connection.exec_driver_sql(query).fetchall())


def test_the_command_line_works_there_and_never_prints_the_password(
    store: Store, postgres: Server, warm: Warm
) -> None:
    def command(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**warm.environment, "RANKCHECK_STORE": url}
        return warm.run("flows.cli", arguments, environment, timeout=240)

    record(store, make_run(), SCORES)
    asked = command(store.url, "sql", "SELECT count(*) AS n FROM sts_scores", "--format", "csv")
    assert asked.stdout.split() == ["n", "2"]
    assert asked.stderr.startswith("as of ")
    examined = command(store.url, "doctor")
    assert f"ok   store: {store.place}" in examined.stdout, examined.stdout
    with postgres.away():
        down = [command(store.url, *line) for line in (["doctor"], ["sql", "FROM runs"])]
    wrong = command(store.url.replace(SECRET, "hunter22"), "doctor")
    broken = command(f"ducklake:mysql:password={SECRET}", "doctor")
    assert "BAD  store: the DuckLake in PostgreSQL" in down[0].stdout
    assert "cannot be reached" in down[0].stdout
    assert down[1].returncode == 2
    assert "cannot be reached" in down[1].stderr
    assert "refuses the login" in wrong.stdout
    assert "BAD  store: RANKCHECK_STORE" in broken.stdout + broken.stderr
    for done in (asked, examined, *down, wrong, broken):
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_a_commit_that_ducklake_gives_up_is_tried_again(postgres_url: str) -> None:
    # As eight writers at once can see: tests/db/test_crowd.py.
    store = open_store(postgres_url)
    given_up = duckdb.TransactionException(
        "Failed to commit DuckLake transaction.\nExceeded the maximum retry count of 10 set by the"
        " ducklake_max_retry_count setting."
    )
    tries = []

    def work(connection: object) -> int:
        tries.append(connection)
        if len(tries) < 3:
            raise given_up
        return len(tries)

    assert store.transact(work) == 3
    store.close()
