"""The shortest mixture of feature gradients lowers every loss through a shared encoder."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import (
    EXACT,
    made_up_values,
    rows_of_bench,
    seeds_of,
    smallest,
)

METRIC, ARM, OTHER = "descent_cosine", "feature gradients", "parameter gradients"


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the least cosine, where a common descent direction exists."""
    best = smallest(evidence, METRIC, OTHER)
    if best <= EXACT:
        raise NotTestable("there is no common descent direction to be found")
    found = smallest(evidence, METRIC, ARM)
    word: Word = "holds" if found > EXACT else "refuted" if found < -EXACT else "inconclusive"
    return Finding(
        word,
        f"the least cosine with a task's gradient is {found:.3g}; of the shortest mixture of the"
        f" gradients themselves {best:.3g}; {seeds_of(evidence)}",
        statistic=found,
        threshold=0.0,
        rests_on=seeds_of(evidence),
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Descent, ascent once, and no direction to find."""

    def made(cosine: float, best: float = 0.3) -> RowEvidence:
        return made_up_values({(METRIC, ARM): (0.2, cosine), (METRIC, OTHER): (best, best)})

    return (
        Control("descent", made(0.1), "holds"),
        Control("a loss rises", made(-0.1), "refuted"),
        Control("just about", made(0.0), "inconclusive"),
        Control("stationary", made(0.1, 0.0), "not testable here"),
    )


CLAIM = Claim(
    title="feature gradients give a common descent direction",
    sentence="Where the encoder's Jacobian has full rank, the shortest mixture of the gradients by"
    " the features lowers every task's loss, or the point is Pareto-stationary.",
    source="Sener and Koltun 2018, arXiv:1810.04650, theorem 1, presented by Su Jianlin,"
    " kexue.fm/archives/8896 (2022-02-08), who corrects an error in its proof; paraphrased",
    decision_rule="The number is the least cosine, over tasks and seeds, of a task's gradient J z"
    " and J u with u the shortest mixture of the z. Refuted when it is below 0: a step raises that"
    " loss. Holds when it is above, inconclusive within rounding of 0. Asked only where the"
    " gradients J z have a common descent direction.",
    evidence=rows_of_bench("common_descent", METRIC),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8896,
    misprint="In the paper, not the article: ⟨z, u⟩ ≥ 0 does not give ⟨z, JᵀJ u⟩ ≥ 0 for positive"
    " definite JᵀJ. A Jacobian that stretches the difference of two unit vectors z and u tenfold"
    " has a cosine below −0.8 with two tasks, and random ones fail with ten. What remains is the"
    " bound: see shared-encoder-bound.",
)
