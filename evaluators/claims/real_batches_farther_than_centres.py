"""Two batches of real images are farther apart than a batch is from k-means centres."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import BATCHES, WGAN_SOURCE, made_up_runs, of_batches
from evaluators.claims.judging.claim import Claim, Control, Finding
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.real_batches_farther_than_their_mean import (
    DISTANCE,
    REAL,
    farther_than,
    made,
    rule,
)

CENTRES = "k-means centres"


def judge(evidence: RowEvidence) -> Finding:
    """Compare with as many centres of other data as there are vectors in the batch."""
    return farther_than(evidence, CENTRES)


def controls() -> Sequence[Control[RowEvidence]]:
    """Another batch farther, nearer, as far in noise; and no other batch."""
    return (
        Control("a fifth farther", made(CENTRES, 1.2), "holds"),
        Control("a fifth nearer", made(CENTRES, 0.8), "refuted"),
        Control("as far", made(CENTRES, 1.0), "inconclusive"),
        Control(
            "no other batch",
            RowEvidence(made_up_runs({DISTANCE: {CENTRES: 1.0}})),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="batches of images are farther apart than from k-means",
    sentence="The Wasserstein distance between two batches of real images is larger than that"
    " between a batch and k-means centres of the data.",
    source=WGAN_SOURCE,
    decision_rule="There are as many centres as vectors in a batch, each of equal weight, of other"
    " data of the same kind. " + rule("the centres"),
    evidence=of_batches("setting", *REAL),
    judge=judge,
    controls=controls,
    level="small",
    fresh=BATCHES,
    article=8244,
)
