"""C1: InfoNCE is bad at small batch sizes."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import accuracies
from evaluators.claims.judging.sweep import (
    ACCURACY,
    FACTOR,
    INFONCE,
    MARGIN,
    SCOPE_IN_WORDS,
    SMALL,
    combined,
    sweep_of,
)


def judge(evidence: RowEvidence) -> Finding:
    """Compare the largest batch with the smallest, seed by seed, at equal samples seen."""
    sweep = sweep_of(evidence)
    small, large = sweep.small(INFONCE), sweep.batches(INFONCE)[-1]
    if large < FACTOR * small:
        raise NotTestable(f"batches {small} to {large}: too near each other to compare")
    found = combined([(sweep.points[INFONCE, large], 1), (sweep.points[INFONCE, small], -1)])
    sweep.require_trained((INFONCE, large), (INFONCE, small))
    return gained(
        found,
        f"InfoNCE float32, batch {large} − batch {small}: {found}, {found.n} seeds;"
        f" {sweep.scope()}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A small batch that costs points, one that costs none, and noise."""

    def made(loss: float, noise: float = 0.3) -> RowEvidence:
        return accuracies({(INFONCE, 4): 80.0 - loss, (INFONCE, 256): 80.0}, noise=noise)

    return (
        Control("four points lost", made(4.0), "holds"),
        Control("nothing lost", made(0.0), "refuted"),
        Control("better at the small batch", made(-3.0), "refuted"),
        Control("two points in much noise", made(2.0, noise=4.0), "inconclusive"),
        Control(
            "batches too near", accuracies({(INFONCE, 4): 70.0, (INFONCE, 16): 80.0}),
            "not testable here",
        ),
        Control("two seeds", accuracies({(INFONCE, 4): 7, (INFONCE, 256): 8}, seeds=2),
            "not testable here"),
    )  # fmt: skip


CLAIM = Claim(
    title="small batches hurt InfoNCE",
    sentence="Contrastive learning with InfoNCE does badly at small batch sizes.",
    source="Su Jianlin, kexue.fm/archives/8586 (2021-07-26), title and first section; Chen et al."
    " 2021, arXiv:2107.01152; paraphrased",
    article=8586,
    decision_rule="The number is InfoNCE (float32) at the largest batch less that at the smallest,"
    f" {SMALL} or less and {FACTOR} times smaller, both having seen the same number of samples."
    + gain_rule(MARGIN)
    + SCOPE_IN_WORDS,
    evidence=ACCURACY,
    judge=judge,
    controls=controls,
    level="small",
    version="2",
)
