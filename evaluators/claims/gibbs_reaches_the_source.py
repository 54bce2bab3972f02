"""Gibbs sampling from a masked language model gives text of the distribution of its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import by_seed, require_trained
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sampling import MODEL, MODELS, SOURCE, made, same_sweeps
from evaluators.claims.judging.trends import paired
from evaluators.result import LATE_IMPROVEMENT
from evaluators.statistics import Interval, mean_interval

METRIC = "divergence"
FLOOR, ANCHOR, TRUTH, UNTRAINED = "true samples", "independent tokens", "source", "untrained MLM"
MARGIN = 0.1
"""Share of what independent tokens lack that may still be lacking."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask what share is lacking after the most sweeps, where true conditionals arrive."""
    require_trained(evidence, MODEL)
    at, last = same_sweeps(evidence)
    found, truth, untrained = (_lacking(at, arm) for arm in (MODEL, TRUTH, UNTRAINED))
    if _under(truth, evidence.look).word != "holds":
        raise NotTestable(
            f"with the true conditionals {truth.estimate:.0%} is lacking after {last:g} sweeps:"
            f" surely less than {MARGIN:.0%} is needed"
        )
    if _under(untrained, evidence.look).word != "refuted":
        raise NotTestable(
            f"with a model that is not trained {untrained.estimate:.0%} is lacking: it must fail"
        )
    ruling = _under(found, evidence.look)
    return decided(
        found,
        ruling.word,
        f"after {last:g} sweeps {found.estimate:.1%} ({found.ends[0]:.1%} to {found.ends[1]:.1%})"
        f" of what independent tokens lack is lacking, with the true conditionals"
        f" {truth.estimate:.1%}, with a model that is not trained {untrained.estimate:.0%};"
        f" {found.n} seeds",
        threshold=MARGIN,
        p_value=ruling.p_value,
    )


def _under(found: Interval, look: int) -> rules.Ruling:
    low, high = found.ends
    left = found._replace(estimate=MARGIN - found.estimate, low=MARGIN - high, high=MARGIN - low)
    return rules.side(left, look=look)


def _lacking(evidence: RowEvidence, arm: str) -> Interval:
    numbers = (by_seed(evidence, METRIC, each) for each in (arm, FLOOR, ANCHOR))
    shares = []
    for ours, floor, anchor in paired(*numbers):
        if anchor <= floor:
            raise NotTestable("independent tokens are as near as true samples: nothing to learn")
        shares.append((ours - floor) / (anchor - floor))
    return mean_interval(shares)


def controls() -> Sequence[Control[RowEvidence]]:
    """It arrives, it does not, noise, and controls that come out the wrong way."""

    def rows(model: float, noise: float = 0.002, late: float = 0.0, **others: float) -> RowEvidence:
        means: Mapping[str, float] = {
            FLOOR: 0.03,
            ANCHOR: 0.23,
            TRUTH: others.get("truth", 0.03),
            UNTRAINED: others.get("untrained", 0.4),
            MODEL: model,
        }
        sampled = made({METRIC: means}, noise=noise, setting="order 1, sweeps 10")
        trained = made({LATE_IMPROVEMENT: {MODEL: late}}, noise=0.0, setting="order 1")
        return RowEvidence([*sampled.rows, *trained.rows])

    return (
        Control("it arrives", rows(0.034), "holds"),
        Control("it stays away", rows(0.1), "refuted"),
        Control("at the margin", rows(0.05, noise=0.005), "inconclusive"),
        Control("true conditionals stay away", rows(0.034, truth=0.1), "not testable here"),
        Control("the model still improves", rows(0.1, late=0.1), "not testable here"),
        Control("no training is needed", rows(0.034, untrained=0.03), "not testable here"),
    )


CLAIM = Claim(
    title="Gibbs sampling from BERT reaches the source",
    sentence="A masked language model gives the conditionals that Gibbs sampling needs, so that"
    " repeatedly drawing one token, given the others, samples texts like those it was trained on.",
    source=SOURCE + "; paraphrased. Nothing is printed but examples",
    decision_rule="The text is of a Markov chain. The number is the total variation between n-grams"
    " (pairs for order 1, triples for order 2) of sampled sequences and of the source, after the"
    " most sweeps, less that of as many true samples, over the same for independent tokens of the"
    " right frequencies: the share of the structure that is lacking. Holds when it is surely below"
    f" {MARGIN:g}, refuted when surely above (Student's t, each at 2.5%), inconclusive otherwise."
    " Not testable where Gibbs sampling with the source's own conditionals, a control, is not"
    " surely below, or with a model that is not trained, another, not surely above; nor"
    " while the training loss still falls. Each order by itself.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={"evaluator": ("bert_gibbs",), "metric": (METRIC, LATE_IMPROVEMENT)},
    ),
    judge=judge,
    controls=controls,
    fresh=MODELS,
    level="made-up",
    article=8119,
)
