"""What a store of 1, 10 and 50 million scores takes, on a DuckDB file and on a DuckLake.

    python -m benchmarks.growth --millions 1,10 --engines file,lake --folder /tmp/growth

Scores come from jobs of 300 numbers each: checkpoints on 30 tasks, every hundredth job failed,
every fiftieth measured twice. The peer is DuckDB itself: one pass over the bare table of scores,
counted and summed, in the same file. Targets at 10 million on the file: each query that a page
asks within 0.2 seconds, 2,000 finished jobs decided within 5, 500,000 rows a second in bulk; and
from one size to the next nothing takes longer by more than the data grew. Processor seconds, of all
threads, are given too: unlike the clock they hardly depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from benchmarks.table import Row, line, missed

if TYPE_CHECKING:
    from db import Store

PER_RUN = 300
PEER = "DuckDB, one pass over scores"
PAGE, DECIDED, BULK = 0.2, 5.0, 500_000
"""Seconds of a page's query and of 2,000 jobs, and rows a second."""

_TASKS = (
    *("STS12", "STS13", "STS14", "STS15", "STS16", "STSBenchmark", "SICK-R", "BIOSSES"),
    *(f"task-{i:02d}" for i in range(22)),
)
"""Some are published, and one type of a board of MTEB's."""

_RUNS = """
    CREATE TEMP TABLE made AS
    SELECT i, md5('run-' || i) AS run_id, sha256('job-' || job) AS job_key,
        CASE WHEN i % 50 = 1 THEN 1 ELSE 0 END AS generation, 'night-' || (i // 1000) AS night_id,
        $tasks[1 + job % 36 % 30] AS task, job // 36 AS model,
        CASE job // 36 WHEN 5 THEN 'sentence-transformers/all-MiniLM-L6-v2'
            ELSE 'org/model-' || (job // 36) END AS name,
        '{"max_length":null,"pooling":"native","prompt":"'
            || CASE WHEN job % 36 < 30 THEN '' ELSE 'query: ' END
            || CASE WHEN job < i AND i % 50 = 3 THEN '","resamples":2000' ELSE '"' END
            || ',"whitening":"none"}' AS parameters,
        i % 100 = 99 AS failed
    FROM (
        SELECT i, CASE WHEN i % 50 IN (1, 3) THEN i - 1 ELSE i END AS job FROM range($runs) AS t(i)
    );
    UPDATE made SET job_key = sha256(job_key || parameters) WHERE contains(parameters, 'resamples');
    INSERT INTO runs BY NAME
    SELECT run_id, job_key, generation, night_id, 'sts' AS evaluator, '1' AS evaluator_version,
        task, 'digest of model-' || model AS checkpoint_digest,
        'digest of ' || task AS dataset_digest, parameters,
        0 AS seed, 'float32' AS dtype, CASE WHEN failed THEN 'failed' ELSE 'finished' END AS status,
        started_at, started_at + INTERVAL 40 SECOND AS finished_at,
        started_at + INTERVAL 41 SECOND AS committed_at, 40.0 AS seconds, 'system-1' AS system_id,
        'id of model-' || model AS checkpoint_id, 'env-1' AS environment,
        '0123456789abcdef' AS code_commit, false AS code_dirty, 'cuda' AS device,
        '{"peak_memory_bytes":925200000,"encoded":40000,"encode_seconds":31.5}' AS cost,
        CASE WHEN failed THEN 'DatasetError' END AS error_type,
        CASE WHEN failed THEN 'row 17 has no score' END AS error_text,
        false AS is_canary
    FROM (SELECT *, TIMESTAMP '2026-01-01 02:00:00' + to_seconds(i * 40) AS started_at FROM made);
    INSERT INTO checkpoints BY NAME
    SELECT DISTINCT 'id of model-' || model AS checkpoint_id,
        'digest of model-' || model AS checkpoint_digest, name,
        'hf://' || name || '@main' AS source, 91567913 AS bytes,
        false AS fallback_used, TIMESTAMP '2026-01-01 02:00:00' AS recorded_at
    FROM made;
    INSERT INTO datasets BY NAME
    SELECT 'id of ' || task AS dataset_id, 'digest of ' || task AS dataset_digest, task,
        'en' AS language, 'test' AS split, 1500 AS row_count,
        TIMESTAMP '2026-01-01 02:00:00' AS recorded_at
    FROM (SELECT unnest($tasks) AS task);
    INSERT INTO systems BY NAME
    SELECT 'system-1' AS system_id, '{"torch":"2.13.0"}' AS libraries, '{}' AS machine,
        '[]' AS accelerators, TIMESTAMP '2026-01-01 02:00:00' AS recorded_at
"""
_SCORES = """
    INSERT INTO scores BY NAME
    SELECT run_id, metric,
        '{"aggregate":"' || aggregate || '","k":' || k || CASE WHEN subset IS NULL THEN ''
            ELSE ',"subset":"' || subset || '"' END || '}' AS variant,
        value, CASE WHEN aggregate = 'all' THEN value - 0.02 END AS ci_low,
        CASE WHEN aggregate = 'all' THEN value + 0.02 END AS ci_high, 1500 AS n, k, aggregate,
        subset
    FROM (
        SELECT m.run_id, metric, k, CASE part WHEN 0 THEN 'all' WHEN 1 THEN 'mean'
                WHEN 2 THEN 'wmean' ELSE 'subset' END AS aggregate,
            CASE WHEN part > 2 THEN 'subset-' || part END AS subset,
            0.3 + 0.4 * k / 384 + (hash(m.run_id || metric || part) % 1000) / 5000 AS value
        FROM made AS m, (SELECT unnest(['spearman', 'pearson']) AS metric),
            (SELECT unnest([8, 16, 32, 64, 96, 128, 192, 256, 320, 384]) AS k), range(15) AS p(part)
        WHERE NOT failed AND i BETWEEN $low AND $high
    )
"""


