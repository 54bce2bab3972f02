"""The guard as a flow: what the automation of `prefect-automations.yaml` starts."""

from __future__ import annotations

from prefect import flow

from db.settings import settings
from flows.operations.guard import look
from flows.operations.overdue import HOURS


@flow(name="watch", persist_result=False)
def watch(plan: str | None = None, hours: float = HOURS) -> list[str]:
    """Look whether a plan run is overdue, and tell people.

    Args:
        plan: Name of the plan; None takes `nightly` where it has ever run, and any plan elsewhere.
        hours: How old the last plan run that completed may be.

    Returns:
        What is wrong, one sentence each.
    """
    return look(settings(), plan=plan, hours=hours)
