"""FlatNCE beats InfoNCE at small batch sizes."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import accuracies
from evaluators.claims.judging.sweep import (
    ACCURACY,
    FLATNCE,
    INFONCE,
    MARGIN,
    SCOPE_IN_WORDS,
    sweep_of,
)


def judge(evidence: RowEvidence) -> Finding:
    """Compare the two at the smallest batch, seed by seed."""
    sweep = sweep_of(evidence)
    small = sweep.small(INFONCE, FLATNCE)
    by_batch = {
        batch: sweep.sum(batch, {FLATNCE: 1, INFONCE: -1}, decides=batch == small)
        for batch in sweep.batches(INFONCE, FLATNCE)
    }
    found = by_batch[small]
    said = ", ".join(f"{difference} at batch {batch}" for batch, difference in by_batch.items())
    if (found.high or 0) < MARGIN and (found.low or 0) > 0:
        said += f" (surely above 0, and surely below {MARGIN:g} point)"
    return gained(
        found,
        f"FlatNCE − InfoNCE, float32: {said}; {found.n} seeds; {sweep.scope()}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain at the small batch, none, a little one, one lost in noise."""

    def made(gain: float, noise: float = 0.3) -> RowEvidence:
        cells = {(INFONCE, 4): 78.0, (INFONCE, 256): 78.0}
        return accuracies({**cells, (FLATNCE, 4): 78.0 + gain, (FLATNCE, 256): 78.0}, noise=noise)

    return (
        Control("five points", made(5.0), "holds"),
        Control("none", made(0.0), "refuted"),
        Control("half a point, surely", made(0.5, noise=0.05), "refuted"),
        Control("a loss", made(-4.0), "refuted"),
        Control("two points in much noise", made(2.0, noise=4.0), "inconclusive"),
        Control("one arm", accuracies({(INFONCE, 4): 78.0}), "not testable here"),
        Control(
            "large batches alone",
            accuracies({(INFONCE, 64): 78.0, (FLATNCE, 64): 80.0}),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="FlatNCE beats InfoNCE at small batch",
    sentence="FlatNCE consistently outperforms InfoNCE, above all at small batch sizes.",
    source="Chen et al. 2021, arXiv:2107.01152, abstract; Su Jianlin, kexue.fm/archives/8586"
    " (2021-07-26); paraphrased",
    article=8586,
    decision_rule="The number is FlatNCE less InfoNCE, losses in float32, at the smallest batch."
    + gain_rule(MARGIN)
    + SCOPE_IN_WORDS,
    evidence=ACCURACY,
    judge=judge,
    controls=controls,
    level="small",
    version="2",
)
