"""What claims read off an optimiser's steps: ratios to the step with all gradients, by seed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evaluators.claims.judging.arms import FEWEST_SEEDS, arms_in, by_seed
from evaluators.claims.judging.claim import NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mean_interval, paired_values

FALL = 0.95
"""A variance that keeps more than this share does not fall."""


def steps_of(metric: str) -> RowsOf:
    """Return the rows of Adam's steps, one group a setting."""
    among = {"evaluator": ("child_tuning",), "metric": (metric,), "setting": ("Adam, *",)}
    return RowsOf("arm_scores", by=("setting",), among=among)


def ratios(
    evidence: RowEvidence, metric: str, method: str, *, power: float = 0.0
) -> Mapping[float, Interval]:
    """Return by p the mean over seeds of arm / (plain · p^power), largest p first.

    Raises:
        NotTestable: There is no such arm, too few seeds, or nothing to be a part of.
    """
    found = {}
    plain = by_seed(evidence, metric, "plain")
    for arm in arms_in(evidence, metric):
        match = re.fullmatch(r"(.+) \(p ([0-9.]+)\)", arm)
        if not match or match[1] != method:
            continue
        p = float(match[2])
        both = paired_values(by_seed(evidence, metric, arm), plain)
        if len(both) < FEWEST_SEEDS or any(base <= 0 for _, base in both.values()):
            raise NotTestable(f"{len(both)} common seeds of {arm} and plain: {FEWEST_SEEDS} needed")
        found[p] = mean_interval([ours / base / p**power for ours, base in both.values()])
    if not found:
        raise NotTestable(f"no arm of {method} was measured in {metric}")
    return dict(sorted(found.items(), reverse=True))


def made_up_steps(by_arm: Mapping[str, float], metric: str, noise: float = 0.002) -> RowEvidence:
    """Return rows about these values, relative noise added, for controls."""
    import numpy as np

    rng = np.random.default_rng(7)
    rows = [
        {"setting": "Adam, made up", "arm": arm, "metric": metric, "seed": seed, "value": value}
        for arm, centre in by_arm.items()
        for seed, value in enumerate((centre * (1 + rng.normal(0, noise, 7))).tolist())
    ]
    return RowEvidence(rows, {"setting": "Adam, made up"})


def in_words(found: Mapping[float, Interval]) -> str:
    """Return the ratios by p, for people."""
    return ", ".join(
        f"{one.estimate:.3f} ({one.low:.3f} to {one.high:.3f}) at p = {p:g}"
        for p, one in found.items()
    )
