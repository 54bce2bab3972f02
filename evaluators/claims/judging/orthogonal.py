"""Claims about orthogonal matrices that map one unit vector to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import EPSILON, dtype_of, largest, measured

FORMS = ("rotation", "reflection", "half turn")
STABLE, WRONG_SIGN = "stable rotation", "wrong sign"
ROUNDINGS, MOST = 128, 0.25
"""Errors up to so many roundings of 1 are rounding, but in no precision more than a quarter."""

WRONG = 0.5
"""A length, an inner product or a determinant that is so far off is wrong in any precision."""

SOURCE = "Su Jianlin, kexue.fm/archives/8453 (2021-06-05); paraphrased"
PAIRS = RowsOf(
    "arm_scores",
    by=("task",),
    among={"evaluator": ("orthogonal_map",), "task": ("random pairs, *",)},
)
RULE = (
    f" Holds when it is at most {ROUNDINGS} times the machine epsilon, and at most {MOST:g};"
    f" refuted when it is above {WRONG:g}; inconclusive otherwise. Not testable where a form with a"
    f" wrong sign is not found off by more than {WRONG:g} too."
)


def exact(dtype: str) -> float:
    """Return the largest error in a precision that is rounding."""
    return min(ROUNDINGS * EPSILON[dtype], MOST)


def judge_forms(evidence: RowEvidence, *metrics: str) -> Finding:
    """Ask how large the largest error of the three forms is.

    Raises:
        NotTestable: A form was not measured, or a wrong one looks right.
    """
    bound = exact(dtype_of(evidence))
    control = largest(evidence, (WRONG_SIGN,), *metrics)
    if control.value <= WRONG:
        raise NotTestable(f"a form with a wrong sign is off by {control} only")
    found = largest(evidence, FORMS, *metrics)
    word: Word = (
        "holds" if found.value <= bound else "refuted" if found.value > WRONG else "inconclusive"
    )
    return Finding(
        word,
        f"largest error {found} of {found.n}; with a wrong sign {control.value:.2g}",
        statistic=found.value,
        threshold=bound,
        rests_on=f"{found.n} numbers",
    )


def controls_of(metric: str, *others: str) -> Sequence[Control[RowEvidence]]:
    """Rounding, a wrong form, something between, and a bench that sees nothing."""

    def made(error: float, *, wrong: float = 2.0, arms: Sequence[str] = FORMS) -> RowEvidence:
        rows: dict[tuple[str, str, str], Sequence[float]] = {}
        for each in (metric, *others):
            rows |= {("dimension 8", arm, each): (1e-7, 2e-7) for arm in arms}
            rows["dimension 8", WRONG_SIGN, each] = (wrong, wrong)
        rows["dimension 8", arms[-1], metric] = (1e-7, error)
        return measured(rows, task="random pairs, float32")

    return (
        Control("rounding", made(3e-7), "holds"),
        Control("one of three is off in one pair", made(1.5), "refuted"),
        Control("a thousandth off", made(1e-3), "inconclusive"),
        Control("a wrong sign is not seen", made(3e-7, wrong=1e-7), "not testable here"),
        Control("two of three", made(3e-7, arms=FORMS[:2]), "not testable here"),
    )


def near(errors: Mapping[str, Sequence[float]], side: str, distance: float) -> RowEvidence:
    """Return orthogonality errors of arms at a distance, and none at the distance 1."""
    rows: dict[tuple[str, str, str], Sequence[float]] = {}
    for arm, values in errors.items():
        for at, each in ((1.0, (1e-7,) * len(values)), (distance, values)):
            rows[f"distance {at:g}, near {side}", arm, "orthogonality_error"] = each
    return measured(rows, task=f"pairs near {side}, float32")
