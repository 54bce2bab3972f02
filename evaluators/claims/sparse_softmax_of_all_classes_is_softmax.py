"""Sparse softmax that keeps all scores is the full one."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import largest, measured
from evaluators.claims.judging.summarisation import SPACES, SPARSE_SOURCE

ALL, HALF = "sparse of all", "sparse of half"
METRICS = ("loss_gap", "gradient_gap", "weight_gap")
SAME, OTHER = 1e-11, 1e-6
"""Largest difference that is rounding in float64, and smallest that surely is none."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far losses, gradients and trained weights are apart at most."""
    control = largest(evidence, (HALF,), "loss_gap")
    if control.value <= OTHER:
        raise NotTestable(f"half the scores give the same loss: off by {control} only")
    found = largest(evidence, (ALL,), *METRICS)
    word: Word = (
        "holds" if found.value <= SAME else "refuted" if found.value > OTHER else "inconclusive"
    )
    return Finding(
        word,
        f"largest difference {found} of {found.n}; with half the scores {control.value:.2g}",
        statistic=found.value,
        threshold=SAME,
        rests_on=f"{found.n} numbers",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Rounding, another loss, something between, and a bench that sees nothing."""

    def made(gap: float, half: float = 1.0) -> RowEvidence:
        rows = {("made up", ALL, metric): (1e-15, gap) for metric in METRICS}
        return measured({**rows, ("made up", HALF, "loss_gap"): (half, half)})

    return (
        Control("rounding", made(1e-14), "holds"),
        Control("another loss", made(0.1), "refuted"),
        Control("a little off", made(1e-8), "inconclusive"),
        Control("half the scores are as good", made(1e-14, half=1e-15), "not testable here"),
    )


CLAIM = Claim(
    title="sparse softmax of all classes is softmax",
    sentence="Where sparse softmax keeps as many scores as there are classes, it is softmax.",
    source=SPARSE_SOURCE,
    decision_rule="The number is the largest difference of losses, of gradients, and of weights"
    " after 50 steps, between sparse softmax of all 30 scores and full softmax, in float64, over"
    f" all seeds. Holds when it is at most {SAME:g}; refuted when it is above {OTHER:g};"
    " inconclusive otherwise. Not testable where half the scores give no other loss.",
    evidence=RowsOf(
        "arm_scores", by=("task",), among={"evaluator": ("sparse_softmax",), "arm": (ALL, HALF)}
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=SPACES,
)
