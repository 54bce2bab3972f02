"""Merging likely pairs of neighbours into words lowers the repetition mass."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.repetition import SOURCE
from evaluators.claims.judging.trends import paired, sweep_rows, swept
from evaluators.statistics import Interval, mean_interval

ARM, FREQUENT, CONTROL = "likely pairs", "frequent pairs", "random pairs"
MASS, IN_TEXT = "mass", "mass_in_text"
NAME = "merges"
MARGIN = 0.1
"""Of the logarithm of a ratio: about a tenth less."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare R after most merges with R before, and say what other pairs and readings give."""
    found = _fall(evidence, MASS, ARM)
    most = max(swept(evidence, MASS, ARM, NAME))
    others = "; ".join(
        f"{arm}: {math.exp(-_fall(evidence, MASS, arm).estimate):.2f} and"
        f" {math.exp(-_fall(evidence, IN_TEXT, arm).estimate):.2f}"
        for arm in (ARM, FREQUENT, CONTROL)
    )
    return gained(
        found,
        f"after {most:g} merges R is {math.exp(-found.estimate):.2f} times"
        f" ({math.exp(-found.ends[1]):.2f} to {math.exp(-found.ends[0]):.2f}) what it was,"
        f" {found.n} seeds. R, and what a random place of the text has of it: {others}",
        margin=MARGIN,
        look=evidence.look,
    )


def _fall(evidence: RowEvidence, metric: str, arm: str) -> Interval:
    by_count = swept(evidence, metric, arm, NAME)
    if 0 not in by_count or len(by_count) < 2:
        raise NotTestable("R was not measured both before and after merging")
    pairs = paired(by_count[0], by_count[max(by_count)])
    if any(min(pair) <= 0 for pair in pairs):
        raise NotTestable(f"R is 0 with {arm}: no ratio")
    return mean_interval([math.log(before / after) for before, after in pairs])


def controls() -> Sequence[Control[RowEvidence]]:
    """Half, the same, twice, lost in noise, and no sweep."""

    def made(after: float, noise: float = 0.005, counts: Sequence[int] = (0, 10)) -> RowEvidence:
        points = {
            arm: dict(zip(counts, (0.2, end), strict=False))
            for arm, end in ((ARM, after), (FREQUENT, 0.1), (CONTROL, 0.2))
        }
        return RowEvidence(
            [
                row
                for metric in (MASS, IN_TEXT)
                for row in sweep_rows(points, name=NAME, metric=metric, noise=noise)
            ]
        )

    return (
        Control("half", made(0.1), "holds"),
        Control("the same", made(0.2), "refuted"),
        Control("twice", made(0.4), "refuted"),
        Control("lost in noise", made(0.15, noise=0.05), "inconclusive"),
        Control("no sweep", made(0.1, counts=(0,)), "not testable here"),
    )


CLAIM = Claim(
    title="merging likely pairs lowers R",
    sentence="Merging pairs of which the second word is likely to follow the first into one word"
    " makes rows more even, and so lowers the repetition mass.",
    source=SOURCE + "; paraphrased. The paper calls it rebalanced encoding",
    decision_rule="The number is the logarithm of R before merging over R after the most merges, of"
    " the bigrams of a text, paired by piece of text; merged is always the pair with the highest"
    " probability of its second word of those that occur at least once in 2,000"
    " characters. The sweep over numbers of merges is in the rows. Beside it stand the commonest"
    " pairs, as in byte-pair encoding, random pairs, a control, and R weighted by how"
    " often words occur."
    + gain_rule(MARGIN).replace(
        ", or where the training loss of an arm still falls when training ends", ""
    ),
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={
            "evaluator": ("seq2seq_repetition",),
            "task": ("merging, *",),
            "metric": (MASS, IN_TEXT),
        },
    ),
    judge=judge,
    controls=controls,
    level="small",
    article=8128,
)
