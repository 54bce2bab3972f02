"""Write claims and verdicts, and choose the verdict to show first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from db.batch import insert
from db.plain import now, utc
from db.rows import ClaimRow, VerdictRow, finite

if TYPE_CHECKING:
    import sqlalchemy as sa

    from db.store import Store


def write_verdicts(
    store: Store, verdicts: Sequence[VerdictRow], claims: Sequence[ClaimRow] = ()
) -> None:
    """Write verdicts, and those wordings of claims that are not there yet, in one transaction.

    A verdict whose `verdict_id` is there already is not written again.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used, or a number is not finite.
    """
    for row in verdicts:
        numbers = (row.statistic, row.ci_low, row.ci_high, row.threshold, row.p_value)
        finite(f"a number of the verdict on {row.claim}", *numbers)
    latest = {claim.claim: claim.claim_id for claim in claims}

    def work(connection: sa.Connection) -> None:
        import sqlalchemy as sa

        from db import tables

        worded = set(connection.scalars(sa.select(tables.claims.c.claim_id)))
        new_claims = [
            {"claim_id": claim.claim_id, **asdict(claim), "recorded_at": now()}
            for claim in claims
            if claim.claim_id not in worded
        ]
        decided = set(connection.scalars(sa.select(tables.verdicts.c.verdict_id)))
        new_verdicts = [
            {
                **asdict(row),
                "decided_at": utc(row.decided_at),
                "evidence_from": None if row.evidence_from is None else utc(row.evidence_from),
                "claim_id": row.claim_id or latest.get(row.claim),
            }
            for row in verdicts
            if row.verdict_id not in decided
        ]
        insert(connection, tables.claims, new_claims)
        insert(connection, tables.verdicts, new_verdicts)

    store.transact(work)


DRIFT = "environment-drift"
"""What a canary says; it comes before anything else."""


class Standing(Protocol):
    """A current verdict."""

    @property
    def verdict(self) -> str: ...  # noqa: D102
    @property
    def combined(self) -> bool | None: ...  # noqa: D102


def headline(rows: Sequence[Standing]) -> int:
    """Return the position of a claim's own verdict among all that stand on it.

    A drift comes before anything. Then the verdict over all settings, which judging writes; where
    a store has none (verdicts that a flow wrote by itself), the first.

    Args:
        rows: The verdicts that stand on one claim; at least one.
    """
    return min(range(len(rows)), key=lambda at: (rows[at].verdict != DRIFT, not rows[at].combined))
