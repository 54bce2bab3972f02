"""Which verdict on a claim is shown first, and how often each fell."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from evaluators.averaging import TREATMENTS

VERDICTS = ("holds", "refuted", "inconclusive", "not testable here")
"""What a verdict can be, but for a canary's drift."""

KINDS = {"holds": "good", "refuted": "error", "inconclusive": "warning"}
"""The colour of a verdict's edge; any other has none."""

CANARY = "environment-drift"
_MIXED = {name for name, treatment in TREATMENTS.items() if treatment.mixed}
_FIRST = next(iter(TREATMENTS))


def kind(verdict: str) -> str:
    """Return the colour of a verdict: a drift is as bad as a refutation."""
    return "error" if verdict == CANARY else KINDS.get(verdict, "plain")


def deciding(standing: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts that decide something: those of mixed treatments do not."""
    return standing[~standing.treatment.isin(_MIXED)]


def tally(standing: pd.DataFrame) -> Counter[str]:
    """Return how often each verdict falls on one claim, mixed treatments apart."""
    return Counter(deciding(standing).verdict)


def headline(standing: pd.DataFrame) -> pd.Series:
    """Return the verdict to show for one claim: a typical one of those that fall most often.

    What is testable comes before what is not, and a drift before anything. Of the verdicts that
    fall most often the one under the plainest treatment is taken, then the one whose number lies in
    the middle of theirs.

    Args:
        standing: The verdicts that stand on one claim; at least one.
    """
    own = deciding(standing)
    own = standing if own.empty else own
    counts = Counter(own.verdict)
    untestable = VERDICTS[-1]
    best = max(
        counts,
        key=lambda word: (word == CANARY, word != untestable, counts[word], word),
    )
    rows = own[own.verdict == best]
    plain = rows[rows.treatment == _FIRST]
    rows = rows if plain.empty else plain
    ordered = rows.sort_values(
        ["statistic", "board", "snapshot", "treatment"], na_position="last", kind="stable"
    )
    numbered = int(ordered.statistic.notna().sum())
    return ordered.iloc[max(numbered - 1, 0) // 2]


def headlines(standing: pd.DataFrame) -> pd.DataFrame:
    """Return the verdict to show for each claim, with `tested` and a column for each verdict."""
    rows = []
    for claim, own in standing.groupby("claim", sort=True):
        counts = tally(own)
        rows.append({**headline(own).to_dict(), "claim": claim, **{v: counts[v] for v in VERDICTS}})
    return pd.DataFrame(rows, columns=[*standing.columns, *VERDICTS])
