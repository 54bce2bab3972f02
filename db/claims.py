"""Write claims and verdicts, and choose the verdict to show first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple, Protocol

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
        numbers = (row.statistic, row.ci_low, row.ci_high, row.threshold)
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

_OPEN = ("inconclusive", "not testable here")


class Standing(Protocol):
    """A current verdict; fields that do not apply are None."""

    @property
    def verdict(self) -> str: ...  # noqa: D102
    @property
    def statistic(self) -> float | None: ...  # noqa: D102
    @property
    def board(self) -> str | None: ...  # noqa: D102
    @property
    def snapshot(self) -> str | None: ...  # noqa: D102
    @property
    def treatment(self) -> str | None: ...  # noqa: D102


class Home(NamedTuple):
    """The board, snapshot and treatment that a claim was made about."""

    board: str
    snapshot: str
    treatment: str


def headline(
    rows: Sequence[Standing],
    *,
    home: Home | None = None,
    mixed: Callable[[str], bool] = lambda treatment: False,
) -> int:
    """Return the position of the verdict to show first.

    A drift comes before anything. Then the claim's home, in its snapshot or else its latest one.
    A claim that is at home nowhere shows the verdict that falls most often, decided ones before
    open ones, with the number in the middle of theirs; mixed treatments do not count unless there
    is nothing else.

    Args:
        rows: The verdicts that stand on one claim; at least one.
        home: Where the claim was made, if on a board.
        mixed: Whether a treatment is not the same for every row and mean.
    """
    drifts = [at for at, row in enumerate(rows) if row.verdict == DRIFT]
    if drifts:
        return drifts[0]
    if home is not None:
        there = [
            (row.snapshot == home.snapshot, row.snapshot or "", at)
            for at, row in enumerate(rows)
            if (row.board, row.treatment) == (home.board, home.treatment)
        ]
        if there:
            return max(there)[-1]
    plain = [at for at, row in enumerate(rows) if not mixed(row.treatment or "")]
    among = plain or list(range(len(rows)))
    counts = Counter(rows[at].verdict for at in among)
    best = max(counts, key=lambda word: (word not in _OPEN, word != _OPEN[-1], counts[word], word))
    chosen = [at for at in among if rows[at].verdict == best]
    numbered = sorted(
        (number, row.board or "", row.snapshot or "", row.treatment or "", at)
        for at in chosen
        for row in (rows[at],)
        if (number := row.statistic) is not None and number == number
    )
    return numbered[(len(numbered) - 1) // 2][-1] if numbered else chosen[0]
