"""Close to the singular case the three forms are no longer orthogonal; a stable form is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    Word,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import by_setting, dtype_of, number_in
from evaluators.claims.judging.orthogonal import SOURCE, STABLE, exact, near

SINGULAR: Mapping[str, tuple[str, ...]] = {
    "b = -a": ("rotation", "half turn"),
    "b = a": ("reflection",),
}
BROKEN = 0.1
"""An error of TᵀT − I that takes or gives a vector 5% of its length."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask what is left of orthogonality at the smallest distance, of the form that keeps most."""
    side = next((side for side in SINGULAR if f" {side}," in str(evidence.group["task"])), None)
    if side is None:
        raise NotTestable("the task does not say which case is near")
    metric, bound = "orthogonality_error", exact(dtype_of(evidence))
    every = {arm: by_setting(evidence, metric, arm) for arm in (*SINGULAR[side], STABLE)}
    nearest = min(every[STABLE], key=lambda setting: number_in(setting, "distance"))
    distance = number_in(nearest, "distance")
    arm = min(SINGULAR[side], key=lambda arm: every[arm][nearest].estimate)
    found, stable = every[arm][nearest], every[STABLE][nearest]
    bad = [
        number_in(setting, "distance")
        for setting, each in every[arm].items()
        if each.estimate > 0.01
    ]
    detail = (
        f"{arm}, {distance:g} from {side}: TᵀT − I has the norm {found.estimate:.2g}, on average of"
        f" {found.n} pairs, above 0.01 from the distance {max(bad, default=0):g} on;"
        f" {STABLE} {stable.estimate:.2g}"
    )
    low, high = found.ends
    if low > BROKEN and stable.ends[1] <= bound:
        return decided(found, "holds", detail, threshold=BROKEN, units="pairs")
    word: Word = "refuted" if high <= bound or stable.ends[0] > BROKEN else "inconclusive"
    return decided(found, word, detail, threshold=BROKEN, units="pairs")


def controls() -> Sequence[Control[RowEvidence]]:
    """Broken beside a stable form, never broken, broken whatever the form, hardly broken."""
    fine, bad = (1e-7, 2e-7, 1e-7), (2.0, 1.9, 2.0)
    minus = {"rotation": bad, "half turn": bad, STABLE: fine}
    return (
        Control("two forms break", near(minus, "b = -a", 1e-8), "holds"),
        Control("the reflection breaks", near({"reflection": bad, STABLE: fine}, "b = a", 1e-8),
                "holds"),
        Control("one of two never does", near({**minus, "rotation": fine}, "b = -a", 1e-8),
                "refuted"),
        Control("no form is stable", near({**minus, STABLE: bad}, "b = -a", 1e-8), "refuted"),
        Control("a hundredth", near({**minus, "rotation": (0.01, 0.01, 0.02)}, "b = -a", 1e-8),
                "inconclusive"),
        Control("no stable form", near({"reflection": bad}, "b = a", 1e-8), "not testable here"),
    )  # fmt: skip


CLAIM = Claim(
    title="they break down near a = ∓b",
    sentence="The forms that divide by 1 + aᵀb break down near b = −a, the one that divides by"
    " 1 − aᵀb near b = a; that is the form's doing, as another has no such place.",
    source=SOURCE + "; the stable form is ours",
    decision_rule="The number is the mean over random pairs of the spectral norm of TᵀT − I"
    " (infinite or more than 2 counts as 2) at the smallest distance from the singular case, of the"
    f" printed form that keeps most there. Holds when its 95% interval lies above {BROKEN:g} and"
    " that of the stable form within rounding (128 machine epsilons, and at most 0.25); refuted"
    f" when the printed form's lies within rounding, or the stable form's above {BROKEN:g};"
    " inconclusive otherwise.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={"evaluator": ("orthogonal_map",), "task": ("pairs near *",)},
    ),
    judge=judge,
    controls=controls,
    level="made-up",
    article=8453,
)
