"""The conditionals of a masked language model come from no joint distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import arms_in, by_seed, require_trained
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sampling import MODEL, MODELS, SOURCE, made
from evaluators.claims.judging.trends import mean_of
from evaluators.result import LATE_IMPROVEMENT

CYCLE, ERROR = "cycle", "error"
JOINT, APART = "joint of equal error", "independent errors"
MARGIN, NONE = 0.1, 0.01
"""Nats: what is incompatible, and what a joint must stay below."""

ALIKE = 0.1
"""By how much the errors of two arms may differ, relatively, and still be equal."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the median cycle with the margin, where a joint of equal error has none."""
    require_trained(evidence, MODEL)
    found = mean_of(by_seed(evidence, CYCLE, MODEL))
    joint = mean_of(by_seed(evidence, CYCLE, JOINT))
    if joint.ends[1] >= NONE:
        raise NotTestable(f"a joint has cycles of {joint} nats: it must have none")
    errors = {arm: mean_of(by_seed(evidence, ERROR, arm)).estimate for arm in (MODEL, JOINT)}
    if abs(errors[JOINT] - errors[MODEL]) > ALIKE * errors[MODEL]:
        raise NotTestable(
            f"the joint is off by {errors[JOINT]:.4f} nats and the model by {errors[MODEL]:.4f}:"
            " they must be equally wrong"
        )
    low, high = found.ends
    shifted = found._replace(estimate=found.estimate - MARGIN, low=low - MARGIN, high=high - MARGIN)
    ruling = rules.side(shifted, look=evidence.look)
    apart = ""
    if APART in arms_in(evidence, CYCLE):
        other = mean_of(by_seed(evidence, CYCLE, APART))
        apart = f", errors that have nothing to do with each other {other.estimate:.3f}"
    return decided(
        found,
        ruling.word,
        f"median |log of the product around a cycle| {found.estimate:.3f} ({low:.3f} to {high:.3f})"
        f" nats at an error of {errors[MODEL]:.4f}; a joint with that error {joint.estimate:.1g}"
        f"{apart}; {found.n} seeds",
        threshold=MARGIN,
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Cycles, none, noise, a joint that has some, and one that is less wrong."""

    def rows(
        model: float,
        noise: float = 0.002,
        joint: float = 0.0,
        error: float = 0.02,
        late: float = 0.0,
    ) -> RowEvidence:
        cycle: Mapping[str, float] = {MODEL: model, APART: 0.25}
        parts = (
            made({CYCLE: cycle}, noise=noise),
            made({LATE_IMPROVEMENT: {MODEL: late}}, noise=0.0),
            made({CYCLE: {JOINT: joint}, ERROR: {MODEL: 0.02, JOINT: error}}, noise=1e-5),
        )
        return RowEvidence([row for part in parts for row in part.rows])

    return (
        Control("cycles", rows(0.2), "holds"),
        Control("none", rows(0.01), "refuted"),
        Control("at the margin", rows(0.1, noise=0.02), "inconclusive"),
        Control("the joint has cycles", rows(0.2, joint=0.05), "not testable here"),
        Control("the model still improves", rows(0.2, late=0.1), "not testable here"),
        Control("the joint is less wrong", rows(0.2, error=0.01), "not testable here"),
    )


CLAIM = Claim(
    title="BERT is not a Markov random field",
    sentence="The conditionals of a masked language model need not come from one joint"
    " distribution: that BERT is a Markov random field, as the paper says, is wrong.",
    source=SOURCE + "; paraphrased",
    decision_rule="Of two neighbours one is changed, then the other, then both are changed back in"
    " the same order; conditionals of a joint multiply to 1 around this cycle, over those of what"
    " was replaced. The number is the median over sequences and places of |the logarithm of that"
    f" product|, in nats, mean over models. Holds when it is surely above {MARGIN:g}, refuted when"
    " surely below (Student's t, each at 2.5%), inconclusive otherwise. A test against 0 would"
    " refute any arithmetic. Not testable where conditionals of a true joint with as large an error"
    f" as the model's (within {ALIKE:.0%}), the control, are not below {NONE:g}; nor"
    " while the training loss still falls. Each order and training by itself.",
    evidence=RowsOf(
        "arm_scores",
        by=("task", "setting"),
        among={"evaluator": ("bert_gibbs",), "metric": (CYCLE, ERROR, LATE_IMPROVEMENT)},
    ),
    judge=judge,
    controls=controls,
    fresh=MODELS,
    level="made-up",
    article=8119,
)
