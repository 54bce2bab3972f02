"""Draw the share picture of a plan run: a square for each job, its claims, and what failed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from dashboard import formatting
from dashboard.language import mark, t
from dashboard.queries.frame import records
from dashboard.shared import pictures
from dashboard.shared.plan_run_data import subject_of
from dashboard.verdicts import CANARY

_SIDE, _STEP = 14, 18  # pixels of a square, and from one to the next
_ACROSS, _ROWS, _LINES = 59, 4, 4
_KINDS = {
    mark("drifted"): "bad",
    mark("held"): "good",
    mark("refuted"): "bad",
    mark("mixed"): "open",
    mark("undecided"): "open",
    mark("not testable"): "plain",
}
OUTCOMES = tuple(_KINDS)
"""What can become of a claim, in the order in which a report has them."""


def came_out(verdict: str) -> str:
    """Return which of `OUTCOMES` a verdict is."""
    known = {CANARY: "drifted", "mixed": "mixed", "inconclusive": "undecided"}
    if verdict in known:
        return known[verdict]
    starts = {"holds": "held", "refuted": "refuted", "not testable": "not testable"}
    return next((said for start, said in starts.items() if verdict.startswith(start)), "undecided")


def picture(night: Any, plan: str, jobs: pd.DataFrame, heads: pd.DataFrame, said: str) -> str:
    """Return the share picture as SVG.

    Args:
        night: The plan run, as `overview.night` has it.
        plan: Name of its plan.
        jobs: Its jobs.
        heads: The verdict of each claim that it judged.
        said: The answer of the report.
    """
    title = t(
        "Plan {plan}: {done} done, {failed} failed",
        plan=plan,
        done=night.finished,
        failed=night.failed,
    )
    top = pictures.below(title) + 44
    parts = []
    for i, line in enumerate(pictures.wrapped(said, 22, 1072, 3)):
        parts.append(pictures.line(64, top + 30 * i, line, 22))
    y = top + 30 * (i + 1)
    parts += _squares(jobs, y)
    y += _STEP * min(_ROWS, -(-len(jobs) // _ACROSS)) + 52
    parts += _verdicts(heads, y)
    y += 56 if len(heads) else 0
    parts += _reasons(jobs, y)
    when = formatting.moment(night.started_at)
    over = t("{when} · plan run {id}", when=when, id=str(night.night_id)[:8])
    shown = min(len(jobs), _ACROSS * _ROWS)
    foot = (
        t(
            "a square: the first {shown} of {count} jobs; orange: it failed",
            shown=shown,
            count=len(jobs),
        )
        if shown < len(jobs)
        else t("a square: a job; orange: it failed")
    )
    return pictures.share_picture(over, title, parts, foot)


def _squares(jobs: pd.DataFrame, y: float) -> list[str]:
    # Failures first: they must be seen where there are more jobs than squares.
    failed = sorted((status == "failed" for status in jobs.status), reverse=True)
    return [
        f'<rect x="{64 + _STEP * (i % _ACROSS):g}" y="{y + _STEP * (i // _ACROSS):g}"'
        f' width="{_SIDE}" height="{_SIDE}" rx="3"'
        f' fill="{pictures.COLOURS["bad" if bad else "good"]}"/>'
        for i, bad in enumerate(failed[: _ACROSS * _ROWS])
    ]


def _verdicts(heads: pd.DataFrame, y: float) -> list[str]:
    counts = Counter(came_out(verdict) for verdict in heads.verdict) if len(heads) else Counter()
    parts, x = [], 64.0
    for said, kind in _KINDS.items():
        if counts[said]:
            label = f"{counts[said]} {t(said)}"
            parts.append(pictures.pill(x, y, label, kind, 20))
            x += pictures.pill_width(label, 20) + 14
    return parts


def _reasons(jobs: pd.DataFrame, y: float) -> list[str]:
    failed = jobs[jobs.status == "failed"]
    room = max(0, min(_LINES, int((540 - y) // 30) + 1))
    parts = []
    for i, row in enumerate(records(failed.head(room))):
        reason = f"{subject_of(row)}: {row.error_type}: {row.error_text}"
        said = pictures.fitted(reason, 20, 1072)
        parts.append(pictures.line(64, y + 30 * i, said, 20, colour=pictures.COLOURS["bad"]))
    return parts
