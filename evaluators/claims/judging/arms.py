"""What claims read off experiments with arms: numbers by seed, compared seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.contrastive.intervals import Interval, mean_interval

FEWEST_SEEDS = 3
POINTS = 100
"""Scores are kept in 0…1 and spoken of in points."""

BySeed = Mapping[int, float]


def arms_in(evidence: RowEvidence, metric: str) -> list[str]:
    """Return the arms that have a metric, sorted."""
    return sorted({row["arm"] for row in evidence.rows if row["metric"] == metric})


def by_seed(evidence: RowEvidence, metric: str, arm: str) -> BySeed:
    """Return an arm's numbers by seed.

    Raises:
        NotTestable: It was not measured.
    """
    found = {
        int(row["seed"]): float(row["value"])
        for row in evidence.rows
        if row["metric"] == metric and row["arm"] == arm
    }
    if not found:
        raise NotTestable(f"the arm {arm!r} was not measured in {metric}")
    return found


def differences(evidence: RowEvidence, metric: str, arm: str, base: str) -> list[float]:
    """Return arm less base in points, one for each seed that both have, by seed.

    Raises:
        NotTestable: Too few seeds are common.
    """
    ours, theirs = by_seed(evidence, metric, arm), by_seed(evidence, metric, base)
    seeds = sorted(set(ours) & set(theirs))
    if len(seeds) < FEWEST_SEEDS:
        raise NotTestable(
            f"{arm} and {base} have {len(seeds)} common seeds: an interval needs {FEWEST_SEEDS}"
        )
    return [POINTS * (ours[seed] - theirs[seed]) for seed in seeds]


def gain(evidence: RowEvidence, metric: str, arm: str, base: str) -> Interval:
    """Return the mean of arm less base in points, with its 95% interval, paired by seed.

    Raises:
        NotTestable: Too few seeds are common.
    """
    return mean_interval(differences(evidence, metric, arm, base))


def mean(evidence: RowEvidence, metric: str, arm: str) -> float:
    """Return the mean of an arm in points.

    Raises:
        NotTestable: It was not measured.
    """
    found = by_seed(evidence, metric, arm)
    return POINTS * sum(found.values()) / len(found)


def made_up_arms(
    means: Mapping[str, float],
    *,
    metric: str,
    noise: float = 0.3,
    seeds: int = 7,
    setting: str = "made up",
) -> list[Mapping[str, object]]:
    """Return rows of arms about these means, for controls.

    Args:
        means: By arm, in points.
        metric: Of all rows.
        noise: Standard deviation of what an arm has of its own in a seed; it adds up to 0.
        seeds: How many.
        setting: Of all rows.
    """
    import numpy as np

    rng = np.random.default_rng(7)
    shared = rng.normal(0, 2, seeds)
    rows: list[Mapping[str, object]] = []
    for arm, centre in means.items():
        own = rng.normal(0, noise, seeds)
        values: Sequence[float] = (centre + shared - shared.mean() + own - own.mean()).tolist()
        rows += [
            {
                "setting": setting,
                "arm": arm,
                "metric": metric,
                "seed": seed,
                "value": value / POINTS,
            }
            for seed, value in enumerate(values)
        ]
    return rows