class Took(NamedTuple):
    """One measurement.

    Attributes:
        seconds: The best of the rounds.
        processor: Processor seconds of all threads, the best of the rounds.
        most: The target in seconds; None for none.
        note: What came of it.
    """

    seconds: float
    processor: float
    most: float | None
    note: str = ""


def fill(url: str, scores: int) -> Store:
    """Make a store of about `scores` scores by SQL, in commits of a million."""
    from db import open_store
    from db.condensed import condense
    from flows.boards.facts import publish_facts

    store = open_store(url)
    store.upgrade()
    publish_facts(store)
    runs = scores // PER_RUN
    with store.write() as connection:
        for statement in _RUNS.split(";"):
            sql = statement.replace("$runs", str(runs)).replace("$tasks", str(list(_TASKS)))
            connection.exec_driver_sql(sql)
        each = 1_000_000 // PER_RUN
        for low in range(0, runs, each):
            high = min(low + each, runs) - 1
            sql = _SCORES.replace("$low", str(low)).replace("$high", str(high))
            connection.exec_driver_sql(sql)
        condense(connection)
    return store


def _pages(store: Store) -> dict[str, Callable[[Any], object]]:
    """Return what pages ask, by page and question."""
    from dashboard.queries import compare, home, lab, overview, runs, sts, tiles

    with store.read() as connection:
        pair = compare.best_pair(connection) or ("", "")
        night = str(overview.nights(connection).night_id.iloc[-1])
    run = hashlib.md5(b"run-100", usedforsecurity=False).hexdigest()
    digest, task = "digest of model-3", "STS13"
    return {
        "home, published again": home.trust,
        "home, boards": tiles.boards,
        "lab, holdings": lab.holdings,
        "nights, all": overview.nights,
        "nights, failures": overview.open_failures,
        "nights, moved": overview.moved,
        "nights, one": lambda c: overview.passes(c, night),
        "runs, newest": runs.log,
        "runs, of a task": lambda c: runs.log(c, task=task),
        "runs, totals": runs.totals,
        "runs, choices": runs.choices,
        "runs, one": lambda c: runs.one(c, run),
        "runs, its scores": lambda c: runs.scores_of(c, run),
        "sts, scores": sts.scores,
        "sts, every k": lambda c: sts.at_every_k(c, digest, task),
        "sts, prompts": sts.prompts,
        "sts, spreads": sts.spreads,
        "sts, settings of sizes": sts.sized,
        "sts, sizes": lambda c: sts.sizes(c, task, "native", "none", "float32", None),
        "sts, averages": sts.averages,
        "sts, published": sts.published,
        "compare, checkpoints": compare.checkpoints,
        "compare, best pair": compare.best_pair,
        "compare, sides": lambda c: compare.sides(c, *pair),
    }


