"""Under the mask, whatever is written as copied stands in the source."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import measured
from evaluators.claims.judging.summarisation import ABOUT, SPACES, TAGS, UNMASKED

METRICS = ("tagged_2", "tagged_3", "tagged_4")


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the smallest share of n-grams under B and I that stand in the source."""
    shares = {
        arm: [
            float(row["value"])
            for row in evidence.rows
            if row["arm"] == arm and row["metric"] in METRICS
        ]
        for arm in (TAGS, UNMASKED)
    }
    if not all(shares.values()):
        raise NotTestable("nothing was written under B and I")
    least, free = min(shares[TAGS]), min(shares[UNMASKED])
    if free == 1.0:
        raise NotTestable("without the mask every n-gram under B and I stands in the source too")
    word: Word = "holds" if least == 1.0 else "refuted"
    return Finding(
        word,
        f"smallest share of n-grams under B and I that stand in the source: {least:.4g};"
        f" without the mask {free:.4g}",
        statistic=least,
        threshold=1.0,
        rests_on=f"{len(shares[TAGS])} numbers",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """All there, one missing, and a bench on which the mask has nothing to do."""

    def made(masked: float, free: float) -> RowEvidence:
        rows = {
            ("made up", arm, metric): (1.0, share)
            for arm, share in ((TAGS, masked), (UNMASKED, free))
            for metric in METRICS
        }
        return measured(rows)

    return (
        Control("all there", made(1.0, 0.9), "holds"),
        Control("one in a thousand is not", made(0.999, 0.9), "refuted"),
        Control("all there without the mask", made(1.0, 1.0), "not testable here"),
    )


CLAIM = Claim(
    title="spans copied under the mask exist in the source",
    sentence="Where the tokens that do not begin or continue a span of the source are left out,"
    " every span that is written as copied stands in the source.",
    source=f"{ABOUT}; paraphrased",
    decision_rule="The number is the smallest share, over seeds and n = 2, 3, 4, of the n-grams"
    " that random scores write under B and I that stand in the source. Holds when it is 1;"
    " refuted when it is less; never inconclusive. Not testable where it is 1 without the mask as"
    " well.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={
            "evaluator": ("bio_copy",),
            "metric": METRICS,
            "task": ("random scores",),
            "arm": (TAGS, UNMASKED),
        },
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=SPACES,
)
