"""Predictions of runs: found by the beginning of a run's id, read, and scored again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from db.errors import StoreError
from flows import tables

if TYPE_CHECKING:
    from db.store import Store
    from evaluators.clue.predictions import Predictions


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


def find_run(store: Store, beginning: str) -> str:
    """Return the id of the one finished run that begins so.

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
        return str(found[0].run_id)
    if found:
        which = ", ".join(f"{row.run_id[:12]} ({row.task})" for row in found)
        raise StoreError(f"several runs begin with {beginning}: {which}; write more of it")
    raise StoreError(
        f"no finished run begins with {beginning}: the view clue_scores lists the runs of the CLUE"
        " tasks (rankcheck sql 'FROM clue_scores')"
    )


def read(store: Store, root: Path, beginning: str) -> KeptPredictions:
    """Read the predictions of a run.

    Args:
        store: Where the run is recorded.
        root: Where files of runs lie: `Places.tables`.
        beginning: The run's id, or how it begins.

    Raises:
        StoreError: No such run, or it kept no predictions.
        ScoreError: The file holds something else.
    """
    from evaluators.clue import kept

    run_id = find_run(store, beginning)
    table = tables.read(root, run_id, kept.NAME)
    predictions = kept.from_table(table)
    return KeptPredictions(run_id, table.about["task"], table.about["split"], predictions)


def demand_same_examples(arm: KeptPredictions, base: KeptPredictions) -> None:
    """Refuse two runs that cannot be paired.

    Raises:
        ScoreError: They are of two tasks or splits, or their examples or labels differ.
    """
    from evaluators.errors import ScoreError

    if (arm.task, arm.split) != (base.task, base.split):
        raise ScoreError(
            f"{arm.run_id[:12]} is about {arm.task}/{arm.split}, {base.run_id[:12]} about"
            f" {base.task}/{base.split}: compare runs of one task and split"
        )
    one, other = arm.predictions, base.predictions
    if one.ids != other.ids or one.gold != other.gold or one.labels != other.labels:
        raise ScoreError(
            f"{arm.run_id[:12]} and {base.run_id[:12]} were scored on different examples of"
            f" {arm.task}/{arm.split} (the data changed in between): run one of them again"
        )