def _best(
    rounds: int, work: Callable[[], object], most: float | None = None, note: str = ""
) -> Took:
    """Return the best of the rounds; a list or a table that comes back is counted in the note."""
    best = processor = float("inf")
    answer: object = None
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        answer = work()
        best = min(best, time.perf_counter() - begun)
        processor = min(processor, time.process_time() - used)
    if isinstance(answer, (list, tuple, dict, pd.DataFrame)):
        note = f"{len(answer):,} rows"
    return Took(best, processor, most, note)


def measure(store: Store, folder: Path, rounds: int) -> dict[str, Took]:
    """Time everything on one store; rows are added to it."""
    from db.backup import backup
    from db.record import finished

    taken: dict[str, Took] = {}

    def read(query: Callable[[Any], object]) -> Callable[[], object]:
        def work() -> object:
            with store.read() as connection:
                return query(connection)

        return work

    bare = "SELECT count(*), sum(value), max(k) FROM scores"
    taken[PEER] = _best(rounds, read(lambda c: c.exec_driver_sql(bare).scalar()))
    taken["open"] = _best(rounds, read(lambda c: c.exec_driver_sql("SELECT 1").scalar()), PAGE)
    for name, query in _pages(store).items():
        taken[name] = _best(rounds, read(query), PAGE)
    with store.read() as connection:
        keys = connection.exec_driver_sql("SELECT job_key FROM current_runs LIMIT 2000").fetchall()
    asked = [key for (key,) in keys]
    taken["decide on 2,000 jobs"] = _best(rounds, lambda: finished(store, asked), DECIDED)
    for count in (300, 7000):
        scores = _scores(count)
        work = partial(_record, store, scores)
        taken[f"record {count:,} scores"] = _best(rounds, work)
    bulk = _bulk_rows()
    taken["half a million rows"] = _best(rounds, lambda: _bulk(store, bulk), len(bulk) / BULK)

    def copy() -> None:
        path = folder / f"copy-{uuid.uuid4().hex}.duckdb"
        try:
            backup(store, path)
        finally:
            path.unlink(missing_ok=True)

    taken["backup"] = _best(1, copy)
    return taken


def _run() -> Any:
    from db.rows import RunRow

    now, name = datetime.now(UTC), uuid.uuid4().hex
    return RunRow(
        run_id=name,
        job_key=name,
        night_id="night-new",
        evaluator="sts",
        evaluator_version="1",
        task="STS12",
        checkpoint_digest="digest of model-0",
        dataset_digest="digest of STS12",
        parameters={"pooling": "cls", "whitening": "none", "prompt": "", "max_length": None},
        seed=0,
        dtype="float32",
        status="finished",
        started_at=now,
        finished_at=now,
        seconds=40.0,
    )


def _scores(count: int) -> list[Any]:
    from db.rows import ScoreRow

    return [ScoreRow("spearman", 0.5 + i / 1e5, 1500, {"k": i + 1}) for i in range(count)]


def _record(store: Store, scores: Sequence[Any]) -> None:
    from db.record import record

    assert record(store, _run(), scores)


def _bulk_rows() -> list[dict[str, Any]]:
    shared = {"run_id": uuid.uuid4().hex, "metric": "bulk", "variant": "{}", "n": 1500}
    empty = dict.fromkeys(("ci_low", "ci_high", "aggregate", "subset"))
    return [{**shared, **empty, "value": i / 5e5, "k": i % 384} for i in range(500_000)]


def _bulk(store: Store, rows: Sequence[dict[str, Any]]) -> None:
    from db.condensed import insert_scores

    with store.write() as connection:
        insert_scores(connection, rows)


