"""Frank and Wolfe's algorithm finds a direction that lowers every loss."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import arms_in
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import (
    BENCHES,
    EXACT,
    made_up_values,
    rows_of_bench,
    seeds_of,
    smallest,
)

METRIC, NAME = "descent_ratio", "frank-wolfe "
FEWEST_STEPS = 1000


def judge(evidence: RowEvidence) -> Finding:
    """Ask what the direction after most steps is to the task it serves worst."""
    steps = sorted(int(arm.removeprefix(NAME)) for arm in arms_in(evidence, METRIC) if NAME in arm)
    if not steps:
        raise NotTestable("the point is Pareto-stationary: there is nothing to find")
    if steps[-1] < FEWEST_STEPS:
        raise NotTestable(f"{steps[-1]} steps: {FEWEST_STEPS} are asked for")
    found = {count: smallest(evidence, METRIC, f"{NAME}{count}") for count in steps}
    least = found[steps[-1]]
    word: Word = "holds" if least > EXACT else "refuted" if least < -EXACT else "inconclusive"
    said = ", ".join(f"{value:.3g} after {count} steps" for count, value in found.items())
    return Finding(
        word,
        f"min ⟨g, u⟩ / ‖u‖²: {said}; {seeds_of(evidence)}",
        statistic=least,
        threshold=0.0,
        rests_on=seeds_of(evidence),
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Found, not found by one seed, too few steps, a stationary point."""

    def made(least: float, steps: int = FEWEST_STEPS) -> RowEvidence:
        return made_up_values({(METRIC, f"{NAME}{steps}"): (0.99, least)})

    return (
        Control("found", made(0.5), "holds"),
        Control("one task is hurt", made(-0.1), "refuted"),
        Control("just about", made(0.0), "inconclusive"),
        Control("ten steps", made(0.5, 10), "not testable here"),
        Control(
            "stationary", made_up_values({("relative_norm", "exact"): (0.0,)}), "not testable here"
        ),
    )


CLAIM = Claim(
    title="Frank-Wolfe finds the common descent direction",
    sentence="The shortest mixture of gradients can be found by Frank and Wolfe's algorithm with"
    " exact line search.",
    source="Su Jianlin, kexue.fm/archives/8896 (2022-02-08); paraphrased. The number of"
    " steps is ours",
    decision_rule="The number is the least ⟨g, u⟩ / ‖u‖² over tasks and seeds, of the mixture after"
    f" the largest number of steps, {FEWEST_STEPS} or more. Holds when it is above 0: a step then"
    " lowers every loss. Refuted when it is below, inconclusive within rounding of 0. That the"
    " exact shortest mixture has at least 1 is another claim.",
    evidence=rows_of_bench("common_descent", METRIC),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8896,
    fresh=BENCHES["common_descent"],
)
