"""Run untrusted SQL, each query in its own sandboxed child process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from db.errors import QueryError, StoreBusy
from db.query_child import STARTING, ask
from db.stopping import Stop


@dataclass(frozen=True)
class QueryResult:
    """The result of a query.

    Attributes:
        columns: Names of the columns.
        types: DuckDB's types of the columns.
        rows: Plain values: None, bool, int, float, str, or lists and dicts of them; dates and
            times as ISO text.
        truncated: Whether there were more rows than the limit.
        seconds: How long the query ran.
        cut_cells: How many wide cells were cut; they end in `…`.
        as_of: Time (UTC) of the DuckLake's copy that was queried; None for a DuckDB file, which
            is read directly.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool
    seconds: float
    cut_cells: int = 0
    as_of: datetime | None = None


def run_query(
    url: str | None,
    sql: str,
    *,
    max_rows: int = 1000,
    deadline: float = 5.0,
    memory_mb: int = 1024,
    max_cell: int = 10_000,
    max_age: float | None = None,
    stop: Stop | None = None,
) -> QueryResult:
    """Run one query on a store: read-only, bounded in time, memory and output.

    The child can access only the store's file: no other file, no network, no extension, no Python,
    no environment. On a DuckLake it never opens the catalog: it reads a DuckDB file exported from a
    recent snapshot (see `db.export`).

    Args:
        url: The store, by default that of `RANKCHECK_STORE`.
        sql: One query: SELECT, WITH, FROM, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN.
        max_rows: Most rows to return; `truncated` shows whether there were more.
        deadline: Seconds the query may take.
        memory_mb: Memory of the child in MiB.
        max_cell: Most characters of a cell; longer cells are cut.
        max_age: Seconds that an export may be behind its lake; 0 for the last snapshot, by default
            `db.export.MAX_AGE`.
        stop: Ends the query when another thread presses it.

    Raises:
        QueryError: When the query is refused, wrong, too slow, too big or cancelled; safe to show
            to anyone.
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    from db.engines.file import FileEngine
    from db.store import open_store

    store = open_store(url)
    with store.read():
        pass  # reports problems of the store in our own words
    as_of = None
    if isinstance(store.engine, FileEngine):
        path = store.engine.path
    else:
        from db.export import fresh_export

        path, as_of = fresh_export(store, max_age=max_age)
    answer = query_file(
        path,
        {"sql": sql},
        max_rows=max_rows,
        deadline=deadline,
        memory_mb=memory_mb,
        max_cell=max_cell,
        stop=stop,
    )
    return replace(answer, as_of=as_of)


def query_file(
    path: Path,
    question: Mapping[str, str],
    *,
    max_rows: int,
    deadline: float = 5.0,
    memory_mb: int = 1024,
    max_cell: int = 10_000,
    stop: Stop | None = None,
) -> QueryResult:
    """Run one query or condition on a DuckDB file, as `run_query` does.

    Args:
        path: The file.
        question: `sql`, or the `condition` of which each row of the file's table `models` is asked.
        max_rows: As in `run_query`, and so are the others.
        deadline: Seconds.
        memory_mb: MiB.
        max_cell: Characters.
        stop: Ends the query.

    Raises:
        QueryError: As in `run_query`.
        StoreBusy: When the file stayed locked.
    """
    request = {
        **question,
        "path": str(path),
        "max_rows": max_rows,
        "max_cell": max_cell,
        "memory_mb": memory_mb,
        "deadline": deadline,
        "wait": STARTING / 2,
        "packages": _packages(),
    }
    answer = ask(path, request, deadline, stop)
    if "error" in answer:
        if answer.get("kind") == "busy":
            raise StoreBusy("the store stayed busy: another program is writing to it; try again")
        raise QueryError(_shortened(answer["error"]))
    return QueryResult(
        columns=tuple(answer["columns"]),
        types=tuple(answer["types"]),
        rows=tuple(tuple(row) for row in answer["rows"]),
        truncated=answer["truncated"],
        seconds=answer["seconds"],
        cut_cells=answer["cut_cells"],
    )


def _packages() -> str:
    """Return the folder of DuckDB for the child, which has no environment."""
    spec = find_spec("duckdb")
    return "" if spec is None or spec.origin is None else str(Path(spec.origin).parent.parent)


def _shortened(text: str) -> str:
    return text if len(text) <= 2000 else text[:2000] + "…"


if __name__ == "__main__":
    from db.sandboxed import main

    main()
