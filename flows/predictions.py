"""Predictions of runs: found by the beginning of a run's id, read, and scored again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from db.errors import StoreError
from flows import tables

if TYPE_CHECKING:
    from db.store import Store
    from evaluators.clue.predictions import Predictions
    from evaluators.result import Table


class KeptPredictions(NamedTuple):
    """What a run said about every example.

    Attributes:
        run_id: The run.
        task: Its task.
        split: The split that was scored.
        predictions: One answer an example.
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
    """Return the one finished run whose id begins so.

    Raises:
        StoreError: There is none, or there are several.
    """
    from sqlalchemy import text

    query = text(
        "SELECT run_id, evaluator, task FROM runs WHERE starts_with(run_id, :beginning)"
        " AND status = 'finished' ORDER BY finished_at DESC LIMIT 4"
    )
    with store.read() as connection:
        found = connection.execute(query, {"beginning": beginning}).all()
    if len(found) == 1:
        return FoundRun(*map(str, found[0]))
    if found:
        which = ", ".join(f"{row.run_id[:12]} ({row.task})" for row in found)
        raise StoreError(f"several runs begin with {beginning}: {which}; write more of it")
    raise StoreError(
        f"no finished run begins with {beginning}: the views clue_scores and sts_scores list"
        " the runs that keep what was said about every example (rankcheck sql 'FROM clue_scores')"
    )


def read(store: Store, root: Path, beginning: str) -> KeptPredictions:
    """Read the predictions of a run of a CLUE task.

    Args:
        store: Where the run is recorded.
        root: Where files of runs lie: `Places.tables`.
        beginning: The run's id, or how it begins.

    Raises:
        StoreError: No such run, or it kept no predictions.
        ScoreError: The file holds something else.
    """
    from evaluators.clue import kept

    run = find_run(store, beginning)
    if run.evaluator == "sts":
        raise StoreError(
            f"run {run.run_id[:12]} is of sentence pairs ({run.task}) and has no predictions:"
            " rankcheck predictions compare takes two such runs"
        )
    table = tables.read(root, run.run_id, kept.NAME)
    predictions = kept.from_table(table)
    return KeptPredictions(run.run_id, table.about["task"], table.about["split"], predictions)


def read_table(store: Store, root: Path, beginning: str) -> tuple[str, Table]:
    """Read what a run kept of every example, whatever its task is about.

    Args:
        store: Where the run is recorded.
        root: Where files of runs lie: `Places.tables`.
        beginning: The run's id, or how it begins.

    Returns:
        The run's id, and predictions (CLUE) or similarities (STS).

    Raises:
        StoreError: No such run, or it kept no answers.
    """
    from evaluators.paired import KEPT

    run = find_run(store, beginning)
    if run.evaluator not in KEPT:
        raise StoreError(
            f"run {run.run_id[:12]} is of {run.evaluator}, which keeps no answers to single"
            f" examples: compare runs of {' or '.join(sorted(KEPT))}"
        )
    return run.run_id, tables.read(root, run.run_id, KEPT[run.evaluator])
