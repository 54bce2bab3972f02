"""Training on more latents than one gives a better density."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import SETTING, by_seed, require_trained
from evaluators.claims.judging.claim import Claim, Control, Finding, RowsOf, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import difference, sweep_rows
from evaluators.result import LATE_IMPROVEMENT

METRIC, ARM, BASE = "log_p", "iwae", "vae"
PUBLISHED = 1.98
"""Nats on MNIST from 50 latents: 86.76 to 84.78, one layer of latents."""

MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Compare the densities of new digits, seed by seed."""
    require_trained(evidence, ARM, BASE)
    found = difference(*(by_seed(evidence, METRIC, arm) for arm in (ARM, BASE)))
    return gained(
        found,
        f"IWAE − VAE: {found} nats of log p(x) on new digits, {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, one lost in noise, and a network that still improves."""

    def made(gain: float, noise: float = 0.2, late: float = 0.0) -> RowEvidence:
        points = {ARM: {0.1: 70 + gain}, BASE: {0.1: 70.0}}
        rows = sweep_rows(points, name="deviation", metric=METRIC, noise=noise)
        still = {ARM: {0.1: late}, BASE: {0.1: late}}
        return RowEvidence(
            rows + sweep_rows(still, name="deviation", metric=LATE_IMPROVEMENT, noise=0.0)
        )

    return (
        Control("two nats", made(2.0), "holds"),
        Control("level", made(0.0), "refuted"),
        Control("a loss", made(-2.0), "refuted"),
        Control("two nats in much noise", made(2.0, noise=5.0), "inconclusive"),
        Control("still improving", made(2.0, late=0.1), "not testable here"),
    )


CLAIM = Claim(
    title="training with more latents (IWAE) beats the VAE",
    sentence="M = 1 is the loss of the VAE; training with larger M, as IWAE, gives a better"
    " density, without any ELBO.",
    source="Su Jianlin, kexue.fm/archives/8791 (2021-12-09), on Burda et al. 2015,"
    " arXiv:1509.00519: negative log-likelihood of MNIST 86.76 with one latent, 84.78 with 50;"
    " paraphrased",
    decision_rule="The number is log p(x) of new digits, estimated with 1,024 latents (of MNIST"
    " with 5,000), after training with several latents less that after training with one, in nats,"
    " paired by seed (Student's t), each deviation of the decoder and number of latents by itself;"
    " both train for equally many steps." + gain_rule(MARGIN),
    evidence=RowsOf(
        "arm_scores",
        by=SETTING,
        among={
            "evaluator": ("vae_density", "vae_mnist"),
            "task": ("digits", "mnist"),
            "metric": (METRIC, LATE_IMPROVEMENT),
        },
    ),
    judge=judge,
    controls=controls,
    article=8791,
)
