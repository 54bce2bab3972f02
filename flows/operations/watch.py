"""Run the guard as a flow, which an automation starts."""

from __future__ import annotations

from prefect import flow

from db.settings import settings
from flows.operations.guard import look
from flows.operations.overdue import HOURS


@flow(name="watch", persist_result=False)
def watch(plan: str | None = None, hours: float = HOURS) -> list[str]:
    """Check whether a plan run is overdue, and send messages.

    Args:
        plan: Name of the plan; None takes `nightly` if it has ever run, and any plan otherwise.
        hours: Largest age of the last completed plan run, in hours.

    Returns:
        The problems, one sentence each.
    """
    return look(settings(), plan=plan, hours=hours)
