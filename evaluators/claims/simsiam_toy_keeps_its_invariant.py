"""With stop-gradient SimSiam's toy keeps φ² − θ² and its encoder; without it collapses."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence

ARM, CONTROL = "stop-gradient", "no stop-gradient"
EXACT = 1e-6
PRINTED_END = 0.65**0.5
"""θ at the end from φ = 0.6 and θ = 0.1, as φ² − θ² = 0.35 is kept and φ becomes 1."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the invariant, the end and the control with what theory says, at every start."""
    drift, error = (_values(evidence, ARM, metric) for metric in ("drift", "limit_error"))
    moved, ends = (_values(evidence, CONTROL, metric) for metric in ("drift", "encoder"))
    if min(moved) < 1e-3:
        raise NotTestable("φ² − θ² stays the same without stop-gradient too: it must not")
    worst = max(*drift, *error)
    collapsed = max(abs(end) for end in ends) < 0.01
    verdict: Word = "inconclusive"
    if max(drift) > 1e-3 or max(error) > 1e-2 or not collapsed:
        verdict = "refuted"
    elif worst <= EXACT:
        verdict = "holds"
    return Finding(
        verdict,
        f"φ² − θ² strays by {max(drift):.1e} at most, θ ends {max(error):.1e} from its limit at"
        f" most; without stop-gradient φ² − θ² moves by {min(moved):.3f} at least and θ ends at"
        f" {max(abs(end) for end in ends):.1e} at most; {len(drift)} starts",
        statistic=worst,
        threshold=EXACT,
        rests_on=f"{len(drift)} starts",
    )


def _values(evidence: RowEvidence, arm: str, metric: str) -> list[float]:
    found = [
        float(row["value"])
        for row in evidence.rows
        if row["arm"] == arm and row["metric"] == metric
    ]
    if not found:
        raise NotTestable(f"the arm {arm!r} was not measured in {metric}")
    return found


def controls() -> Sequence[Control[RowEvidence]]:
    """The invariant kept, lost, kept to three digits, and a control that keeps it too."""

    def made(drift: float, end: float = 1e-9, moved: float = 0.1) -> RowEvidence:
        values = {
            (ARM, "drift"): drift,
            (ARM, "limit_error"): drift,
            (CONTROL, "drift"): moved,
            (CONTROL, "encoder"): end,
        }
        rows = [
            {"setting": "toy", "arm": arm, "metric": metric, "seed": seed, "value": value}
            for (arm, metric), value in values.items()
            for seed in range(3)
        ]
        return RowEvidence(rows)

    return (
        Control("kept", made(1e-9), "holds"),
        Control("lost", made(0.1), "refuted"),
        Control("no collapse without stop-gradient", made(1e-9, 0.5), "refuted"),
        Control("kept to three digits", made(1e-4), "inconclusive"),
        Control("kept by both", made(1e-9, moved=0.0), "not testable here"),
    )


CLAIM = Claim(
    title="SimSiam's toy does not collapse with stop-gradient",
    sentence="For ½ (φθ − θ)² with stop-gradient on the target gradient flow ends at φ = 1 and an"
    " encoder θ that has not collapsed; without it θ becomes 0.",
    source="Su Jianlin, kexue.fm/archives/7980 (2020-12-11), from φ = 0.6 and θ = 0.1; that φ² − θ²"
    f" is kept, so that θ ends at √0.65 = {PRINTED_END:.4f}, is our derivation",
    decision_rule="The number is the largest of how far φ² − θ² strays and how far θ ends from"
    " √(1 − φ² + θ²) of its start, over the published start and drawn ones. Holds when it is"
    f" {EXACT:g} or less and without stop-gradient θ ends below 0.01 at every start. Refuted when"
    " φ² − θ² strays by more than 0.001, θ ends 0.01 or more from its limit, or does not collapse"
    " without stop-gradient; inconclusive otherwise. Not testable where φ² − θ² is kept without"
    " stop-gradient too, the control. A theorem about two numbers: no evidence about networks.",
    evidence=RowsOf(
        "arm_scores", by=("task",), among={"evaluator": ("simsiam",), "task": ("toy",)}
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=7980,
)
