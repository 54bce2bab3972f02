"""Gains of each weight widen the range of learning rates that work, without noise."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import (
    BENCHES,
    lead_in_units,
    made_up_values,
    rows_of_bench,
)
from evaluators.statistics import paired_values

METRIC, ARM = "decades", "gains"
MARGIN = 0.3
"""Decades: the range must be wider by a factor of two."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare with gradient descent."""
    return against(evidence, "sgd")


def against(evidence: RowEvidence, base: str) -> Finding:
    """Return what a judge says of the range with gains less that of a base.

    Raises:
        NotTestable: No learning rate of either reaches the target.
    """
    both = paired_values(by_seed(evidence, METRIC, ARM), by_seed(evidence, METRIC, base))
    if not any(ours or theirs for ours, theirs in both.values()):
        raise NotTestable("no learning rate reaches the target: too much noise, or too few steps")
    found = lead_in_units(evidence, METRIC, ARM, base)
    wider = sum(ours > theirs for ours, theirs in both.values())
    means = [sum(each) / len(both) for each in zip(*both.values(), strict=True)]
    return gained(
        found,
        f"{ARM} − {base}: {found} decades of learning rates ({means[0]:.2f} and {means[1]:.2f}),"
        f" wider in {wider} of {len(both)} problems",
        margin=MARGIN,
        look=evidence.look,
        units="problems",
    )


def made_up_ranges(lead: float, base: str, noise: float = 0.1, width: float = 2.0) -> RowEvidence:
    """Return rows of nine ranges, for controls."""
    wobble = [noise * (seed % 3 - 1) for seed in range(9)]
    ours = [max(0.0, width + lead + each) for each in wobble]
    return made_up_values({(METRIC, ARM): ours, (METRIC, base): [width] * 9})


def controls() -> Sequence[Control[RowEvidence]]:
    """Wider, as wide, narrower, lost in noise, and no rate at all."""
    return controls_against("sgd")


def controls_against(base: str) -> Sequence[Control[RowEvidence]]:
    """Return the controls of a comparison with a base."""
    return (
        Control("a decade wider", made_up_ranges(1.0, base), "holds"),
        Control("as wide", made_up_ranges(0.0, base), "refuted"),
        Control("narrower", made_up_ranges(-1.0, base), "refuted"),
        Control("half a decade in much noise", made_up_ranges(0.5, base, 1.5), "inconclusive"),
        Control("no rate works", made_up_ranges(0.0, base, 0.0, 0.0), "not testable here"),
    )


CLAIM = Claim(
    title="gains of each weight widen the range of rates",
    sentence="With gains ν ← ν ∘ exp(γ g ∘ g′) of each weight, more learning rates work than with"
    " gradient descent alone.",
    source="Su Jianlin, kexue.fm/archives/8968 (2022-03-03); Amid et al. 2022, arXiv:2202.00145;"
    " paraphrased",
    decision_rule="The number is the width of the range of learning rates that bring a quadratic"
    " loss to a share of the first, with gains less without, in decades, paired by problem"
    " (Student's t), each conditioning by itself, without noise." + gain_rule(MARGIN),
    evidence=rows_of_bench("learning_rate_range", METRIC, settings=("*, noise 0, *",)),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8968,
    fresh=BENCHES["learning_rate_range"],
)
