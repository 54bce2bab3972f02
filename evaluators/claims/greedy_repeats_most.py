"""Greedy decoding repeats more than other decoding."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.claims.judging.arms import arms_in, by_seed
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.repetition import (
    BIGRAMS,
    DECODERS,
    GREEDY,
    SOURCE,
    made,
    of_parts,
)
from evaluators.claims.judging.trends import paired
from evaluators.statistics import mean_interval

MARGIN = 0.1
"""Of the logarithm of a ratio: a tenth more."""

LEAST = 1e-6
"""A text in which nothing was repeated counts as this."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare greedy decoding with the decoder that comes nearest."""
    metric = "counted" if arms_in(evidence, "counted") else "mass"
    others = [
        arm for arm in arms_in(evidence, metric) if arm != GREEDY and not arm.startswith(BIGRAMS)
    ]
    if not others:
        raise NotTestable("no decoder to compare with")
    greedy = by_seed(evidence, metric, GREEDY)
    found = {
        arm: mean_interval(
            [
                math.log(max(ours, LEAST) / max(theirs, LEAST))
                for ours, theirs in paired(greedy, by_seed(evidence, metric, arm))
            ]
        )
        for arm in others
    }
    nearest = min(found, key=lambda arm: (found[arm].ends[0], arm))
    one = found[nearest]
    what = "repetitions counted" if metric == "counted" else "R"
    return gained(
        one,
        f"{what} with greedy decoding {math.exp(one.estimate):.2f} times"
        f" ({math.exp(one.ends[0]):.2f} to {math.exp(one.ends[1]):.2f}) those with {nearest}, which"
        f" comes nearest of {len(found)}; {one.n} seeds",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Far more, less than one decoder, noise, and nothing to compare with."""

    def rows(nearest: float, noise: float = 0.1, metric: str = "mass") -> RowEvidence:
        by_arm = dict(zip(DECODERS, (0.2, nearest, 15.0), strict=True))
        return made({metric: {**by_arm, f"{BIGRAMS}all words": 99.0}}, noise=noise)

    return (
        Control("far more", rows(0.5), "holds"),
        Control("far more in texts", rows(0.5, metric="counted"), "holds"),
        Control("as much as another", rows(15.0, noise=0.01), "refuted"),
        Control("less than another", rows(40.0), "refuted"),
        Control("lost in noise", rows(12.0, noise=0.4), "inconclusive"),
        Control("greedy alone", made({"mass": {GREEDY: 15.0}}), "not testable here"),
    )


CLAIM = Claim(
    title="greedy decoding repeats most",
    sentence="Of all ways to decode, greedy decoding is the one that repeats itself most.",
    source=SOURCE + "; paraphrased. That it is so for any table is another claim,"
    " greedy-repeats-most-whatever-the-table",
    decision_rule="The number is the logarithm of R with greedy decoding over R with each other"
    " decoder (all words, the likeliest three or ten, nucleus, temperatures), paired by table, and"
    " of the decoder for which the lower end is lowest. For recurrent networks it is of the counted"
    " repetitions. Each text and size of random tables by itself."
    + gain_rule(MARGIN).replace(
        ", or where the training loss of an arm still falls when training ends", ""
    ),
    evidence=of_parts("decoders, *", "network, *", metrics=("mass", "counted")),
    judge=judge,
    controls=controls,
    level="small",
    article=8128,
)
