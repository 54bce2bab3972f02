"""The published search finds the best threshold."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import differences
from evaluators.claims.judging.claim import Claim, Control, Finding, RowsOf, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import mean_interval

MARGIN = 0.1
"""Points of accuracy: less is no loss worth the name."""

RARE = 0.05
"""Share of cases that may lose more."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask what Powell's threshold loses to the exact scan, case by case."""
    lost = differences(evidence, "accuracy", "exact", "powell")
    found = mean_interval(lost)
    share = sum(each > MARGIN for each in lost) / len(lost)
    verdict: Word = "inconclusive"
    if (found.high or 0.0) < MARGIN and share <= RARE:
        verdict = "holds"
    elif (found.low or 0.0) > 0 and share > RARE:
        verdict = "refuted"
    said = f"loses {found} points of accuracy on average, at most {max(lost):.1f}, more than"
    said += f" {MARGIN:g} in {share:.0%} of {len(lost)} cases"
    if any(row["metric"] == "f1" for row in evidence.rows):
        f1 = differences(evidence, "f1", "exact", "powell")
        said += f"; of F1 {mean_interval(f1)}, at most {max(f1):.1f}"
    return decided(
        found, verdict, f"against the exact scan it {said}; made-up similarities", threshold=MARGIN
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """The same threshold everywhere, one far off in some cases, one far off in a single case."""

    def made(lost: Sequence[float]) -> RowEvidence:
        rows = [
            {"metric": "accuracy", "arm": arm, "seed": seed, "value": 0.8 - off}
            for seed, each in enumerate(lost)
            for arm, off in (("exact", 0.0), ("powell", each / 100))
        ]
        return RowEvidence(rows, {"setting": "made up"})

    return (
        Control("it finds the best in every case", made([0.0] * 50), "holds"),
        Control("it gets stuck in each third case", made([0.0, 0.0, 1.5] * 20), "refuted"),
        Control("a hair in every case", made([0.01] * 50), "holds"),
        Control("lost once in fifty", made([0.0] * 49 + [20.0]), "inconclusive"),
        Control("two cases", made([0.0, 1.0]), "not testable here"),
    )


CLAIM = Claim(
    title="the published search finds the best threshold",
    sentence="The threshold of a similarity is searched for automatically, so that the accuracy is"
    " that of the best threshold.",
    source="Su Jianlin, kexue.fm/archives/8860 (2022-01-12) and github.com/bojone/CoSENT,"
    " accuracy/*.py: scipy minimize, Powell, on tanh t from t = 1; paraphrased",
    article=8860,
    decision_rule="The number is what the threshold found by Powell's method loses to the best of"
    " all thresholds (an exact scan), in points of accuracy on the pairs it was found on, mean over"
    " random cases with a 95% interval (Student's t). Holds when the interval lies below"
    f" {MARGIN:g} points and at most {RARE:.0%} of the cases lose more than that; refuted when it"
    f" lies above 0 and more than {RARE:.0%} do; inconclusive otherwise.",
    evidence=RowsOf("arm_scores", by=("setting",), among={"evaluator": ("threshold_search",)}),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
)
