"""Write out what training sets share with scored splits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flows.reports.sheet import Section, Sheet, write

if TYPE_CHECKING:
    from flows.inputs.overlap import TaskOverlap


def format_overlaps(rows: Sequence[TaskOverlap], form: str = "table", *, each: bool = False) -> str:
    """Return counts of shared examples as text in one of `FORMATS`.

    Args:
        rows: One for each task.
        form: The format.
        each: Whether to list the pairs of examples instead of counting them.
    """
    records = [pair._asdict() for row in rows for pair in row.shared] if each else _counts(rows)
    notes = tuple(f"{row.task}: {row.problem}" for row in rows if row.problem)
    sheet = Sheet((), notes, (_pairs(rows) if each else _table(rows),))
    return write(sheet, form, records=records, document={"overlap": records})


def _counts(rows: Sequence[TaskOverlap]) -> list[dict[str, Any]]:
    return [
        {
            "task": row.task,
            "train": row.train,
            "scored": f"{row.task}/{row.split}",
            "train_examples": None if row.problem else row.n_train,
            "scored_examples": None if row.problem else row.n_scored,
            "exact": None if row.problem else row.exact,
            "near": None if row.problem else row.near,
            "problem": row.problem,
        }
        for row in rows
    ]


def _table(rows: Sequence[TaskOverlap]) -> Section:
    header = ("training set", "examples", "scored", "examples", "also scored", "nearly")
    cells = tuple(
        (
            row.train,
            f"{row.n_train:,}",
            f"{row.task}/{row.split}",
            f"{row.n_scored:,}",
            f"{row.exact:,}",
            f"{row.near:,}",
        )
        for row in rows
        if not row.problem
    )
    note = "Training examples that are also scored, and others that nearly are."
    return Section("", header, (False, True, False, True, True, True), cells, note)


def _pairs(rows: Sequence[TaskOverlap]) -> Section:
    header = ("task", "training example", "scored example", "similarity")
    cells = tuple(
        (pair.task, pair.train, pair.scored, "same" if pair.exact else f"{pair.similarity:.2f}")
        for row in rows
        for pair in row.shared
    )
    return Section("", header, (False, False, False, True), cells)
