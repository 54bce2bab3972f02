"""Write out what a board can tell."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from evaluators.averaging.records import about
from flows.reports.sheet import Section, Sheet, size_of, write

if TYPE_CHECKING:
    from evaluators.averaging.stability.resolution import Resolution, TaskResolution


def format_resolution(found: Resolution, form: str = "table") -> str:
    """Return what a board can tell as text in one of `FORMATS`: one record for each task."""
    ranking = found.contest.ranking
    records = [{**about(ranking), **asdict(task)} for task in found.tasks]
    document = {
        **about(ranking),
        "smallest_difference": found.smallest_difference,
        "neighbours_told_apart": found.told,
        "saturated": list(found.saturated),
        "idle": list(found.idle),
        "same": [{"task": a, "with": b, "correlation": r} for a, b, r in found.same],
        "headlines": list(found.headlines),
        "tasks": [asdict(task) for task in found.tasks],
    }
    return write(_sheet(found), form, records=records, document=document)


def _sheet(found: Resolution) -> Sheet:
    ranking = found.contest.ranking
    header = ("task", "best", "ceiling", "human", "noise", "at ceiling", "agreement", "p")
    return Sheet(
        facts=(
            ("board", ranking.title),
            ("snapshot", ranking.snapshot),
            ("treatment", ranking.treatment.name),
            ("n", size_of(len(found.contest.models), len(ranking.rows), len(ranking.columns))),
        ),
        notes=(*found.headlines, *ranking.notes),
        sections=(
            Section(
                "",
                header,
                (False, True, True, True, True, False, True, True),
                tuple(_row(task) for task in found.tasks),
                "Noise: how far the ten best models' scores stand from what their means say."
                " Agreement: Spearman's correlation with the mean of the other tasks; p by Holm.",
            ),
        ),
        left_out=tuple((row.model, row.left_out or "") for row in ranking.left_out),
    )


def _row(task: TaskResolution) -> tuple[str, ...]:
    return (
        task.task,
        f"{task.best:.4g}",
        f"{task.ceiling:g}",
        "" if task.human is None else f"{task.human:.4g}",
        f"{task.noise:.2g}",
        "yes" if task.saturated else "",
        "" if task.agreement is None else f"{task.agreement:.2f}",
        "" if task.p_value is None else f"{task.p_value:.2g}",
    )
