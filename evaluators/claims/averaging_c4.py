"""C4: the arithmetic mean is not correct; with preferable metrics humans are still the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.averaging import MEANS, rules
from evaluators.claims.judging.boards import OTHER_MEANS, human_standing, named
from evaluators.claims.judging.claim import Boards, Claim, Control, Finding, Home, Word
from evaluators.claims.judging.evidence import RESAMPLES, BoardEvidence
from evaluators.claims.judging.made_up import made_up
from evaluators.errors import TreatmentError
from evaluators.statistics import percentiles


def judge(evidence: BoardEvidence) -> Finding:
    """Ask whether it is the mean that puts the human row first."""
    standing = human_standing(evidence)
    first = {mean: standing.places[mean].rank == 1 for mean in MEANS}
    low, high = percentiles(
        1 + np.minimum(*(standing.places[mean].above_by for mean in OTHER_MEANS)), occurring=True
    )
    verdict: Word
    if not any(first[mean] for mean in OTHER_MEANS):
        best = min(OTHER_MEANS, key=lambda mean: standing.places[mean].rank)
        verdict, why = "refuted", f"above it: {named(standing.places[best].above)}"
    elif first["arithmetic"] and all(first.values()):
        verdict, why = (
            "inconclusive",
            ("it is first under the arithmetic mean too: these columns put it there, not the mean"),
        )
    elif all(first[mean] for mean in OTHER_MEANS):
        verdict, why = "holds", "it is first under the other means alone"
    else:
        verdict, why = "inconclusive", "the geometric and the harmonic mean disagree"
    return Finding(
        verdict=verdict,
        detail=f"{standing.ranks()} of {standing.size}; {why}; {_other_rules(evidence)};"
        f" {standing.chances()}",
        statistic=float(standing.best_rank()),
        ci_low=low,
        ci_high=high,
        threshold=1.0,
        rests_on="printed scores",
    )


RULES = ("borda", "copeland", "dowdall", "mean-rank", "mean-win-rate", "median", "minimum")
"""Rules beside the means whose first place is said; the slow ones are left out."""


def _other_rules(evidence: BoardEvidence) -> str:
    """Return in words which rules that are no mean put the human row first."""
    first = []
    for name in RULES:
        try:
            ranked = [
                r for r in rules.rank_by(evidence.board, evidence.treatment, name).rows if r.rank
            ]
        except TreatmentError:
            continue
        humans = [row for row in ranked if row.is_human]
        if humans and humans[0].rank == 1:
            first.append(name)
    return f"first under {', '.join(first)}" if first else "first under no other rule either"


def controls() -> Sequence[Control[BoardEvidence]]:
    """An even human row that only the arithmetic mean sets below uneven models, and others."""
    models: list[list[float]] = [[99.0, 97, 98, 40], [98, 99, 96, 42], [90, 90, 90, 40]]
    between: list[float] = [78.9] * 4  # of the second model's geometric and harmonic mean
    return (
        Control("an even human row", made_up([*models, [80.0] * 4], human=3), "holds"),
        Control("an uneven human row", made_up([*models, [99, 99, 99, 20]], human=3), "refuted"),
        Control("first everywhere", made_up([*models, [98.0] * 4], human=3), "inconclusive"),
        Control("first under one mean only", made_up([*models, between], human=3), "inconclusive"),
        Control("no human row", made_up(models), "not testable here"),
        Control(
            "a human cell of 0", made_up([*models, [99, 99, 99, 0]], human=3), "not testable here"
        ),
        Control(
            "first for a mixed treatment alone",
            made_up(
                [*([*row, 10.0] for row in models), [80, 80, 80, 80, np.nan]],
                human=3,
                diagnostics=1,
                treatment="paper-mixed",
            ),
            "inconclusive",
        ),
    )


CLAIM = Claim(
    title="other means put humans first",
    sentence="It is not correct to use arithmetic mean for NLP benchmarking. With preferable"
    " metrics humans are still the first.",
    source="Shavrina and Malykh, summary of the NeurIPS 2021 submission,"
    " openreview.net/forum?id=PPGfoNJnLKd",
    article=8783,
    decision_rule="The number is the human row's rank among the models under the geometric or the"
    " harmonic mean, the better of the two. Holds when it is first under both and not under the"
    " arithmetic mean; refuted when it is first under neither; inconclusive when they disagree,"
    " and when it is first under the arithmetic mean too, as then the columns that count put it"
    " there and not the mean. Ties for the first place count as first. The printed scores decide;"
    f" the 95% interval comes from drawing the tasks anew {RESAMPLES:,} times. Which other rules"
    " (Borda, Copeland, Dowdall ...) put it first is said beside it. Not testable"
    " without a human row that is ranked under all three means.",
    evidence=Boards(),
    judge=judge,
    controls=controls,
    version="2",
    home=Home("superglue", "2021"),
)
