"""A summary generated from extracted sentences is better than one from the beginning of a text."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import by_seed, gain, made_up_arms, mean
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
from evaluators.claims.judging.summarisation import ABOUT, SPACES, WRITTEN
from evaluators.result import LATE_IMPROVEMENT

ROUGE = "rougel"
EXTRACT, TRUNCATED, BOTH = "extract", "truncated, generate", "extract, generate"
MARGIN = 1.0
LEAST = 5.0
"""Points of ROUGE-L of a generator that writes something of the summary."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare what is generated from both."""
    by_seed(evidence, ROUGE, EXTRACT)
    if mean(evidence, ROUGE, TRUNCATED) < LEAST:
        raise NotTestable(
            f"what is generated has {mean(evidence, ROUGE, TRUNCATED):.1f} points of ROUGE-L:"
            " nothing was learned"
        )
    found = gain(evidence, ROUGE, BOTH, TRUNCATED)
    alone = gain(evidence, ROUGE, BOTH, EXTRACT)
    return gained(
        found,
        f"ROUGE-L, generated from extracted sentences − from the beginning: {found} points,"
        f" {found.n} seeds; − the best sentence alone: {alone}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, noise, and generators that write nothing of worth."""

    def made(gained: float, *, noise: float = 0.3, level: float = 20.0) -> RowEvidence:
        means = {EXTRACT: 25.0, TRUNCATED: level, BOTH: level + gained}
        return RowEvidence(made_up_arms(means, metric=ROUGE, noise=noise))

    return (
        Control("three points", made(3.0), "holds"),
        Control("level", made(0.0), "refuted"),
        Control("a loss", made(-3.0), "refuted"),
        Control("in much noise", made(2.0, noise=6.0), "inconclusive"),
        Control("nothing is learned", made(3.0, level=1.0), "not testable here"),
    )


CLAIM = Claim(
    title="extracting first summarises better",
    sentence="Of a text that is too long for the generator, a summary that is generated from"
    " extracted sentences is better than one generated from the beginning.",
    source=f"{ABOUT}; first place in the summarisation of CAIL 2020, no comparison is printed;"
    " paraphrased",
    decision_rule="The number is ROUGE-L (F1 on characters) of summaries generated from extracted"
    " sentences less that of those generated from the beginning of the text, in points, paired by"
    f" seed (Student's t). Not testable where the latter have less than {LEAST:g} points."
    + gain_rule(MARGIN),
    evidence=RowsOf(
        "arm_scores",
        by=("task", "setting"),
        among={
            "evaluator": ("extract_then_generate",),
            "metric": (ROUGE, LATE_IMPROVEMENT),
        },
    ),
    judge=judge,
    controls=controls,
    fresh=WRITTEN,
    article=SPACES,
)
