"""Lets people see a plan run while it lasts, and hear of it when it ended badly."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from db import plan_runs
from db.errors import StoreError
from db.settings import Settings
from flows.operations.news import FirstPlaces, failed_message, message_of
from flows.operations.notify import Message, send
from flows.outcomes import NightFailed, NightReport

if TYPE_CHECKING:
    from db.plan_runs import Mark
    from db.store import Store
    from evaluators.progress import Progress


@contextmanager
def errors_told(plan: str, settings: Settings) -> Iterator[None]:
    """Send a message where an error ends the block; once, however many blocks it passes.

    An error that carries `told` has been reported already. Ctrl-C is nobody's news.
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
    report: NightReport,
    night_id: str,
    before: FirstPlaces,
    plan_path: str,
    settings: Settings,
) -> None:
    """Send what is worth a message in a plan run that ended, and drop the marks it makes up for."""
    if not report.failure_lines():
        plan_runs.forget_killed(settings.store, report.plan)
    try:
        message = message_of(store, report, night_id, before, plan_path=plan_path)
    except StoreError as error:
        # What failed is known without the store; what changed is not, and no failure.
        print(f"what this plan run changed is not told: {error}", file=sys.stderr)
        failed = bool(report.failure_lines())
        message = failed_message(plan_path, NightFailed(report)) if failed else None
    tell(message, settings)


def tell(message: Message | None, settings: Settings) -> None:
    """Send a message, if there is one; what cannot be delivered is said on standard error."""
    if message is not None:
        for problem in send(message, settings):
            print(f"{problem}; it is tried again later", file=sys.stderr)


def marked(progress: Progress, mark: Mark | None) -> Progress:
    """Return a progress callback that also keeps the plan run's mark up to date."""

    def both(what: str, done: int, total: int) -> None:
        progress(what, done, total)
        if mark is not None and what == "jobs":
            mark.progress(done, total)

    return both
