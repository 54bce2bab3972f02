"""What follows from what the store holds: measured boards with their ranks, then the claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.rows import VerdictRow
    from db.store import Store
    from evaluators.progress import Progress


def conclude(
    store: Store, night_id: str | None = None, progress: Progress | None = None
) -> list[VerdictRow]:
    """Keep what was measured as boards, and judge what is not judged yet.

    Both are decided from the store, so that what a kill prevented is made up for by the next run.

    Returns:
        The new verdicts.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    from flows.claims import judge_claims
    from flows.measured import store_measured_boards

    store_measured_boards(store)
    return judge_claims(store, night_id, progress)
