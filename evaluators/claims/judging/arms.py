"""What claims read off experiments with arms: numbers by seed, compared seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mean_interval, paired_values

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
    both = paired_values(by_seed(evidence, metric, arm), by_seed(evidence, metric, base))
    if len(both) < FEWEST_SEEDS:
        raise NotTestable(
            f"{arm} and {base} have {len(both)} common seeds: an interval needs {FEWEST_SEEDS}"
        )
    return [POINTS * (ours - theirs) for ours, theirs in both.values()]


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


def with_head(evidence: RowEvidence, metric: str, head: str) -> str:
    """Return the name of the arm that is a head, trained plainly: `crf`, or `plain/crf` on CLUE.

    Raises:
        NotTestable: There is none.
    """
    known = arms_in(evidence, metric)
    for name in (head, f"plain/{head}"):
        if name in known:
            return name
    raise NotTestable(f"the arm {head!r} was not measured in {metric}")


def main_metric(evidence: RowEvidence, wanted: Sequence[str]) -> str:
    """Return the first of these metrics that there is.

    Raises:
        NotTestable: There is none of them.
    """
    there = {row["metric"] for row in evidence.rows}
    for metric in wanted:
        if metric in there:
            return metric
    raise NotTestable(f"none of {', '.join(wanted)} was measured")


SETTING = ("evaluator", "task", "setting", "checkpoint", "trained_on")
"""Columns whose values make the rows of `arm_scores` that can be compared."""


def of_heads(evaluator: str, *heads: str) -> RowsOf:
    """Return what claims on heads are judged on: an experiment's rows, and those of CLUE tasks."""
    arms = (*heads, *(f"plain/{head}" for head in heads))
    return RowsOf("arm_scores", by=SETTING, among={"evaluator": (evaluator, "clue"), "arm": arms})


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
