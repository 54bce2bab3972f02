"""Hostile, greedy and ordinary SQL through the one function that pages and commands use."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from db import QueryError, StoreError, open_store, run_query
from db.record import record
from db.store import Store
from flows.boards.leaderboards import store_boards
from tests.db.hostile import HOSTILE, MORE_HOSTILE, ON_A_LAKE
from tests.db.sample_rows import CHECKPOINT, CURVES, DATASET, SCORES, make_run
from tests.db.test_gate import foreign
from tests.shared_process import ROOT
from tests.warm import StartCode

GREEDY = [
    "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range < 0",
    "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT count(*) FROM t",
    "SELECT repeat('a', 1000000000)",
    "SELECT list(range) FROM range(500000000)",
    "SELECT sum(length(repeat(range::VARCHAR, 1000000))) FROM range(100000000)",
    "SELECT count(DISTINCT hash(range)) FROM range(1000000000)",
    "SELECT list_sort(list_transform(range(100000000), lambda x: random()))",
]
"""Queries that would take for ever, or all memory."""


@pytest.fixture
def store(file_store: Store) -> Store:
    record(file_store, make_run(), SCORES, CURVES, checkpoint=CHECKPOINT, dataset=DATASET)
    folder = Path(file_store.place).parent
    (folder / "secret.csv").write_text("a\nthe secret\n")
    return file_store


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in (".gate", ".queue")
    }


@pytest.mark.parametrize(
    "statements",
    [HOSTILE, pytest.param(MORE_HOSTILE, marks=pytest.mark.slow)],
    ids=["common", "further"],
)
def test_no_hostile_statement_reads_or_writes_anything(store: Store, statements: list[str]) -> None:
    folder = Path(store.place).parent
    os.environ["RANKCHECK_TEST_SECRET"] = "hunter2-in-the-environment"
    before = tree(folder)
    outside = sorted(Path("/").iterdir())
    said = {}
    try:
        for statement in statements:
            with pytest.raises(QueryError) as error:
                run_query(store.url, statement)
            said[statement] = str(error.value)
    finally:
        del os.environ["RANKCHECK_TEST_SECRET"]
    assert tree(folder) == before
    assert sorted(Path("/").iterdir()) == outside, "the child works in the root folder"
    for statement, text in said.items():
        assert text.strip(), statement
        for leak in (str(folder), sys.prefix, str(ROOT), "hunter2", "root:", "the secret"):
            assert leak not in text, (statement, text)
    assert run_query(store.url, "SELECT count(*) FROM runs").rows == ((1,),)


def test_hostile_list_is_as_long_as_it_should_be() -> None:
    assert len(set(HOSTILE) | set(MORE_HOSTILE)) >= 140


def test_hostile_statement_on_a_lake_reaches_neither_catalog_nor_data(tmp_path: Path) -> None:
    pytest.importorskip("duckdb_extension_ducklake")
    store = open_store(f"ducklake:sqlite:{tmp_path}/catalog.sqlite")
    record(store, make_run(), SCORES, CURVES)
    store.close()
    count = run_query(store.url, "SELECT count(*) FROM scores").rows  # makes the export
    before = tree(tmp_path)
    assert any(name.endswith(".parquet") or "sqlite" in name for name in before)
    data = {path.parent for path in tmp_path.rglob("*.parquet")} or {tmp_path}
    for statement in ON_A_LAKE:
        with pytest.raises(QueryError) as error:
            run_query(store.url, statement.format(folder=tmp_path, data=min(data)))
        assert "ducklake_metadata" not in str(error.value)
    assert tree(tmp_path) == before
    assert run_query(store.url, "SELECT count(*) FROM scores").rows == count


@pytest.mark.slow
def test_no_function_without_arguments_tells_where_anything_lies(store: Store) -> None:
    known = """SELECT DISTINCT function_name FROM duckdb_functions()
        WHERE function_type IN ('table', 'pragma')"""
    folder = str(Path(store.place).parent)
    for (name,) in run_query(store.url, known).rows:
        try:
            said = json.dumps(run_query(store.url, f"FROM {name}()", max_rows=20_000).rows)
        except QueryError as error:
            said = str(error)
        for leak in (folder, sys.prefix, str(ROOT), str(Path.home())):
            assert leak not in said, (name, leak)


def test_peak_memory_of_greedy_queries_stays_under_the_cap(store: Store) -> None:
    """The largest of all children, by the operating system's own book-keeping."""
    code = """
import contextlib, resource, sys
from db import QueryError, run_query
for query in sys.argv[2:]:
    with contextlib.suppress(QueryError):
        run_query(sys.argv[1], query, deadline=1.0, memory_mb=400)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""
    command = [sys.executable, "-c", code, store.url, *GREEDY[2:5]]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    peak = float(done.stdout)
    print(f"\npeak memory of greedy queries: {peak:.0f} MiB under a cap of 400 MiB")
    assert peak < 400


def test_what_says_where_files_lie_says_nothing(store: Store) -> None:
    folder = str(Path(store.place).parent)
    for query in (
        "SHOW DATABASES",
        "FROM duckdb_tables()",
        "FROM duckdb_views()",
        "FROM duckdb_functions()",
        "SHOW ALL TABLES",
        "PRAGMA database_size",
        "SELECT * FROM pragma_storage_info('runs')",
        "EXPLAIN SELECT * FROM sts_scores",
        "EXPLAIN ANALYZE SELECT * FROM sts_scores",
        "SELECT getvariable('x'), current_database(), current_schema(), version()",
    ):
        result = run_query(store.url, query)
        assert result.rows
        assert folder not in json.dumps(result.rows, ensure_ascii=False)


def test_the_examples_of_the_manual_work(store: Store) -> None:
    blocks = (ROOT / "docs" / "guides" / "sql.md").read_text().split("```sql\n")[1:]
    queries = [q for block in blocks for q in block.split("```")[0].split(";") if q.strip()]
    assert len(queries) >= 8
    store_boards(store, ["superglue"])
    for query in queries:
        assert run_query(store.url, query).columns


@pytest.mark.parametrize("query", GREEDY)
def test_a_greedy_query_ends_in_time_and_the_next_one_works(store: Store, query: str) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryError, match=r"stopped after 1 s|more memory than it may use"):
        run_query(store.url, query, deadline=1.0, memory_mb=512)
    # Not a measurement: without the wall clock's end these take minutes or for ever.
    assert time.monotonic() - begun < 60
    assert run_query(store.url, "SELECT 42 AS answer").rows == ((42,),)


def test_memory_that_ends_in_another_error_is_said_as_such(store: Store) -> None:
    """DuckDB has no memory left to write down its error now and then, and says only that."""
    said = "Failed to write JSON string: memory allocation failed"
    with pytest.raises(QueryError, match="more memory than it may use"):
        run_query(store.url, f"SELECT error('{said}')")
    with pytest.raises(QueryError, match="no_column"):  # a query may be about such errors
        run_query(store.url, "SELECT 'memory allocation failed', no_column FROM runs")


def test_too_many_rows_are_cut_and_it_is_said(store: Store) -> None:
    result = run_query(store.url, "FROM range(10000000000)", max_rows=7)
    assert [row[0] for row in result.rows] == list(range(7))
    assert result.truncated
    exact = run_query(store.url, "FROM range(7)", max_rows=7)
    assert len(exact.rows) == 7
    assert not exact.truncated


def test_wide_cells_are_cut_and_it_is_said(store: Store) -> None:
    query = "SELECT repeat('é', 5000000) AS a, range(100000) AS b, 'short' AS c"
    result = run_query(store.url, query, max_cell=100)
    assert result.cut_cells == 2
    assert result.rows[0][0] == "é" * 100 + "…"
    assert len(result.rows[0][1]) == 101
    assert result.rows[0][2] == "short"


def test_many_middling_cells_do_not_fill_the_memory(store: Store) -> None:
    query = "SELECT repeat('a', 9000) FROM range(1000000)"
    few = run_query(store.url, query)
    assert few.truncated
    assert len(few.rows) == 1000
    many = run_query(store.url, query, max_rows=10_000)
    assert many.truncated
    assert 1000 < len(many.rows) < 10_000


def test_the_order_of_the_rows_survives_the_cut(store: Store) -> None:
    query = "SELECT range AS a FROM range(100000) ORDER BY hash(range);  -- as asked"
    whole = run_query(store.url, query, max_rows=200_000)
    assert not whole.truncated
    assert run_query(store.url, query, max_rows=50).rows == whole.rows[:50]


def test_an_error_shows_the_lines_that_the_user_wrote(store: Store) -> None:
    with pytest.raises(QueryError, match=r"LINE 2: FROM nowhere"):
        run_query(store.url, "SELECT *\nFROM nowhere")


def test_values_arrive_as_plain_json(store: Store) -> None:
    query = """
        SELECT 1::HUGEINT AS a, 1.5::DECIMAL(9, 2) AS b, 'x' AS c, NULL AS d, true AS e,
            DATE '2026-01-02' AS f, TIMESTAMP '2026-01-02 03:04:05' AS g, [1, NULL] AS h,
            {'k': [DATE '2026-01-02']} AS i, 'ab'::BLOB AS j, 1e308 * 10 AS l, MAP {1: 2} AS m,
            '00000000-0000-0000-0000-000000000001'::UUID AS n, TIME '01:02:03' AS o,
            'a'::ENUM('a', 'b') AS q
    """
    result = run_query(store.url, query)
    assert dict(zip(result.columns, result.rows[0], strict=True)) == {
        "a": 1,
        "b": 1.5,
        "c": "x",
        "d": None,
        "e": True,
        "f": "2026-01-02",
        "g": "2026-01-02 03:04:05",
        "h": [1, None],
        "i": {"k": ["2026-01-02"]},
        "j": "6162",
        "l": float("inf"),
        "m": {"1": 2},
        "n": "00000000-0000-0000-0000-000000000001",
        "o": "01:02:03",
        "q": "a",
    }
    assert result.types[:3] == ("HUGEINT", "DECIMAL(9,2)", "VARCHAR")


def test_two_users_at_once_do_not_end_each_others_queries(store: Store) -> None:
    slow = "SELECT count(*) FROM range(60000000) a WHERE hash(a.range) % 3 = 0"
    answers: dict[str, object] = {}

    def ask(name: str, query: str, deadline: float) -> None:
        try:
            answers[name] = run_query(store.url, query, deadline=deadline).rows
        except QueryError as error:
            answers[name] = str(error)

    forever = "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) SELECT count(*) FROM t"
    jobs = [("ended", forever, 0.5), ("slow", slow, 60.0), ("quick", "SELECT 1", 60.0)]
    threads = [threading.Thread(target=ask, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "stopped after 0.5 s" in str(answers["ended"])
    assert len(answers["slow"]) == 1  # type: ignore[arg-type]
    assert answers["quick"] == ((1,),)


def test_no_child_is_left_behind(store: Store) -> None:
    import psutil

    for query in ("SELECT 1", "bogus", "SELECT * FROM range(10)"):
        with contextlib.suppress(QueryError):
            run_query(store.url, query)
    children = psutil.Process().children(recursive=True)
    assert [c for c in children if any("sandboxed" in part for part in c.cmdline())] == []


def test_a_writer_waits_for_no_running_query_to_start_but_the_query_ends_anyway(
    store: Store,
) -> None:
    done: list[object] = []
    query = "SELECT count(*) FROM range(30000000) a WHERE hash(a.range) % 3 = 0"
    reader = threading.Thread(target=lambda: done.append(run_query(store.url, query, deadline=60)))
    reader.start()
    assert record(store, make_run("during"), SCORES)
    reader.join()
    assert len(done) == 1


def test_a_module_planted_beside_the_store_is_not_run(store: Store) -> None:
    folder = Path(store.place).parent
    for name in ("duckdb", "json", "db", "resource", "sitecustomize"):
        (folder / f"{name}.py").write_text("open('ran', 'w').close()")
    assert run_query(store.url, "SELECT 1").rows == ((1,),)
    assert not (folder / "ran").exists()


def test_a_store_held_by_a_foreign_writer_is_waited_for(
    start_code: StartCode, store: Store
) -> None:
    holder = foreign(start_code, store, "writer", 1.0)
    assert run_query(store.url, "SELECT 1").rows == ((1,),)
    holder.wait()
    holder.communicate()


def test_no_store_is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store exists"):
        run_query(f"duckdb:///{tmp_path}/none.duckdb", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_odd_characters_works(tmp_path: Path) -> None:
    store = open_store(f"duckdb:///{tmp_path}/a b'ü%20;--/st\"ore.duckdb")
    record(store, make_run(), SCORES)
    assert run_query(store.url, "SELECT count(*) FROM runs").rows == ((1,),)


def test_the_module_can_be_run_as_documented(store: Store) -> None:
    import duckdb

    request = {
        "path": store.place,
        "sql": "SELECT 1 AS one",
        "max_rows": 10,
        "max_cell": 100,
        "memory_mb": 1024,
        "deadline": 5,
        "wait": 5,
        "packages": str(Path(duckdb.__file__).parent.parent),
    }
    command = [sys.executable, "-m", "db.sandbox"]
    done = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, cwd=ROOT, check=True
    )
    opened, answer = done.stdout.splitlines()
    assert opened == "opened"
    assert json.loads(answer)["rows"] == [[1]]


def test_on_a_lake_queries_see_an_export_of_the_last_snapshot_and_its_age(
    every_store: Store,
) -> None:
    record(every_store, make_run("a"), SCORES)
    lake = every_store.engine.retries
    first = run_query(every_store.url, "SELECT count(*) FROM runs")
    assert first.rows == ((1,),)
    assert (first.as_of is not None) == lake
    record(every_store, make_run("b"), SCORES)
    second = run_query(every_store.url, "SELECT count(*) FROM current_runs", max_age=0.0)
    assert second.rows == ((2,),)
    if lake:
        assert second.as_of is not None
        assert first.as_of is not None
        assert second.as_of > first.as_of
        third = run_query(every_store.url, "SELECT count(*) FROM current_runs", max_age=0.0)
        assert third.as_of == second.as_of, "an unchanged lake is not exported again"
        folder = Path(every_store.place).parent
        assert [p.name for p in folder.glob("*.new*")] == []
        with pytest.raises(QueryError):
            run_query(every_store.url, "SELECT * FROM ducklake_snapshots('store')")
