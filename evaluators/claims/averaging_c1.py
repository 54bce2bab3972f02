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
    too_few,
    turned_over,
)
from evaluators.claims.judging.claim import Boards, Claim, Control, Finding, Home, NotTestable, Word
from evaluators.claims.judging.evidence import RESAMPLES, BoardEvidence, Resampled
from evaluators.claims.judging.made_up import made_up
from evaluators.statistics import percentile_bound, percentiles

SHARE = 0.05
"""Of the pairs: Kendall's tau of 0.9, above which two rankings count as the same (Voorhees"
" 2001)."""


def judge(evidence: BoardEvidence) -> Finding:
    """Ask how many pairs another mean reverses, and how far that rests on the tasks."""
    return evidence.of_resamples(__name__, _compare)


def _compare(resampled: Resampled) -> Finding:
    models = ranked_under_all(resampled)
    if why := too_few(models=len(models), tasks=len(resampled["arithmetic"].contest.tasks)):
        raise NotTestable(why)
    pairs = pairs_of(models)
    base, drawn = ranks(resampled, "arithmetic"), drawn_ranks(resampled, "arithmetic")
    moved = {m: float(turned_over(ranks(resampled, m), base, pairs)[0]) for m in OTHER_MEANS}
    most = max(OTHER_MEANS, key=lambda mean: moved[mean])
    low, high = percentiles(turned_over(drawn_ranks(resampled, most), drawn, pairs))
    noise = percentile_bound(turned_over(drawn, base, pairs))
    verdict: Word
    if low > SHARE:
        verdict = "holds"
    elif high < SHARE:
        verdict = "refuted"
    else:
        verdict = "inconclusive"
    said = ", ".join(f"{100 * moved[mean]:.1f}% under the {mean} mean" for mean in OTHER_MEANS)
    return Finding(
        verdict=verdict,
        detail=(
            f"pairs of models that change order: {said}; another draw of tasks alone turns over"
            f" up to {100 * noise:.1f}%; {len(models)} models ranked under all three means"
            + (f", {MOST_PAIRS} pairs sampled" if pairs.sampled else "")
        ),
        statistic=moved[most],
        ci_low=low,
        ci_high=high,
        threshold=SHARE,
        rests_on=f"{len(models)} models, {len(resampled['arithmetic'].contest.tasks)} tasks",
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
    decision_rule="The number is the share of pairs of models whose order under the arithmetic"
    " mean is reversed under the geometric or the harmonic one, the larger of the two, with the"
    f" interval that holds it in 95% of {RESAMPLES:,} draws of the tasks, with replacement. Holds"
    f" when the interval lies above {SHARE:.0%}, refuted when it lies below, inconclusive"
    " otherwise: with that share Kendall's tau is 0.9, above which two rankings count as the same"
    " (Voorhees 2001). What another draw of tasks alone reverses is said beside it. Not testable"
    " with fewer than 5 models or 3 tasks. Whether an accuracy is a rate, for which such a mean"
    " is appropriate, no board can decide.",
    evidence=Boards(),
    judge=judge,
    controls=controls,
    version="2",
    home=Home("glue", "2021"),
)
