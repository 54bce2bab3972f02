"""The verdicts on claims, as reports need them: one claim's verdicts, their data and digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from dashboard.claims import words
from dashboard.queries import boards as board_queries
from dashboard.queries import claims as queries
from dashboard.queries.frame import records
from dashboard.verdicts import headline

if TYPE_CHECKING:
    from sqlalchemy import Connection

_KINDS = {"rc-good": "good", "rc-error": "bad", "rc-warning": "open"}


class Judged(NamedTuple):
    """A claim with its verdicts.

    Attributes:
        head: The verdict that is shown first.
        standing: Every verdict that counts now.
        known: The claim in its newest wording; None where the store has verdicts alone.
    """

    head: pd.Series
    standing: pd.DataFrame
    known: pd.Series | None

    @property
    def sentence(self) -> str:
        """What is claimed."""
        return words.sentence_of(self.head)

    @property
    def rule(self) -> str | None:
        """The rule in words."""
        return None if self.known is None else str(self.known.decision_rule)

    @property
    def reason(self) -> str:
        """Why the verdict is what it is."""
        return words.reason(self.head, self.rule)

    @property
    def kind(self) -> str:
        """Whether the verdict is good, bad, open or plain; one that is not sure is open."""
        badge = words.badge(self.head)
        decided = "rc-good" in badge or "rc-error" in badge
        if decided and "rc-filled" not in badge:
            return "open"
        return next((kind for css, kind in _KINDS.items() if css in badge), "plain")


def judged_of(connection: Connection, names: list[str]) -> list[Judged]:
    """Return the claims of these names that have a verdict."""
    standing, known = queries.standing(connection), queries.known(connection)
    found = []
    for name in names:
        own, of_claim = standing[standing.claim == name], known[known.claim == name]
        if len(own):
            found.append(Judged(headline(own), own, None if of_claim.empty else of_claim.iloc[0]))
    return found


_COLUMNS = [
    *("claim", "verdict", "combined", "board", "snapshot", "treatment", "setting", "statistic"),
    *("ci_low", "ci_high", "threshold", "p_value", "q_value", "smallest_detectable", "level"),
    *("scope", "cut", "exploratory", "precedes_rule", "rests_on", "settles", "detail"),
    *("decided_at", "sentence", "source"),
]


def data_of(judged: list[Judged]) -> pd.DataFrame:
    """Return every verdict, dated by the day."""
    rows = pd.concat([one.standing for one in judged], ignore_index=True)[_COLUMNS]
    rows["decided_at"] = [f"{when:%Y-%m-%d}" for when in rows.decided_at]
    numbers = ("statistic", "ci_low", "ci_high", "threshold", "p_value", "q_value")
    for name in (*numbers, "smallest_detectable"):
        rows[name] = rows[name].astype("Float64")
    for name in ("combined", "exploratory", "precedes_rule"):
        rows[name] = rows[name].astype("boolean")
    order = ["claim", "combined", "board", "snapshot", "treatment", "setting", "detail"]
    return rows.sort_values(order, kind="stable", na_position="first", ignore_index=True)


def digests_of(connection: Connection, judged: list[Judged]) -> dict[str, str]:
    """Return the digests of the rules, and of the boards that they were held against."""
    found = {f"rule of {j.head.claim}": j.known.claim_id for j in judged if j.known is not None}
    listed = board_queries.boards(connection)
    on = {
        (b, s) for j in judged for b, s in zip(j.standing.board, j.standing.snapshot, strict=True)
    }
    for row in records(listed.sort_values(["board", "snapshot"])):
        if (row.board, row.snapshot) in on:
            found[f"board {row.board} {row.snapshot}"] = row.content_digest
    return found
