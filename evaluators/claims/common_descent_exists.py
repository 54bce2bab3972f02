"""The shortest mixture of gradients lowers every loss, or the point is Pareto-stationary."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import arms_in
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import (
    WRONG,
    exact,
    largest,
    made_up_values,
    rows_of_bench,
    seeds_of,
    smallest,
)

RATIO, NORM, ARM, OTHER = "descent_ratio", "relative_norm", "exact", "random mixture"
OFF = 1e-6


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the least ratio, or where 0 is among the mixtures for the largest length."""
    if not arms_in(evidence, RATIO):
        if smallest(evidence, NORM, OTHER) <= WRONG:
            raise NotTestable("a random mixture is 0 too, so nothing is shown")
        longest = largest(evidence, NORM, ARM)
        return exact(evidence, longest, f"0 is a mixture: the shortest has length {longest:.2g}")
    least = smallest(evidence, RATIO, ARM)
    word: Word = "holds" if least >= 1 - OFF else "refuted" if least < 1 - WRONG else "inconclusive"
    return Finding(
        word,
        f"min ⟨g, u⟩ / ‖u‖² is 1 − {1 - least:.1g}; of a random mixture"
        f" {smallest(evidence, RATIO, OTHER):.2g}; {seeds_of(evidence)}",
        statistic=least,
        threshold=1 - OFF,
        rests_on=seeds_of(evidence),
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Descent, none, nearly; stationary points, and one that is not."""

    def ratios(least: float) -> RowEvidence:
        return made_up_values({(RATIO, ARM): (1.0, least), (RATIO, OTHER): (-1.0, 0.3)})

    def norms(longest: float, other: float = 0.2) -> RowEvidence:
        return made_up_values({(NORM, ARM): (1e-16, longest), (NORM, OTHER): (other, other)})

    return (
        Control("descent for all", ratios(1 - 1e-12), "holds"),
        Control("a task is hurt once", ratios(-0.1), "refuted"),
        Control("nearly", ratios(1 - 1e-5), "inconclusive"),
        Control("stationary", norms(1e-16), "holds"),
        Control("stationary, but long", norms(0.1), "refuted"),
        Control("every mixture is 0", norms(1e-16, 1e-16), "not testable here"),
    )


CLAIM = Claim(
    title="a common descent direction exists, or it is Pareto",
    sentence="The shortest mixture u of the tasks' gradients has ⟨g, u⟩ ≥ ‖u‖² for each of them,"
    " so that it lowers every loss, or it is 0 and the point is Pareto-stationary.",
    source="Su Jianlin, kexue.fm/archives/8896 (2022-02-08); Sener and Koltun 2018,"
    " arXiv:1810.04650; paraphrased",
    decision_rule="The number is the least ⟨g, u⟩ / ‖u‖² over tasks and seeds, of the exact"
    f" shortest mixture in float64. Holds when it is at least 1 − {OFF:g}, refuted when below 1 −"
    f" {WRONG:g}, inconclusive in between. Where 0 is drawn to be among the mixtures the number is"
    " the length of the shortest, relative to the longest gradient: 0 to rounding.",
    evidence=rows_of_bench("common_descent", RATIO, NORM),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8896,
)
