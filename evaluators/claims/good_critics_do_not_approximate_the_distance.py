"""A critic that trains a good generator does not approximate the Wasserstein distance."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.adversarial import (
    BATCH_ERROR,
    BENCH,
    CRITICS,
    ENERGY,
    ON_IMAGES,
    SAMPLE_ERROR,
    WGAN_SOURCE,
    made_up_runs,
    of_critics,
    require_telling_bench,
)
from evaluators.claims.judging.arms import POINTS, by_seed, mean, require_trained
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import mean_interval

ARM = "penalty"
OFF = 25.0
"""Percent of the exact distance: a critic that is farther off does not approximate it."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the error of the critic with the gradient penalty with a quarter."""
    errors = by_seed(evidence, BATCH_ERROR, ARM)
    if len(errors) < FEWEST_SEEDS:
        raise NotTestable(f"{len(errors)} seeds: an interval needs {FEWEST_SEEDS}")
    require_telling_bench(evidence)
    require_trained(evidence, ARM)
    found = mean_interval([POINTS * error for _, error in sorted(errors.items())])
    low, high = found.ends
    beyond = found._replace(estimate=found.estimate - OFF, low=low - OFF, high=high - OFF)
    ruling = rules.side(beyond, look=evidence.look)
    return decided(
        found,
        ruling.word,
        f"off by {found}% of the exact distance of batches, {found.n} seeds; by"
        f" {mean(evidence, SAMPLE_ERROR, ARM):.0f}% of that of 512 points",
        threshold=OFF,
        p_value=ruling.p_value,
    )


def made(error: float, *, noise: float = 0.1, control: float = 0.2) -> RowEvidence:
    """Return made-up errors of the penalty's critic, and the energy without a constraint."""
    means = {
        ENERGY: {"none": control, ARM: 0.02},
        BATCH_ERROR: {ARM: error},
        SAMPLE_ERROR: {ARM: error},
    }
    return RowEvidence(made_up_runs(means, noise=noise), {"task": "made up"})


def controls() -> Sequence[Control[RowEvidence]]:
    """Far off, near, at a quarter, and a bench that tells nothing."""
    return (
        Control("off by nine tenths", made(0.9), "holds"),
        Control("off by a twentieth", made(0.05), "refuted"),
        Control("off by a quarter", made(0.25), "inconclusive"),
        Control("as good without a penalty", made(0.9, control=0.02), "not testable here"),
    )


CLAIM = Claim(
    title="a good WGAN's critic is far from the Wasserstein distance",
    sentence="The critics of Wasserstein GANs that generate well do not approximate the Wasserstein"
    " distance.",
    source=WGAN_SOURCE,
    decision_rule="The number is |the critic's distance − the exact one| as percent of the exact"
    " one, on batches of the training size over the last half of training, of the critic with the"
    " gradient penalty; exact by optimal assignment; mean over seeds (Student's t). Holds when it"
    " is"
    f" surely above {OFF:g}%, refuted when surely below, each at 2.5%; inconclusive otherwise."
    + BENCH
    + ON_IMAGES,
    evidence=of_critics(ENERGY, BATCH_ERROR, SAMPLE_ERROR),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8244,
)
