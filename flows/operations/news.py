"""Compose and send the message about a plan run.

A message reports failures, drift, verdicts, scores and first places. They are read from the store,
which has the values before the plan run; a plan run without any of them sends no message.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from db import plan_runs
from db.errors import StoreError
from db.settings import Settings
from flows.judging.canaries import CLAIM as CANARY_CLAIM
from flows.operations.notify import Message, send
from flows.runs.outcomes import PlanRunFailed, RunReport

if TYPE_CHECKING:
    from db.plan_runs import Mark
    from db.store import Store
    from evaluators.progress import Progress


FirstPlaces = Mapping[str, tuple[str, ...]]
"""The models in first place of each measured board; several if they tie."""

_SHOWN = 10

_FIRST = text("""
    SELECT board, list(model ORDER BY model) AS models FROM ranks
    WHERE starts_with(board, 'measured-') AND treatment = 'per-task' AND mean = 'arithmetic'
        AND rank = 1
    GROUP BY board, snapshot
    QUALIFY row_number() OVER (PARTITION BY board ORDER BY snapshot DESC) = 1
""")
_VERDICTS = text("""
    SELECT claim, board, before, verdict, list(DISTINCT treatment ORDER BY treatment) AS treatments
    FROM verdict_changes WHERE night_id = :night AND claim <> :canary
    GROUP BY ALL ORDER BY claim, board, before, verdict
""")
_SCORES = text("""
    SELECT checkpoint, task, pooling, whitening, metric, before, value, changed
    FROM score_changes WHERE night_id = :night AND beyond
    ORDER BY abs(difference) DESC, checkpoint, task, pooling, whitening, metric
""")


def first_places(store: Store) -> FirstPlaces:
    """Return the first models of each measured board by the arithmetic mean."""
    if not store.exists():
        return {}
    with store.read() as connection:
        return {row.board: tuple(row.models) for row in connection.execute(_FIRST)}


def message_of(
    store: Store,
    report: RunReport,
    night_id: str,
    first_places_before: FirstPlaces,
    *,
    plan_path: str,
) -> Message | None:
    """Return the message about a finished plan run, or None without news.

    Args:
        store: The store that records the plan run.
        report: The outcomes of its jobs.
        night_id: Id of the plan run.
        first_places_before: First places before it.
        plan_path: The plan's file, for the command that runs it again.
    """
    failures = report.failure_lines()
    drifted = [drift.sentence() for drift in report.drifts if drift.drifted]
    with store.together():
        verdicts, scores = _changes(store, night_id)
        firsts = _new_firsts(first_places_before, first_places(store))
    headlines = [
        *([f"{len(failures)} failed"] if failures else []),
        *([f"{len(drifted)} left the canary's tolerance"] if drifted else []),
        *([_count(len(verdicts), "verdict") + " changed"] if verdicts else []),
        *([_count(len(scores), "score") + " moved"] if scores else []),
        *([_count(len(firsts), "new first place")] if firsts else []),
    ]
    if not headlines:
        return None
    next_step = (
        "Finished jobs are stored. The next plan run evaluates the rest, or: rankcheck run"
        f" {plan_path}"
    )
    body = [
        f"Plan {report.plan!r} on {platform.node()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
        *report.lines(),
        *_section("Failed:", failures, next_step),
        *_section("Canary:", drifted, "See: rankcheck claims environment-drift --history"),
        *_section("Verdicts that changed:", verdicts, "See: rankcheck claims ID --history"),
        *_section("Scores that moved beyond their interval:", scores, "See: rankcheck dashboard"),
        *_section("First places:", firsts, "See: rankcheck rank BOARD"),
    ]
    return Message(
        f"rankcheck: {report.plan}: {', '.join(headlines)}",
        "\n".join(body),
        "failure" if failures else "warning" if drifted else "info",
    )


def failed_message(plan: str, error: BaseException) -> Message:
    """Return the message about a plan run that failed before its report."""
    return Message(
        f"rankcheck: {plan}: the plan run failed",
        f"Plan {plan!r} on {platform.node()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.\n\n"
        f"{type(error).__name__}: {error}\n\n"
        "Finished jobs are stored. Run `rankcheck doctor`, fix what it reports, then run:"
        f" rankcheck run {plan}",
        "failure",
    )


def _changes(store: Store, night_id: str) -> tuple[list[str], list[str]]:
    with store.read() as connection:
        verdicts = [
            f"{row.claim}{f' on {row.board}' if row.board else ''}: {row.before} → {row.verdict}"
            + _in_brackets(row.treatments)
            for row in connection.execute(_VERDICTS, {"night": night_id, "canary": CANARY_CLAIM})
        ]
        scores = [
            " ".join(
                part for part in (row.checkpoint, row.task, row.pooling, row.whitening) if part
            )
            + f": {row.metric} {row.before:.4f} → {row.value:.4f}"
            + f" (changed: {row.changed or 'nothing that rankcheck records'})"
            for row in connection.execute(_SCORES, {"night": night_id})
        ]
    return verdicts, scores


def _new_firsts(before: FirstPlaces, after: FirstPlaces) -> list[str]:
    return [
        f"{board}: {_names(before[board])} → {_names(models)}"
        for board, models in sorted(after.items())
        if board in before and before[board] != models
    ]


def _names(models: Sequence[str]) -> str:
    return " = ".join(models[:3]) + (f" and {len(models) - 3} more" if len(models) > 3 else "")


def _in_brackets(treatments: Iterable[str | None]) -> str:
    named = [treatment for treatment in treatments if treatment]
    rest = f" and {len(named) - 2} more" if len(named) > 2 else ""
    return f" ({', '.join(named[:2])}{rest})" if named else ""


def _section(title: str, lines: Sequence[str], hint: str) -> list[str]:
    if not lines:
        return []
    listed = [f"  {line}" for line in lines[:_SHOWN]]
    rest = [f"  and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return ["", title, *listed, *rest, hint]


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


@contextmanager
def errors_told(plan: str, settings: Settings) -> Iterator[None]:
    """Send a message if an error ends the block, but only once per error.

    An error with the attribute `told` has already been reported. Ctrl-C is not reported.
    """
    try:
        yield
    except Exception as error:
        if not getattr(error, "told", False):
            error.told = True  # type: ignore[attr-defined]
            tell(failed_message(plan, error), settings)
        raise


def tell_of(
    store: Store,
    report: RunReport,
    night_id: str,
    first_places_before: FirstPlaces,
    plan_path: str,
    settings: Settings,
) -> None:
    """Send the message about a finished plan run, and remove outdated marks."""
    if not report.failure_lines():
        plan_runs.forget_killed(settings.store, report.plan)
    try:
        message = message_of(store, report, night_id, first_places_before, plan_path=plan_path)
    except StoreError as error:
        # Failures are known without the store; changes are not, but are no failure either.
        print(f"the changes of this plan run could not be reported: {error}", file=sys.stderr)
        failed = bool(report.failure_lines())
        message = failed_message(plan_path, PlanRunFailed(report)) if failed else None
    tell(message, settings)


def tell(message: Message | None, settings: Settings) -> None:
    """Send a message, if any, and report delivery problems on standard error."""
    if message is not None:
        for problem in send(message, settings):
            print(f"{problem}; retrying later", file=sys.stderr)


def marked(progress: Progress, mark: Mark | None) -> Progress:
    """Return a progress callback that also keeps the plan run's mark up to date."""

    def report(step: str, done: int, total: int) -> None:
        progress(step, done, total)
        if mark is not None and step == "jobs":
            mark.progress(done, total)

    return report
