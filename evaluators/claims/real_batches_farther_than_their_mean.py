"""Two batches of real images are farther apart than a batch is from its own mean."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.adversarial import (
    BATCHES,
    WGAN_SOURCE,
    as_factor,
    log_ratio,
    made_up_runs,
    of_batches,
)
from evaluators.claims.judging.claim import FEWEST_SEEDS, Claim, Control, Finding, decided
from evaluators.claims.judging.evidence import RowEvidence

DISTANCE, OTHER = "distance", "other batch"
REAL = ("patches", "digits")


def farther_than(evidence: RowEvidence, what: str) -> Finding:
    """Compare the distance of another batch with that of something that is not data."""
    found = log_ratio(evidence, DISTANCE, OTHER, what)
    ruling = rules.side(found, look=evidence.look)
    return decided(
        found,
        ruling.word,
        f"W1(batch, other batch) / W1(batch, {what}): {as_factor(found)}, {found.n} seeds; the"
        " number is its logarithm",
        p_value=ruling.p_value,
    )


def made(what: str, factor: float, noise: float = 0.05) -> RowEvidence:
    """Return made-up distances, another batch `factor` times as far."""
    means = {DISTANCE: {OTHER: 10.0 * factor, what: 10.0}}
    return RowEvidence(made_up_runs(means, noise=noise))


def rule(what: str) -> str:
    """Return the rule in words."""
    return (
        f"The number is the logarithm of W1(batch, other batch) / W1(batch, {what}), exact by"
        " optimal assignment, Euclidean cost, paired by seed (Student's t). Holds when it is"
        " surely above 0, refuted when surely below, each at 2.5%; inconclusive otherwise; not"
        f" testable with fewer than {FEWEST_SEEDS} seeds. Judged on patches of photographs and on"
        " digits. The source names neither dimension nor batch size, so each pair of them is a"
        " setting, and the settings must agree."
    )


def judge(evidence: RowEvidence) -> Finding:
    """Compare with copies of the batch's own mean."""
    return farther_than(evidence, "own mean")


def controls() -> Sequence[Control[RowEvidence]]:
    """Another batch farther, nearer, as far in noise; and no other batch."""
    return (
        Control("a fifth farther", made("own mean", 1.2), "holds"),
        Control("a fifth nearer", made("own mean", 0.8), "refuted"),
        Control("as far", made("own mean", 1.0), "inconclusive"),
        Control(
            "no other batch",
            RowEvidence(made_up_runs({DISTANCE: {"own mean": 1.0}})),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="batches of images are farther apart than from their mean",
    sentence="The Wasserstein distance between two batches of real images is larger than that"
    " between a batch and copies of its mean image.",
    source=WGAN_SOURCE,
    decision_rule=rule("copies of its own mean"),
    evidence=of_batches("setting", *REAL),
    judge=judge,
    controls=controls,
    level="small",
    fresh=BATCHES,
    article=8244,
)
