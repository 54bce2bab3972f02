"""Describe learning curves: ends, best step, trend, change points, and when chance is left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluators.progress import Progress, stage_progress
from evaluators.statistics import CONFIDENCE, holm
from evaluators.trajectories.change_points import (
    LEAST_POINTS,
    ChangePoint,
    describe_jumps,
    jump_p_value,
    noise_of,
)
from evaluators.trajectories.runs import Curve

LEVEL = 1 - CONFIDENCE

MOST_JUMPS = 3
"""Jumps that a curve can have at most."""

_STAGE = "curves tested"


@dataclass(frozen=True, eq=False)
class CurveSummary:
    """What a curve shows.

    Attributes:
        curve: The curve.
        tau: Kendall's correlation of score and step; 0 for a constant curve.
        trend_p: Chance of such a trend without one, two-sided, adjusted for all curves.
        change_points: Its jumps by step; None with fewer than `LEAST_POINTS` points.
        jump_p: Chance of its first jump in a smooth curve, adjusted for all curves; None like
            the change points.
        noise: Standard deviation about the smooth curve with jumps; None like the change points.
        chance: Score of chance; None where it is not known.
        above_chance: The step from which on every score is above chance; None where there is
            none, or chance or noise is not known.
    """

    curve: Curve
    tau: float
    trend_p: float
    change_points: tuple[ChangePoint, ...] | None
    jump_p: float | None
    noise: float | None
    chance: float | None = None
    above_chance: float | None = None

    @property
    def trend(self) -> str:
        """`rises`, `falls` or `none` at 5%."""
        if self.trend_p > LEVEL:
            return "none"
        return "rises" if self.tau > 0 else "falls"

    @property
    def best(self) -> int:
        """Place of the best score, the first of equal ones."""
        return int(self.curve.scores.argmax())


@dataclass
class _Search:
    """The jumps found so far on one curve."""

    curve: Curve
    steps: tuple[float, ...]
    jumps: list[tuple[int, float]]


def summarize(
    curves: Sequence[Curve],
    *,
    chance: Mapping[str, float] | None = None,
    seed: int,
    progress: Progress | None = None,
) -> tuple[CurveSummary, ...]:
    """Return what each curve shows, with p-values that hold for all of them together.

    Jumps are sought in rounds: of the curves with a jump in the last round each is tested for one
    more. In each round p-values are adjusted by Holm's method, so that of a board without jumps
    no curve has one with 95% probability.

    Args:
        curves: The curves; jumps are sought on those with `LEAST_POINTS` or more.
        chance: Score of chance by task, where known.
        seed: Seed of all simulations.
        progress: Called with the stage, the number of curves tested and of all.
    """
    trends = [_kendall(curve) for curve in curves]
    trend_p = holm([p for _, p in trends])
    searches = {
        i: _Search(curve, tuple(curve.steps.tolist()), [])
        for i, curve in enumerate(curves)
        if len(curve.steps) >= LEAST_POINTS
    }
    first = _find_jumps(searches, seed, progress)
    found = []
    for i, (curve, (tau, _), p) in enumerate(zip(curves, trends, trend_p, strict=True)):
        summary = CurveSummary(curve, tau, p, None, None, None)
        if i in searches:
            steps, jumps = searches[i].steps, searches[i].jumps
            noise, freedom = noise_of(steps, curve.scores, tuple(place for place, _ in jumps))
            level = (chance or {}).get(curve.task)
            summary = replace(
                summary,
                change_points=describe_jumps(steps, curve.scores, jumps, seed=seed),
                jump_p=first[i],
                noise=noise,
                chance=level,
                above_chance=None if level is None else _leaves(curve, level, noise, freedom),
            )
        found.append(summary)
    return tuple(found)


def _find_jumps(
    searches: Mapping[int, _Search], seed: int, progress: Progress | None
) -> dict[int, float]:
    """Add the jumps to each search, and return the adjusted p-value of each first test."""
    report = stage_progress(progress, _STAGE)
    first: dict[int, float] = {}
    left = dict(searches)
    for _ in range(MOST_JUMPS):
        # Holm multiplies the smallest p-value by the curves: ten times as many draws as that needs.
        draws = max(999, math.ceil(10 * len(left) / LEVEL))
        tests = []
        for done, search in enumerate(left.values(), start=1):
            places = tuple(sorted(place for place, _ in search.jumps))
            tests.append(
                jump_p_value(search.steps, search.curve.scores, places, seed=seed, draws=draws)
            )
            report(done, len(left))
        adjusted = dict(zip(left, holm([p for p, _ in tests]), strict=True))
        first = first or adjusted
        of = dict(zip(left, tests, strict=True))
        left = {i: search for i, search in left.items() if adjusted[i] <= LEVEL}
        for i, search in left.items():
            search.jumps.append((of[i][1], adjusted[i]))
        if not left:
            break
    return first


def _kendall(curve: Curve) -> tuple[float, float]:
    from scipy.stats import kendalltau

    if np.ptp(curve.scores) == 0:
        return 0.0, 1.0
    found = kendalltau(curve.steps, curve.scores)
    return float(found.statistic), float(found.pvalue)


def _leaves(curve: Curve, chance: float, noise: float, freedom: int) -> float | None:
    """Return the first step from which on every score is above chance (Bonferroni)."""
    from scipy.special import stdtrit

    limit = chance + noise * float(stdtrit(freedom, 1 - LEVEL / len(curve.scores)))
    below: NDArray[np.intp] = np.flatnonzero(curve.scores <= limit)
    start = int(below[-1]) + 1 if len(below) else 0
    return None if start == len(curve.scores) else float(curve.steps[start])
