"""C1: the geometric and the harmonic mean rearrange the models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.claims.judging.boards import (
    MOST_PAIRS,
    OTHER_MEANS,
    drawn_ranks,
    pairs_of,
    ranked_under_all,
    ranks,
    reversal_rates,
    too_few,
    turned_over,
)
from evaluators.claims.judging.claim import Boards, Claim, Control, Finding, Home, NotTestable, Word
from evaluators.claims.judging.evidence import RESAMPLES, BoardEvidence, Resampled
from evaluators.claims.judging.made_up import made_up

SHARE = 0.05
"""Of the pairs: a Kendall tau of 0.9, above which rankings count as the same (Voorhees 2001)."""


SURE = 0.95
"""A pair is surely reversed where it is in so many draws of tasks; at 1 − 0.95 it may be."""


def judge(evidence: BoardEvidence) -> Finding:
    """Ask how many pairs another mean surely reverses, and how many it may."""
    return evidence.of_resamples(__name__, _compare)


def _compare(resampled: Resampled) -> Finding:
    models = ranked_under_all(resampled)
    tasks = len(resampled["arithmetic"].contest.tasks)
    if why := too_few(models=len(models), tasks=tasks):
        raise NotTestable(why)
    pairs = pairs_of(models)
    base, drawn = ranks(resampled, "arithmetic"), drawn_ranks(resampled, "arithmetic")
    moved = {m: float(turned_over(ranks(resampled, m), base, pairs)[0]) for m in OTHER_MEANS}
    most = max(OTHER_MEANS, key=lambda mean: moved[mean])
    rates = reversal_rates(drawn_ranks(resampled, most), drawn, pairs)
    surely, perhaps = float((rates >= SURE).mean()), float((rates > 1 - SURE).mean())
    verdict: Word
    if surely > SHARE:
        verdict = "holds"
    elif perhaps < SHARE:
        verdict = "refuted"
    else:
        verdict = "inconclusive"
    said = ", ".join(f"{100 * moved[mean]:.1f}% under the {mean} mean" for mean in OTHER_MEANS)
    return Finding(
        verdict=verdict,
        detail=(
            f"pairs of models that change order: {said}; {100 * surely:.1f}% surely and"
            f" {100 * perhaps:.1f}% perhaps, over draws of tasks; {len(models)} models ranked under"
            f" all three means" + (f", {MOST_PAIRS} pairs sampled" if pairs.sampled else "")
        ),
        statistic=moved[most],
        ci_low=min(surely, moved[most]),
        ci_high=max(perhaps, moved[most]),
        threshold=SHARE,
        rests_on=f"{len(models)} models, {tasks} tasks",
    )


def controls() -> Sequence[Control[BoardEvidence]]:
    """Uneven models against even ones: only another mean sets the even ones above."""
    step = np.arange(4)[:, None]
    uneven = np.where(np.arange(100) % 2, 100.0, 40.0) - step
    even = np.full(100, 60.0) - step
    parallel = np.linspace(50, 90, 8)[:, None] + np.linspace(-5, 5, 8)
    rng = np.random.default_rng(1)
    return (
        Control("uneven models against even ones", made_up([*uneven, *even]), "holds"),
        Control("every model above the next on every task", made_up(parallel), "refuted"),
        Control("few tasks", made_up(rng.uniform(30, 95, (12, 6))), "inconclusive"),
        Control("two models", made_up(parallel[:2]), "not testable here"),
    )


CLAIM = Claim(
    title="other means rearrange the models",
    sentence="[We] rearrange the models by geometric and harmonic mean (appropriate for averaging"
    " rates).",
    source="Shavrina and Malykh 2021, How not to Lie with a Benchmark, arXiv:2112.01342, abstract",
    article=8783,
    decision_rule="The number is the share of pairs of models whose order under the arithmetic"
    " mean is reversed under the geometric or the harmonic one, the larger of the two. Few"
    " tasks reverse pairs by chance, so each pair is looked at by itself, over"
    f" {RESAMPLES:,} draws of the tasks with replacement: the interval goes from the share of pairs"
    f" that are reversed in {SURE:.0%} of the draws or more to that of pairs reversed in more than"
    f" {1 - SURE:.0%}. Holds when it lies above {SHARE:.0%}, refuted when it lies below,"
    " inconclusive otherwise: with that share Kendall's tau is 0.9, above which two rankings count"
    " as the same (Voorhees 2001). Not testable with fewer than 5 models or 3 tasks. Whether an"
    " accuracy is a rate, for which such a mean is appropriate, no board can decide.",
    evidence=Boards(),
    judge=judge,
    controls=controls,
    version="2",
    home=Home("glue", "2021"),
)
