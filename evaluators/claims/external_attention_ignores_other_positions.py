"""External attention treats each position alone."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import largest, measured
from evaluators.claims.judging.mixing import ATTENTION, EXTERNAL, SOURCE

ELSEWHERE = "elsewhere"
SEEN = 1e-3
"""A derivative that is surely none of rounding."""

OF_DERIVATIVES = RowsOf(
    "arm_scores",
    by=("task",),
    among={"evaluator": ("token_mixers",), "task": ("derivative",), "metric": (ELSEWHERE,)},
)


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether every derivative by another position is exactly 0."""
    found = largest(evidence, (EXTERNAL,), ELSEWHERE)
    control = min(
        float(row["value"])
        for row in evidence.rows
        if (row["arm"], row["metric"]) == (ATTENTION, ELSEWHERE)
    )
    if control <= SEEN:
        raise NotTestable(f"attention's largest derivative is {control:.2g}: it must be seen")
    verdict: Word = "holds" if found.value == 0 else "inconclusive"
    if found.value > SEEN:
        verdict = "refuted"
    return Finding(
        verdict,
        f"largest derivative by another position: {found}; of attention at least {control:.2g}",
        statistic=found.value,
        threshold=0.0,
        rests_on=f"{found.n} layers",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """None, a large one, one of rounding, and attention without any."""

    def made(external: float, attention: float = 0.3) -> RowEvidence:
        at = "sequence 8, width 8"
        arms = {EXTERNAL: external, ATTENTION: attention}
        return measured({(at, arm, ELSEWHERE): [value] * 5 for arm, value in arms.items()})

    return (
        Control("exactly none", made(0.0), "holds"),
        Control("a large one", made(0.1), "refuted"),
        Control("rounding", made(1e-16), "inconclusive"),
        Control("attention has none either", made(0.0, 0.0), "not testable here"),
    )


CLAIM = Claim(
    title="external attention ignores other positions",
    sentence="External attention, a softmax over a memory that is learned, encodes every position"
    " by itself, so that it cannot relate words.",
    source=f"{SOURCE} Guo and others 2021, arXiv:2105.02358; paraphrased",
    decision_rule="The number is the largest derivative of an output by the input at another"
    " position, in float64, over layers of random weights. Holds where it is exactly 0, refuted"
    f" above {SEEN:g}, inconclusive between. Not testable where attention's is below that. A"
    " theorem: no evidence about practice. The authors' code normalises over the positions too:"
    " see double-normalisation-mixes-positions.",
    evidence=OF_DERIVATIVES,
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8431,
)
