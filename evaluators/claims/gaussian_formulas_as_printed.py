"""The printed formulas can be computed as they stand, of badly conditioned covariances too."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.gaussians import DISTANCES, SOURCE, of_task
from evaluators.claims.judging.mathematics import by_setting, measured, number_in
from evaluators.statistics import Interval

PRINTED, FACTORS = "as printed", "factors"
BOUND = 0.01
"""Relative error up to which a distance is computed."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the mean error of the worst distance at the largest condition number."""
    worst: dict[float, tuple[str, Interval]] = {}
    stable = 0.0
    for metric in DISTANCES:
        for setting, each in by_setting(evidence, metric, PRINTED).items():
            condition = number_in(setting, "condition")
            if condition not in worst or each.estimate > worst[condition][1].estimate:
                worst[condition] = (metric.removesuffix("_error"), each)
    largest = max(worst)
    for metric in DISTANCES:
        for setting, each in by_setting(evidence, metric, FACTORS).items():
            if number_in(setting, "condition") == largest:
                stable = max(stable, each.estimate)
    easiest = worst[min(worst)][1]
    if easiest.ends[1] >= BOUND:
        raise NotTestable(
            f"the error is {easiest.estimate:.2g} at the condition number {min(worst):g} already"
        )
    name, found = worst[largest]
    fine = [condition for condition, (_, each) in worst.items() if each.ends[1] < BOUND]
    low, high = found.ends
    word: Word = "holds" if high < BOUND else "refuted" if low > BOUND else "inconclusive"
    return decided(
        found,
        word,
        f"relative error {found.estimate:.2g} ({low:.2g} to {high:.2g}) of {name} at the condition"
        f" number {largest:g}, {found.n} pairs; below {BOUND:.0%} up to {max(fine):g}; from factors"
        f" {stable:.2g}",
        threshold=BOUND,
        units="pairs",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Precise, lost, uncertain, and lost from the start."""

    def made(*errors: float, easy: float = 1e-12) -> RowEvidence:
        rows: dict[tuple[str, str, str], Sequence[float]] = {}
        for metric in DISTANCES:
            for arm in (PRINTED, FACTORS):
                rows["condition 1, dimension 8", arm, metric] = (easy, easy, easy)
                rows["condition 1e+10, dimension 8", arm, metric] = (1e-9, 1e-9, 2e-9)
        rows["condition 1e+10, dimension 8", PRINTED, "kl_error"] = errors
        return measured(rows, task="formulas in float64")

    return (
        Control("precise", made(1e-5, 2e-5, 1e-5), "holds"),
        Control("lost", made(1.0, 0.8, 1.0), "refuted"),
        Control("uncertain", made(0.001, 0.03, 0.002), "inconclusive"),
        Control("lost from the start", made(1.0, 1.0, 1.0, easy=0.5), "not testable here"),
    )


CLAIM = Claim(
    title="the printed formulas can be computed as they stand",
    sentence="The distances of two normal distributions can be computed by the printed formulas,"
    " with inverses, determinants and roots of matrices.",
    source=SOURCE + "; nothing is said about rounding, the sentence and its test are ours",
    decision_rule="The number is the mean over random pairs of the relative error (1 or more, and"
    " what is not a number, counts as 1) at the largest condition number, 10¹⁰, of the distance"
    " with the largest, each precision by itself. Holds when its 95% interval lies below"
    f" {BOUND:.0%}, refuted when it lies above, inconclusive otherwise; not testable"
    " where covariances of the smallest condition number have such an error.",
    evidence=of_task("formulas in *"),
    judge=judge,
    controls=controls,
    scope="universal",
    level="made-up",
    article=8512,
)
