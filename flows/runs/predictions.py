"""Write, find and read the predictions of runs, stored as Parquet files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from db import run_files
from db.errors import StoreError
from evaluators.atomic import replacing
from evaluators.result import Table

if TYPE_CHECKING:
    from db.store import Store
    from evaluators.clue.respondents import Respondents
    from evaluators.trainer.predictions import Predictions


_ENCODINGS = {"int32": "DELTA_BINARY_PACKED", "float32": "BYTE_STREAM_SPLIT"}


def keep_tables(tables: Sequence[Table], root: Path, run_id: str) -> None:
    """Write the tables of a run, each of them atomically.

    Call it before the run's own commit: rows without a run are harmless, a run without its rows is
    not. After a kill in between, the same run is recorded again and overwrites the files.

    Raises:
        StoreError: They cannot be written, for example because the disk is full.
    """
    for table in tables:
        path = run_files.path_of(root, run_id, table.name)
        try:
            # The job's lock is held: no other process writes this run.
            with replacing(path, alone=True) as new:
                _write(table, new)
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written: {error.strerror or error}; make room, then run the plan"
                " again: computed results are kept"
            ) from error


def _write(table: Table, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    types = {name: pa.type_for_alias(type_name) for name, type_name in table.types.items()}
    rows = pa.table(
        {name: pa.array(list(values), types.get(name)) for name, values in table.columns.items()}
    )
    metadata = json.dumps(dict(table.about), ensure_ascii=False, sort_keys=True)
    with path.open("wb") as file:
        parquet.write_table(
            rows.replace_schema_metadata({run_files.ABOUT: metadata.encode()}),
            file,
            compression="zstd",
            use_dictionary=[name for name in table.columns if name not in types] if types else True,
            column_encoding={name: _ENCODINGS[type_name] for name, type_name in table.types.items()}
            or None,
        )


def drop_tables(root: Path, run_id: str) -> None:
    """Remove the tables of a run that was not recorded."""
    shutil.rmtree(root / run_id, ignore_errors=True)


def read_parquet(root: Path, run_id: str, name: str) -> Table:
    """Read a table of a run.

    Raises:
        StoreError: There is none, or the file is damaged.
    """
    rows = run_files.read(root, run_id, name)
    return Table(name, rows.columns, rows.about)


class KeptPredictions(NamedTuple):
    """The predictions of a run.

    Attributes:
        run_id: The run.
        task: Its task.
        split: The split that was scored.
        predictions: One answer per example.
    """

    run_id: str
    task: str
    split: str
    predictions: Predictions


class FoundRun(NamedTuple):
    """A finished run."""

    run_id: str
    evaluator: str
    task: str


def find_run(store: Store, beginning: str) -> FoundRun:
    """Return the one finished run whose id begins with `beginning`.

    Raises:
        StoreError: There is none, or there are several.
    """
    from sqlalchemy import text

    query = text(
        "SELECT run_id, evaluator, task FROM runs WHERE starts_with(run_id, :beginning)"
        " AND status = 'finished' ORDER BY finished_at DESC LIMIT 4"
    )
    with store.read() as connection:
        runs = connection.execute(query, {"beginning": beginning}).all()
    if len(runs) == 1:
        return FoundRun(*map(str, runs[0]))
    if runs:
        listed = ", ".join(f"{row.run_id[:12]} ({row.task})" for row in runs)
        raise StoreError(f"several runs begin with {beginning}: {listed}; give more of the id")
    raise StoreError(
        f"no finished run begins with {beginning}: the views clue_scores and sts_scores list"
        " the runs that keep what was said about every example (rankcheck sql 'FROM clue_scores')"
    )


def read(store: Store, root: Path, beginning: str) -> KeptPredictions:
    """Read the predictions of a run of a CLUE task.

    Args:
        store: The store that records the run.
        root: Folder of the runs' files: `Places.tables`.
        beginning: The run's id, or its beginning.

    Raises:
        StoreError: There is no such run, or it has no predictions.
        ScoreError: The file contains something else.
    """
    from evaluators.trainer import predictions as prediction_tables

    run = find_run(store, beginning)
    if run.evaluator == "sts":
        raise StoreError(
            f"run {run.run_id[:12]} is of sentence pairs ({run.task}) and has no predictions:"
            " rankcheck predictions compare takes two such runs"
        )
    table = read_parquet(root, run.run_id, prediction_tables.NAME)
    predictions = prediction_tables.from_table(table)
    return KeptPredictions(run.run_id, table.about["task"], table.about["split"], predictions)


def respondents(store: Store, root: Path, task: str, split: str | None = None) -> Respondents:
    """Read what all models answered to the same examples of a CLUE task.

    Args:
        store: The store that records the runs.
        root: Folder of the runs' files: `Places.tables`.
        task: Name of the task.
        split: Its split; None: the one with most runs.

    Raises:
        DatasetError: There is no such task.
        ScoreError: No run of it kept answers.
    """
    from sqlalchemy import text

    from evaluators.clue import respondents as gathering
    from evaluators.clue import tasks
    from evaluators.trainer import predictions as prediction_tables

    def answers(run_id: str) -> Table | None:
        try:
            return read_parquet(root, run_id, prediction_tables.NAME)
        except StoreError:
            return None

    name = tasks.find(task).name
    with store.read() as connection:
        rows = connection.execute(text(gathering.RUNS), {"task": name}).mappings().all()
    return gathering.gather(name, [dict(row) for row in rows], answers, split=split)


def read_table(store: Store, root: Path, beginning: str) -> tuple[str, Table]:
    """Read the stored rows of a run, whatever its kind of task.

    Args:
        store: The store that records the run.
        root: Folder of the runs' files: `Places.tables`.
        beginning: The run's id, or its beginning.

    Returns:
        The run's id, and predictions (CLUE) or similarities (STS).

    Raises:
        StoreError: There is no such run, or it has no answers to single examples.
    """
    from evaluators.paired import KEPT

    run = find_run(store, beginning)
    if run.evaluator not in KEPT:
        raise StoreError(
            f"run {run.run_id[:12]} is of {run.evaluator}, which keeps no answers to single"
            f" examples: compare runs of {' or '.join(sorted(KEPT))}"
        )
    return run.run_id, read_parquet(root, run.run_id, KEPT[run.evaluator])
