"""A power keeps the order of probabilities and brings them to any entropy."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.entropies import SOURCE
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import largest, measured

POWER, NEGATIVE = "power", "negative power"
ROUNDING, WRONG = 1e-6, 1e-3
"""Nats: what is rounding, and what is a rise, or an entropy that is not reached."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether a power ever turns two outcomes round, adds entropy, or does not reach one."""
    if largest(evidence, (NEGATIVE,), "disordered").value <= WRONG:
        raise NotTestable("a negative power is not found to turn the order round")
    disordered = largest(evidence, (POWER,), "disordered")
    off = largest(evidence, (POWER,), "largest_rise", "unreached")
    word: Word = "inconclusive"
    if disordered.value > 0 or off.value > WRONG:
        word = "refuted"
    elif off.value <= ROUNDING:
        word = "holds"
    return Finding(
        word,
        f"{disordered.value:.1%} of a seed's cases disordered at most; largest rise of the entropy"
        f" or distance from log n and 0: {off} nats; {disordered.n} seeds and settings",
        statistic=off.value,
        threshold=ROUNDING,
        rests_on=f"{disordered.n} seeds and settings",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """As the theorem says, out of order, rising, zeros, and a bench that sees nothing."""

    def made(
        disordered: float = 0.0, rise: float = 0.0, unreached: float = 1e-9, turned: float = 1.0
    ) -> RowEvidence:
        return measured(
            {
                ("made up", POWER, "disordered"): [0.0, disordered],
                ("made up", POWER, "largest_rise"): [0.0, rise],
                ("made up", POWER, "unreached"): [1e-9, unreached],
                ("made up", NEGATIVE, "disordered"): [turned, turned],
            }
        )

    return (
        Control("as the theorem says", made(), "holds"),
        Control("one case out of order", made(disordered=0.002), "refuted"),
        Control("the entropy rises", made(rise=0.1), "refuted"),
        Control("log n is not reached, a tenth are zeros", made(unreached=0.105), "refuted"),
        Control("a hair is missing", made(unreached=1e-4), "inconclusive"),
        Control("turning round is not seen", made(turned=0.0), "not testable here"),
    )


CLAIM = Claim(
    title="a power keeps the order and reaches any entropy",
    sentence="pᵞ / Σ pᵞ keeps the order of positive probabilities, and its entropy falls from log n"
    " to 0 as γ grows from 0 to infinity.",
    source=SOURCE,
    decision_rule="Powers γ = 2^k, k from −30 to 40, of random distributions without zeros and"
    " without ties. The number is the largest rise of the entropy from one power to the next"
    " larger, or its distance from log n under the smallest and from 0 under the largest, in nats."
    f" Holds when it is at most {ROUNDING:g} and no two outcomes change places; refuted when two do"
    f" or it is above {WRONG:g}; inconclusive otherwise. Not testable where negative powers are not"
    " found to turn the order round. With zeros log n is out of reach, and no statement is made.",
    evidence=RowsOf(
        "arm_scores",
        by=("setting",),
        among={
            "evaluator": ("entropy_normalisation",),
            "task": ("power transform",),
            "setting": ("uniform numbers, *", "softmax *", "Dirichlet *"),
        },
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8829,
)
