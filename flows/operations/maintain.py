"""Maintain the store as a flow, once a month."""

from __future__ import annotations

from prefect import flow

from db import open_store
from db.maintain import KEEP_DAYS
from db.maintain import maintain as maintain_store
from db.settings import settings


@flow(name="maintain", persist_result=False)
def maintain(keep_days: float = KEEP_DAYS) -> dict[str, int]:
    """Merge the small files of a DuckLake and forget its old history.

    Args:
        keep_days: How long the history of a lake is kept, in days.

    Returns:
        Files before and afterwards, and how many were deleted; empty for a DuckDB file.
    """
    done = maintain_store(open_store(settings().store), keep_days=keep_days)
    if done.before is None or done.after is None:
        return {}
    return {"before": done.before.files, "after": done.after.files, "deleted": done.removed}
