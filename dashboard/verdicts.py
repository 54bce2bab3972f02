"""Choose the verdict that a claim shows first, and count the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

import pandas as pd

from db.claims import DRIFT
from db.claims import headline as first_of
from evaluators.averaging import TREATMENTS
from evaluators.claims import VERDICTS

KINDS = {"holds": "good", "refuted": "error"}
"""The colour of a verdict's edge at the claim's own level; any other has another."""

CANARY = DRIFT
_MIXED = {name for name, treatment in TREATMENTS.items() if treatment.mixed}


class Standing(NamedTuple):
    """The columns that decide which verdict is shown first."""

    verdict: str
    combined: bool


def kind(verdict: str) -> str:
    """Return the colour of a verdict: a drift is as bad as a refutation."""
    if verdict == CANARY:
        return "error"
    return KINDS.get(verdict, "plain" if verdict == "not testable here" else "warning")


def deciding(standing: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts that have a vote in that of their claim.

    Those of mixed treatments and smoke runs have none, and what they come to is not one of them.
    """
    cut = standing.cut.fillna("").ne("")
    return standing[~standing.treatment.isin(_MIXED) & ~cut & ~standing.combined.astype(bool)]


def tally(standing: pd.DataFrame) -> Counter[str]:
    """Count the verdicts on one claim that have a vote."""
    return Counter(deciding(standing).verdict)


def headline(standing: pd.DataFrame) -> pd.Series:
    """Return the verdict to show for one claim; see `db.claims`.

    Args:
        standing: The verdicts that stand on one claim; at least one.
    """
    rows = [Standing(*row) for row in standing[list(Standing._fields)].itertuples(index=False)]
    return standing.iloc[first_of(rows)]


def headlines(standing: pd.DataFrame) -> pd.DataFrame:
    """Return the verdict to show for each claim, with a column for each verdict's number.

    Args:
        standing: The verdicts that stand.
    """
    # Not by `groupby`: a frame for each of a thousand claims takes two seconds.
    rows = [Standing(*row) for row in standing[list(Standing._fields)].itertuples(index=False)]
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, claim in enumerate(standing.claim):
        places[claim].append(place)
    claims = sorted(places)
    own = [places[claim] for claim in claims]
    first = [each[first_of([rows[place] for place in each])] for each in own]
    votes = deciding(standing)
    counts = Counter(zip(votes.claim, votes.verdict, strict=True))
    numbers = {verdict: [counts[claim, verdict] for claim in claims] for verdict in VERDICTS}
    return standing.iloc[first].reset_index(drop=True).assign(**numbers)


BOARD = "Real board"
DATA = {
    "published": "Real test set",
    "small": "Small sample",
    "made-up": "Made-up data",
    "identity": "Theorem",
}
"""What the data behind a level of evidence is called on its badge."""

LEVELS = {
    "identity": "a theorem, checked numerically",
    "made-up": "made-up world",
    "small": "real data, small scale",
    "published": "published setting",
}
"""What the level of evidence is called on a page."""
