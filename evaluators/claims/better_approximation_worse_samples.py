"""The better a critic approximates the Wasserstein distance, the worse the samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from evaluators.claims.judging.adversarial import (
    BATCH_ERROR,
    CRITICS,
    ENERGY,
    WGAN_SOURCE,
    made_up_runs,
    of_critics,
)
from evaluators.claims.judging.arms import require_trained
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.errors import ScoreError
from evaluators.statistics import Interval, mean_interval
from evaluators.sts.spearman import spearman

ARMS = ("clip", "spectral", "penalty", "c-transform")
"""Critics that the article speaks of."""

FEWEST_RUNS = 4
MARGIN = 0.2


def judge(evidence: RowEvidence) -> Finding:
    """Correlate the errors of a seed's critics with how far its samples are from real points."""
    require_trained(evidence, *ARMS)
    found, runs = rank_correlations(evidence)
    opposite = found._replace(estimate=-found.estimate, low=-found.ends[1], high=-found.ends[0])
    return gained(
        opposite,
        f"rank correlation of energy distance with −error: {opposite}, {runs} runs in each of"
        f" {found.n} seeds",
        margin=MARGIN,
        look=evidence.look,
    )


def rank_correlations(evidence: RowEvidence) -> tuple[Interval, int]:
    """Return the mean over seeds of a seed's correlation, and its number of runs.

    Raises:
        NotTestable: Too few seeds or runs, or a seed's numbers are all equal.
    """
    by_seed: dict[int, dict[tuple[str, str], dict[str, float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in evidence.rows:
        if row["arm"] in ARMS and row["metric"] in (ENERGY, BATCH_ERROR):
            run = (str(row["setting"]), str(row["arm"]))
            by_seed[int(row["seed"])][run][str(row["metric"])] = float(row["value"])
    correlations, sizes = [], []
    for _, runs in sorted(by_seed.items()):
        whole = [runs[run] for run in sorted(runs) if len(runs[run]) == 2]
        if len(whole) < FEWEST_RUNS:
            raise NotTestable(f"{len(whole)} runs in a seed: a correlation needs {FEWEST_RUNS}")
        errors, energies = (
            np.array([run[metric] for run in whole]) for metric in (BATCH_ERROR, ENERGY)
        )
        try:
            correlations.append(float(spearman(errors, energies)))
        except ScoreError as why:
            raise NotTestable(str(why)) from why
        sizes.append(len(whole))
    if len(correlations) < FEWEST_SEEDS:
        raise NotTestable(f"{len(correlations)} seeds: an interval needs {FEWEST_SEEDS}")
    return mean_interval(correlations), min(sizes)


def controls() -> Sequence[Control[RowEvidence]]:
    """Worse where nearer, better where nearer, no order, and too few critics."""

    def made(energies: Sequence[float], noise: float = 0.1) -> RowEvidence:
        errors = dict(zip(ARMS, (0.9, 0.5, 0.3, 0.1), strict=True))
        means = {BATCH_ERROR: errors, ENERGY: dict(zip(ARMS, energies, strict=False))}
        return RowEvidence(made_up_runs(means, noise=noise), {"task": "made up"})

    return (
        Control("worse where nearer", made((0.01, 0.03, 0.05, 0.1)), "holds"),
        Control("better where nearer", made((0.1, 0.05, 0.03, 0.01)), "refuted"),
        Control("no order, in noise", made((0.03, 0.03, 0.03, 0.03), 1.0), "inconclusive"),
        Control("two critics", made((0.01, 0.1)), "not testable here"),
    )


CLAIM = Claim(
    title="the nearer a critic to the distance, the worse the samples",
    sentence="Critics that approximate the Wasserstein distance better make worse samples.",
    source=WGAN_SOURCE,
    decision_rule="The number is Spearman's correlation, over the runs of one seed, of the samples'"
    " energy distance from real points with −|the critic's distance − the exact one| / the exact"
    f" one; the runs are {', '.join(ARMS)}, with each number of critic steps that was measured;"
    f" mean over seeds (Student's t).{gain_rule(MARGIN)}",
    evidence=of_critics(ENERGY, BATCH_ERROR, by=("task",)),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8244,
)
