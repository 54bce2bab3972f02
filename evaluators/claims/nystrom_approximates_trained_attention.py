"""Sixty-four landmarks approximate the attention of a trained checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.adversarial import made_up_runs
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    Word,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.landmarks import (
    ERROR,
    PUBLISHED,
    SHUFFLED,
    SIX,
    SOURCE,
    UNIFORM,
    mean_errors,
)
from evaluators.claims.judging.trends import paired
from evaluators.statistics import Interval, mean_interval

SMALL = 0.1
"""Share of the uniform mean's error that is left of a good approximation."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the share of the uniform mean's error that is left with a tenth."""
    left = _share(evidence, SIX)
    shuffled = _share(evidence, SIX + SHUFFLED)
    if rules.side(_less(shuffled)).word != "holds":
        raise NotTestable(
            f"of shuffled tokens, the control, {shuffled} of the uniform mean's error is left: they"
            " must not be approximated"
        )
    ruling = rules.side(_less(left), look=evidence.look)
    words: Mapping[str, Word] = {"holds": "refuted", "refuted": "holds"}
    return decided(
        left,
        words.get(ruling.word, "inconclusive"),
        f"of the uniform mean's error {left} is left, of shuffled tokens {shuffled}; {left.n}"
        f" seeds; errors: {mean_errors(evidence)}",
        threshold=SMALL,
        p_value=ruling.p_value,
    )


def _share(evidence: RowEvidence, arm: str) -> Interval:
    pairs = paired(by_seed(evidence, ERROR, arm), by_seed(evidence, ERROR, UNIFORM))
    if any(uniform <= 0 for _, uniform in pairs):
        raise NotTestable("the uniform mean has no error: there is nothing to approximate")
    return mean_interval([error / uniform for error, uniform in pairs])


def _less(found: Interval) -> Interval:
    low, high = found.ends
    return found._replace(estimate=found.estimate - SMALL, low=low - SMALL, high=high - SMALL)


def controls() -> Sequence[Control[RowEvidence]]:
    """Little is left, half is left, about a tenth, and shuffled tokens of which little is left."""

    def made(left: float, shuffled: float = 0.9, noise: float = 0.1) -> RowEvidence:
        errors = {SIX: left, SIX + SHUFFLED: shuffled, UNIFORM: 1.0}
        return RowEvidence(made_up_runs({ERROR: errors}, noise=noise))

    return (
        Control("a twentieth is left", made(0.05), "holds"),
        Control("half is left", made(0.5), "refuted"),
        Control("about a tenth", made(0.1, noise=0.3), "inconclusive"),
        Control("shuffled tokens too", made(0.05, 0.05), "not testable here"),
    )


CLAIM = Claim(
    title="64 landmarks approximate trained attention",
    sentence="Nyström attention with 64 landmarks and six iterations approximates the attention of"
    " a trained model.",
    source=SOURCE,
    decision_rule="The number is the relative error of Nyström attention's output over that of the"
    " uniform mean of all values, each the median over heads, layers and texts of 512 tokens, mean"
    f" over seeds. Holds when it is below {SMALL:g} and refuted when it is above, each by a t-test"
    " at 2.5%; inconclusive otherwise. Not testable where it is not surely above for shuffled"
    " tokens, of which segments have nothing in common.",
    evidence=RowsOf(
        "arm_scores",
        by=("task", "setting", "checkpoint"),
        among={
            "evaluator": ("nystrom_checkpoint",),
            "setting": (PUBLISHED,),
            "metric": (ERROR,),
        },
    ),
    judge=judge,
    controls=controls,
    level="small",
    article=8180,
)
