"""Gains of each weight widen the range of learning rates that work, though gradients have noise."""

from __future__ import annotations

from evaluators.claims.gains_widen_the_range import MARGIN, METRIC, controls, judge
from evaluators.claims.judging.claim import Claim, gain_rule
from evaluators.claims.judging.optimisation import BENCHES, rows_of_bench

__all__ = ["CLAIM", "controls", "judge"]

CLAIM = Claim(
    title="gains widen the range under noise too",
    sentence="With gains ν ← ν ∘ exp(γ g ∘ g′) of each weight, more learning rates work than with"
    " gradient descent alone, also where gradients have noise.",
    source="Su Jianlin, kexue.fm/archives/8968 (2022-03-03), which uses gradients of batches; Amid"
    " et al. 2022, arXiv:2202.00145; paraphrased",
    decision_rule="The number is the width of the range of learning rates that bring a quadratic"
    " loss to a share of the first, with gains less without, in decades, paired by problem"
    " (Student's t), each conditioning and noise by itself." + gain_rule(MARGIN),
    evidence=rows_of_bench(
        "learning_rate_range", METRIC, settings=("*, noise 0.*", "*, noise [1-9]*")
    ),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8968,
    fresh=BENCHES["learning_rate_range"],
)
