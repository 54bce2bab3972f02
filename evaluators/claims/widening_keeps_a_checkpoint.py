"""A real checkpoint of twice the width keeps its scores."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import measured
from evaluators.claims.judging.widenings import CONTROL, LOSSLESS, SOURCE

ORIGINAL, PRINTED = "original", "printed bias"
SAME, OTHER = 1e-4, 1e-3
"""Of Spearman's correlation, in 0 to 1; and of a cosine."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far Spearman's correlation moves when the width is doubled."""
    before, after = (
        next(iter(by_seed(evidence, "spearman", arm).values())) for arm in (ORIGINAL, LOSSLESS)
    )
    cosine, control = (
        max(by_seed(evidence, "cosine_change", arm).values()) for arm in (LOSSLESS, CONTROL)
    )
    if control <= OTHER:
        raise NotTestable(f"{CONTROL} no cosine changes by more than {control:.2g}")
    change = abs(after - before)
    word: Word = "holds" if change <= SAME else "refuted" if change > OTHER else "inconclusive"
    others = ", ".join(
        f"{arm} {next(iter(by_seed(evidence, 'spearman', arm).values())):.4f}"
        for arm in sorted({str(row["arm"]) for row in evidence.rows} - {ORIGINAL, LOSSLESS})
    )
    return Finding(
        word,
        f"Spearman {before:.6f} before, {after:.6f} after; cosines change by {cosine:.2g} at most"
        f" ({CONTROL}: {control:.2g}); {others}",
        statistic=change,
        threshold=SAME,
        rests_on="1 checkpoint",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """The same, a hundredth lost, something between, and a bench that sees nothing."""

    def made(after: float, control: float = 0.1) -> RowEvidence:
        spearman = {ORIGINAL: 0.82, LOSSLESS: after, CONTROL: 0.80, PRINTED: 0.815}
        cosines = {LOSSLESS: 1e-6, CONTROL: control, PRINTED: 0.05}
        return measured(
            {
                **{("pairs 9", arm, "spearman"): (value,) for arm, value in spearman.items()},
                **{("pairs 9", arm, "cosine_change"): (value,) for arm, value in cosines.items()},
            }
        )

    return (
        Control("the same", made(0.820001), "holds"),
        Control("a hundredth lost", made(0.81), "refuted"),
        Control("between", made(0.8205), "inconclusive"),
        Control("a wrong way changes nothing", made(0.82, control=1e-7), "not testable here"),
    )


CLAIM = Claim(
    title="a checkpoint of twice the width keeps its scores",
    sentence="A pretrained BERT can be made twice as wide by repeating and scaling, and computes"
    " the same as before.",
    source=SOURCE,
    decision_rule="The number is the change of Spearman's correlation on sentence pairs, from 0 to"
    f" 1, between a checkpoint and the one of twice the width (b₂/√2, half of ε). Holds when it is"
    f" at most {SAME:g}, refuted when it is above {OTHER:g}, inconclusive otherwise. Not testable"
    f" where leaving out the factor 2^(1/4) changes no cosine by more than {OTHER:g}.",
    evidence=RowsOf(
        "arm_scores",
        by=("task", "setting", "checkpoint"),
        among={"evaluator": ("widened_checkpoint",)},
    ),
    judge=judge,
    controls=controls,
    level="small",
    article=8444,
)
