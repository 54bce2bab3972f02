"""What many small commits cost a lake, and what `rankcheck db maintain` gives back.

    python -m benchmarks.small_commits --commits 1000,10000

A commit is one evaluation: 30 scores, more than DuckLake keeps in its catalog, so that each writes
a Parquet file. The peer is the same lake after maintenance: the ratio says how much slower it was.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import Row, line

if TYPE_CHECKING:
    from db import Store

QUERIES = {
    "count all scores": "SELECT count(*), sum(value) FROM scores",
    "scores of one run": "SELECT count(*) FROM scores WHERE run_id = 'run-7'",
    "the view runs_log": "SELECT count(*) FROM runs_log",
}


def fill(store: Store, commits: int) -> float:
    """Commit evaluations one by one; return the seconds."""
    from db.deadline import Deadline

    begun = time.perf_counter()
    with store.engine.writing(Deadline(60)) as open_writer, open_writer() as lake:
        for i in range(commits):
            lake.execute(
                "INSERT INTO scores BY NAME SELECT 'run-' || $1 AS run_id, 'spearman' AS metric,"
                " '{}' AS variant, i / 100 AS value, 1500 AS n, i AS k FROM range(30) AS t(i)",
                [i],
            )
    return time.perf_counter() - begun


def _seconds(store: Store, rounds: int) -> dict[str, float]:
    best = dict.fromkeys([*QUERIES, "open"], float("inf"))
    for _ in range(rounds):
        for name, query in {**QUERIES, "open": "SELECT 1"}.items():
            begun = time.perf_counter()
            with store.read() as connection:
                connection.exec_driver_sql(query).fetchall()
            best[name] = min(best[name], time.perf_counter() - begun)
    return best


def rows_of(commits: int, folder: Path, rounds: int) -> Iterator[Row]:
    from db import open_store
    from db.maintain import maintain

    store = open_store(f"ducklake:sqlite:{folder}/catalog.sqlite")
    store.upgrade()
    what = f"{commits:,} commits"
    filled = fill(store, commits)
    yield Row(what, "made", filled, 1.0, None, f"{filled / commits * 1e3:.0f} ms each")
    before = _seconds(store, rounds)
    begun = time.perf_counter()
    first = maintain(store)
    took = time.perf_counter() - begun
    # A day later the replaced files go, and 30 days later the history.
    second = maintain(store, now=datetime.now(UTC) + timedelta(days=40))
    after = _seconds(store, rounds)
    store.close()
    assert first.before is not None
    assert second.after is not None
    old, new = first.before, second.after
    note = (
        f"files {old.files:,} to {new.files:,}, states {old.snapshots:,} to {new.snapshots:,},"
        f" {old.bytes / 1e6:.1f} to {new.bytes / 1e6:.1f} MB"
    )
    yield Row(what, "maintained", took, took / filled, None, note)
    for name, seconds in before.items():
        ratio = seconds / after[name]
        note = f"{after[name] * 1e3:.0f} ms afterwards"
        yield Row(what, name, seconds, ratio, None, note)


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds with 1,000 small commits; the ratio is to the maintained lake."""
    with tempfile.TemporaryDirectory() as name:
        yield from rows_of(1000, Path(name), rounds)


def main() -> None:
    """Print a row for each number of commits and query."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.small_commits", description=__doc__)
    parser.add_argument("--commits", default="1000,10000", help="numbers, by commas")
    parser.add_argument("--rounds", type=int, default=3, help="the best counts")
    given = parser.parse_args()
    for commits in given.commits.split(","):
        with tempfile.TemporaryDirectory() as name:
            for row in rows_of(int(commits), Path(name), given.rounds):
                print(line(row), flush=True)


if __name__ == "__main__":
    main()