def ranks(rounds: int, folder: Path) -> Took:
    """Time all rankings of a board of 1,000 models on 56 tasks, written and read as a page does."""
    from benchmarks import dashboard_store
    from db import open_store
    from db.leaderboards import write_ranked_board
    from flows.boards.leaderboards import rankings_of
    from flows.boards.stored import board_rows

    with_models = dashboard_store.MODELS
    dashboard_store.MODELS = 1000
    try:
        board = dashboard_store.made_board("thousand", "2026", 56)
    finally:
        dashboard_store.MODELS = with_models
    store = open_store(f"duckdb:///{folder}/ranks.duckdb")
    write_ranked_board(store, board_rows(board), rankings_of(board, ""))
    query = "SELECT * FROM ranks WHERE board = 'thousand' AND treatment = 'per-task'"

    def work() -> list[Any]:
        with store.read() as connection:
            return list(connection.exec_driver_sql(query).fetchall())

    return _best(rounds, work, PAGE)


def ranks_row(rounds: int, folder: Path) -> Row:
    """Return the row of the rankings of a board of 1,000 models."""
    took = ranks(rounds, folder)
    note = f"processor {took.processor:.3f} s, {took.note}"
    return Row("ranks of 1,000 models", "read", took.seconds, took.seconds / PAGE, -1.0, note)


def _url(engine: str, folder: Path) -> str:
    file = f"duckdb:///{folder}/store.duckdb"
    return file if engine == "file" else f"ducklake:sqlite:{folder}/catalog.sqlite"


def rows_of(
    millions: Sequence[float], engines: Sequence[str], folder: Path, rounds: int
) -> Iterator[Row]:
    """Yield a row for each question, size and engine."""
    for engine in engines:
        before: dict[str, Took] = {}
        for i, size in enumerate(millions):
            there = folder / f"{engine}-{size:g}"
            there.mkdir(parents=True)
            begun = time.perf_counter()
            store = fill(_url(engine, there), int(size * 1e6))
            filled = time.perf_counter() - begun
            used = sum(file.stat().st_size for file in there.rglob("*") if file.is_file())
            what = f"{engine}, {size:g} million"
            note = f"{used / 1e9:.2f} GB, {used / size / 1e6:.0f} bytes a score"
            yield Row(what, "filled by SQL", filled, size * 1e6 / filled / BULK, None, note)
            taken = measure(store, there, rounds)
            store.close()
            peer = taken[PEER].seconds
            for name, took in taken.items():
                # On a lake, and below ten million, the target is no promise.
                binding = engine == "file" and size >= 10 and took.most is not None
                ratio = took.seconds / took.most if took.most else took.seconds / peer
                grown = ""
                if name in before:
                    times = took.seconds / before[name].seconds
                    grown = f", {times:.1f} times for {size / millions[i - 1]:g} times the data"
                note = f"processor {took.processor:.3f} s, {took.note}{grown}".strip(", ")
                yield Row(what, name, took.seconds, ratio, -1.0 if binding else None, note)
            before = taken


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds at one million scores; the ratio is to the target, or to DuckDB's one pass."""
    with tempfile.TemporaryDirectory() as name:
        yield from rows_of([1], ["file", "lake"], Path(name), rounds)
        yield ranks_row(rounds, Path(name))


def main() -> None:
    """Print a row for each question, size and engine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--millions", default="1,10", help="sizes, by commas")
    parser.add_argument("--engines", default="file,lake", help="of file, lake")
    parser.add_argument("--folder", type=Path, help="a new folder to keep the stores in")
    parser.add_argument("--rounds", type=int, default=3, help="the best counts")
    given = parser.parse_args()
    sizes = [float(size) for size in given.millions.split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        found = []
        with suppress(KeyboardInterrupt):
            for row in rows_of(sizes, given.engines.split(","), folder, given.rounds):
                found.append(row)
                print(line(row), flush=True)
            found.append(ranks_row(given.rounds, folder))
            print(line(found[-1]), flush=True)
    sys.exit(f"{len(missed(found))} targets missed" if missed(found) else 0)


if __name__ == "__main__":
    main()
