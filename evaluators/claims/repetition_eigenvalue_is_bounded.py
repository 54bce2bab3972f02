"""The largest eigenvalue of P∘P is at most the largest sum of squares of a row."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import arms_in
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import largest
from evaluators.claims.judging.repetition import GREEDY, SOURCE, made, of_parts

METRIC = "excess"
ROUNDING = 1e-9


def judge(evidence: RowEvidence) -> Finding:
    """Ask by how much the bound is exceeded at most, and whether greedy decoding reaches it."""
    arms = arms_in(evidence, METRIC)
    if GREEDY not in arms:
        raise NotTestable("greedy decoding was not measured, which must reach the bound")
    tight = largest(evidence, [GREEDY], METRIC)
    if tight.value < -ROUNDING:
        raise NotTestable(
            f"greedy decoding stays {-tight.value:.2g} below the bound: it must reach it, or the"
            " bound may be anything"
        )
    found = largest(evidence, arms, METRIC)
    return Finding(
        "holds" if found.value <= ROUNDING else "refuted",
        f"eigenvalue less bound is at most {found} in {found.n} tables",
        statistic=found.value,
        threshold=ROUNDING,
        rests_on=f"{found.n} tables",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Below, above, and a bound that is never reached."""

    def rows(highest: float, greedy: float = 0.0) -> RowEvidence:
        return made({METRIC: {"all words": highest, GREEDY: greedy}})

    return (
        Control("below", rows(-0.2), "holds"),
        Control("above", rows(0.01), "refuted"),
        Control("never reached", rows(-0.2, -0.1), "not testable here"),
    )


CLAIM = Claim(
    title="the largest eigenvalue of P∘P is bounded",
    sentence="The largest eigenvalue of P∘P is at most max_i Σ_j P_ij²: rows that are spread out"
    " keep a decoder from repeating itself.",
    source=SOURCE,
    decision_rule="The number is the largest eigenvalue less its bound, the largest over tables and"
    f" decoders. Holds up to {ROUNDING:g}, refuted above; never inconclusive; not testable where"
    " greedy decoding, which"
    " always ends in a loop and so must reach the bound, does not. A theorem (of Perron and"
    " Frobenius): no evidence about practice.",
    evidence=of_parts("calibration, *", metrics=(METRIC,), by=("task",)),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8128,
)
