"""Floating-point cancellation can destroy InfoNCE's gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    Word,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import gradients
from evaluators.claims.judging.sweep import combined
from evaluators.statistics import Interval

CROSS_ENTROPY, OTHERS = "infonce", ("infonce-log1p", "flatnce")
LOST = 0.5
"""A mean relative error from here on leaves less than half of a gradient."""

KEPT = 0.05
"""Up to here it is rounding, in bfloat16 too."""

Errors = Mapping[str, Mapping[float, Interval]]


def judge(evidence: RowEvidence) -> Finding:
    """Look where the gap is widest and the gradient is still a number the dtype can hold."""
    errors = _errors(evidence)
    if not all(errors.get(loss) for loss in (CROSS_ENTROPY, *OTHERS)):
        raise NotTestable(f"needs {CROSS_ENTROPY}, {' and '.join(OTHERS)} at one gap or more")
    gap = max(set.intersection(*(set(errors[loss]) for loss in (CROSS_ENTROPY, *OTHERS))))
    found = errors[CROSS_ENTROPY][gap]
    low, high = found.ends
    worst = {loss: max(one.estimate for one in errors[loss].values()) for loss in OTHERS}
    verdict: Word = "inconclusive"
    if high < KEPT:
        verdict = "refuted"
    elif low > LOST and max(worst.values()) < KEPT:
        verdict = "holds"
    gone = [at for at, one in sorted(errors[CROSS_ENTROPY].items()) if one.estimate > LOST]
    said = f"more than half is lost from gap {gone[0]:g} on" if gone else "never half is lost"
    beside = ", ".join(f"{loss} {error:.2g}" for loss, error in worst.items())
    return decided(
        found,
        verdict,
        f"cross-entropy's gradient is off by {found.estimate:.2g} at gap {gap:g}, {said}; at every"
        f" gap at most {beside}; {found.n} seeds. That it can happen is not that it does harm: see"
        " flatnce-c2",
        threshold=LOST,
    )


def _errors(evidence: RowEvidence) -> Errors:
    """Return the error by loss and gap, where no row's gradient is too small for the dtype."""
    by_seed: dict[tuple[str, float], dict[int, float]] = {}
    # Cross-entropy and log1p have one and the same gradient, FlatNCE's is larger.
    small = {row["gap"] for row in evidence.rows if row["below_normal"]}
    for row in evidence.rows:
        if row["gap"] not in small:
            by_seed.setdefault((row["loss"], row["gap"]), {})[row["seed"]] = row["relative_error"]
    found: dict[str, dict[float, Interval]] = {}
    for (loss, gap), values in by_seed.items():
        found.setdefault(loss, {})[gap] = combined([(values, 1)])
    return found


def controls() -> Sequence[Control[RowEvidence]]:
    """Cancellation, none, a loss of everything by all, gaps that are too small to tell."""
    both: Mapping[str, Mapping[float, float]] = {loss: {8: 1e-7, 18: 2e-7} for loss in OTHERS}
    off: Mapping[str, Mapping[float, float]] = {loss: {8: 1e-7, 18: 0.7} for loss in OTHERS}
    return (
        Control("lost at 18", gradients({CROSS_ENTROPY: {8: 2e-5, 18: 0.7}, **both}), "holds"),
        Control("never off", gradients({CROSS_ENTROPY: {8: 1e-7, 18: 3e-7}, **both}), "refuted"),
        Control("all lose it", gradients({CROSS_ENTROPY: {18: 0.7}, **off}), "inconclusive"),
        Control("a tenth", gradients({CROSS_ENTROPY: {8: 0.01, 18: 0.1}, **both}), "inconclusive"),
        Control(
            "lost where the number is too small",
            gradients({CROSS_ENTROPY: {8: 1e-4, 18: 1.0}, **off}, too_small=(18,)),
            "refuted",
        ),
        Control("one loss alone", gradients({CROSS_ENTROPY: {18: 0.7}}), "not testable here"),
    )


CLAIM = Claim(
    title="InfoNCE's gradient can be lost to cancellation",
    sentence="When the positive is told apart well, floating-point error destroys the gradient of"
    " InfoNCE as it is commonly computed, while FlatNCE keeps it.",
    source="Su Jianlin, kexue.fm/archives/8586 (2021-07-26), on Chen et al. 2021,"
    " arXiv:2107.01152; paraphrased",
    article=8586,
    decision_rule="The number is the mean relative error of the gradient of the cross-entropy of a"
    " softmax, beside float64, at the widest gap between the positive and the negatives where"
    " the dtype can still hold every row's gradient. Holds when its interval over seeds lies"
    f" above {LOST:g} and InfoNCE as log1p and FlatNCE are off by less than {KEPT:g} at every such"
    f" gap, refuted when it lies below {KEPT:g}, inconclusive otherwise; not testable with fewer"
    f" than {FEWEST_SEEDS} seeds, or without all three losses. About one row's arithmetic, not"
    " about training.",
    evidence=RowsOf("gradient_cancellation", by=("dtype", "negatives", "spread")),
    judge=judge,
    controls=controls,
    scope="existential",
    level="identity",
)
