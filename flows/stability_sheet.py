"""A stability report as a sheet for people."""

from __future__ import annotations

from flows.reports.sheet import Sheet, facts_of, size_of
from flows.stability_report import StabilityReport
from flows.stability_sections import (
    agreements_section,
    intervals_section,
    weights_section,
    without_section,
)


def stability_sheet(report: StabilityReport, *, top: int | None = None) -> Sheet:
    """Return the tables: intervals by mean, tasks left out, agreement, weights.

    Args:
        report: What was computed.
        top: Show only so many rows of the intervals, and the row looked at; None for all.
    """
    board, first = report.board, next(iter(report.bootstraps.values()))
    ps = tuple(boot.contest.p for boot in report.bootstraps.values())
    sizes = dict.fromkeys(
        size_of(len(b.contest.models), len(board.models), b.contest.values.shape[1])
        for b in report.bootstraps.values()
    )
    also = " and of the models" if report.over == "tasks+models" else ""
    k = len(first.contest.tasks)
    tasks = f"{k} task{'s' * (k != 1)}"
    resampled = f"{first.resamples:,} draws of {tasks}{also}, seed {report.seed}"
    return Sheet(
        facts=(
            *facts_of(board, report.treatment, ps, n="; ".join(sizes)),
            ("resampled", resampled),
            ("confidence", f"{report.confidence:g}"),
            ("looked at", board.models[report.focus]),
        ),
        notes=report.notes,
        sections=(
            *(intervals_section(report, mean, top) for mean in report.bootstraps),
            *([without_section(report)] if report.without else []),
            *([agreements_section(report)] if report.agreements else []),
            *([weights_section(report)] if report.questions else []),
        ),
        left_out=left_out(report),
    )


def left_out(report: StabilityReport) -> tuple[tuple[str, str], ...]:
    """Return (model, why) of each row that some mean leaves out."""
    reasons: dict[tuple[str, int, str], list[str]] = {}
    for mean, boot in report.bootstraps.items():
        for row in boot.contest.ranking.left_out:
            reasons.setdefault((row.model, row.position, row.left_out or ""), []).append(mean)
    return tuple(
        (model, why if len(means) == len(report.bootstraps) else f"{', '.join(means)}: {why}")
        for (model, _, why), means in reasons.items()
    )
