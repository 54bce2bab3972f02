"""C5: averaging with the arithmetic mean is bad; use the geometric and the harmonic instead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.claims.judging.boards import (
    MOST_PAIRS,
    OTHER_MEANS,
    Pairs,
    drawn_ranks,
    pairs_of,
    ranked_under,
    ranked_under_all,
    ranks,
    too_few,
    turned_over,
)
from evaluators.claims.judging.claim import Boards, Claim, Control, Finding, Home, NotTestable, Word
from evaluators.claims.judging.evidence import RESAMPLES, BoardEvidence, Resampled
from evaluators.claims.judging.made_up import made_up
from evaluators.statistics import percentiles


def judge(evidence: BoardEvidence) -> Finding:
    """Compare how many pairs each mean orders so that another draw of tasks agrees."""
    return evidence.of_resamples(__name__, _compare)


def _compare(resampled: Resampled) -> Finding:
    models = ranked_under_all(resampled)
    if why := too_few(models=len(models), tasks=len(resampled["arithmetic"].contest.tasks)):
        raise NotTestable(why)
    pairs = pairs_of(models)
    base = _reliable(resampled, "arithmetic", pairs)
    gains = {mean: _reliable(resampled, mean, pairs) - base for mean in OTHER_MEANS}
    spans = {mean: percentiles(gain) for mean, gain in gains.items()}
    # The mean that comes nearer to deciding nothing: both must be on one side.
    least = min(OTHER_MEANS, key=lambda mean: abs(float(gains[mean].mean())))
    verdict: Word
    if all(low > 0 for low, _ in spans.values()):
        verdict = "holds"
    elif all(high < 0 for _, high in spans.values()):
        verdict = "refuted"
    else:
        verdict = "inconclusive"
    lost = len(ranked_under(resampled, "arithmetic")) - len(models)
    said = ", ".join(
        f"{mean} {100 * float(gains[mean].mean()):+.1f} points" for mean in OTHER_MEANS
    )
    if lost:
        said += f"; {lost} models without a geometric or harmonic mean are left out everywhere"
    return Finding(
        verdict=verdict,
        detail=(
            f"pairs ordered reliably, arithmetic {100 * float(base.mean()):.1f}%; {said}"
            + (f"; {MOST_PAIRS} pairs sampled" if pairs.sampled else "")
        ),
        statistic=float(gains[least].mean()),
        ci_low=spans[least][0],
        ci_high=spans[least][1],
        threshold=0.0,
        rests_on=f"{len(models)} models, {len(resampled['arithmetic'].contest.tasks)} tasks",
    )


def _reliable(resampled: Resampled, mean: str, pairs: Pairs) -> NDArray[np.float64]:
    """Return (resamples,): the share of pairs that are ranked and not turned over."""
    positions = ranked_under(resampled, mean)
    ranked = np.isin(pairs.left, positions) & np.isin(pairs.right, positions)
    over = turned_over(drawn_ranks(resampled, mean), ranks(resampled, mean), pairs)
    return np.asarray(ranked.mean() - over)


def controls() -> Sequence[Control[BoardEvidence]]:
    """Noise among high scores sways the arithmetic mean, noise near 0 and zeros the others."""
    rng = np.random.default_rng(1)
    informative = np.geomspace(1, 20, 40)[:, None] * np.ones(15)
    high_noise = rng.uniform(60, 100, (40, 15))
    steady = np.linspace(20, 90, 40)[:, None] * np.ones(15)
    low_noise = np.exp(rng.uniform(np.log(0.01), np.log(5), (40, 15)))
    zeros = np.linspace(50, 90, 8)[:, None] + np.linspace(-5, 5, 8)
    zeros[:4, 0] = 0
    return (
        Control("noise in high scores", made_up(np.hstack([informative, high_noise])), "holds"),
        Control("noise near 0", made_up(np.hstack([steady, low_noise])), "refuted"),
        Control("scores of 0 in half the models", made_up(zeros), "not testable here"),
        Control("nothing but noise", made_up(rng.uniform(40, 90, (12, 8))), "inconclusive"),
        Control("two models", made_up(zeros[:2]), "not testable here"),
    )


CLAIM = Claim(
    title="the arithmetic mean is bad",
    sentence="Averaging ML-benchmark results with arithmetic mean is bad. Let's use geometric and"
    " harmonic mean instead.",
    source="Shavrina and Malykh, summary of the workshop version (ICBINB at NeurIPS 2021),"
    " openreview.net/forum?id=AiU1SoiaeMX",
    article=8783,
    decision_rule="A mean is better where it orders more pairs of models reliably: of all pairs"
    " of models that have all three means, the share that another draw of tasks does not turn over"
    " (a model with a score of 0 or below has no geometric and harmonic mean, unless the treatment"
    " gives it one; how many that leaves out is said, and decides nothing). The number is that"
    f" share less the arithmetic mean's, averaged over {RESAMPLES:,} draws with replacement; its"
    " interval holds 95% of the draws. Holds when the interval lies above 0 for the geometric and"
    " for the harmonic mean, refuted when it lies below 0 for both, inconclusive otherwise; shown"
    " is the mean nearer to 0. Not testable with fewer than 5 models or 3 tasks.",
    evidence=Boards(),
    judge=judge,
    controls=controls,
    version="2",
    home=Home("glue", "2021"),
)
