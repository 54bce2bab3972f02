"""Choose the verdict that a claim shows first, and count the others."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pandas as pd

from dashboard.queries.frame import records
from db.claims import DRIFT, Home
from db.claims import headline as first_of
from evaluators.averaging import TREATMENTS

VERDICTS = ("holds", "refuted", "inconclusive", "not testable here")
"""Every verdict except a canary's drift."""

KINDS = {"holds": "good", "refuted": "error", "inconclusive": "warning"}
"""The colour of a verdict's edge; any other has none."""

CANARY = DRIFT
_MIXED = {name for name, treatment in TREATMENTS.items() if treatment.mixed}


class Standing(NamedTuple):
    """The columns that decide which verdict is shown first."""

    verdict: str
    statistic: float | None
    board: str | None
    snapshot: str | None
    treatment: str | None


def kind(verdict: str) -> str:
    """Return the colour of a verdict: a drift is as bad as a refutation."""
    return "error" if verdict == CANARY else KINDS.get(verdict, "plain")


def deciding(standing: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts that decide something: those of mixed treatments do not."""
    return standing[~standing.treatment.isin(_MIXED)]


def tally(standing: pd.DataFrame) -> Counter[str]:
    """Count the verdicts on one claim, without those of mixed treatments."""
    return Counter(deciding(standing).verdict)


def headline(standing: pd.DataFrame, home: Home | None = None) -> pd.Series:
    """Return the verdict to show for one claim; see `db.claims`.

    Args:
        standing: The verdicts that stand on one claim; at least one.
        home: Where the claim was made, if on a board.
    """
    # An object column keeps None, where one of numbers makes NaN of it.
    plain = standing.astype(object).where(standing.notna(), None)
    rows = [Standing(*row) for row in plain[list(Standing._fields)].itertuples(index=False)]
    return standing.iloc[first_of(rows, home=home, mixed=_MIXED.__contains__)]


def headlines(standing: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return each claim's verdict to show, with the numbers of all its verdicts.

    Args:
        standing: The verdicts that stand.
        known: The claims, with where each was made.
    """
    homes = {
        row.claim: Home(row.home_board, row.home_snapshot, row.home_treatment)
        for row in records(known)
        if isinstance(row.home_board, str)
    }
    rows: list[dict[Any, Any]] = []
    for claim, own in standing.groupby("claim", sort=True):
        counts = tally(own)
        first = headline(own, homes.get(claim))
        rows.append({**first.to_dict(), "claim": claim, **{v: counts[v] for v in VERDICTS}})
    return pd.DataFrame(rows, columns=[*standing.columns, *VERDICTS])
