"""Keep the loss of a training at a few points, and tell whether it still falls at the end.

Arms that still improve when training ends differ in speed, which says nothing about where they
would end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.statistics import mean_interval

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float64]

PARTS = 10
"""Parts of training whose mean losses are kept, besides the loss of the first step."""

LATE = 0.2
"""Share of training that is late."""

MOST = 0.005
"""Share of a curve's range that it may fall late and still count as trained.

An exponential decay that falls by just so much in the last fifth has 0.13% of its range ahead. The
share was fixed on seeds that no plan uses (`entity_heads`, 10 types, 300 sentences, seeds 100 to
102, Efficient GlobalPointer): from twice as many epochs it gained 6.1 points of F1 where the share
was 2.2% (8 epochs), and 1.4 where it was 0.48% (12 epochs).
"""

ALPHA = 0.05
"""Chance that noise alone makes a curve at the limit count as still improving."""


class TrainingCurve:
    """Mean losses of S networks in each tenth of training, kept without waiting for the device.

    Args:
        steps: Number of steps of the whole training.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self._parts = min(PARTS, steps)
        self._done = 0
        self._start: torch.Tensor | None = None
        self._sums: list[torch.Tensor] = []
        self._counts = [0] * self._parts

    def add(self, losses: torch.Tensor) -> None:
        """Add the losses of the next step, one for each network: shape (S,), or () for one."""
        detached = losses.detach().double().reshape(-1)
        if self._start is None:
            self._start = detached
        part = self._done * self._parts // self.steps
        if part == len(self._sums):
            self._sums.append(detached)
        else:
            self._sums[part] = self._sums[part] + detached
        self._counts[part] += 1
        self._done += 1

    @classmethod
    def of(cls, losses: torch.Tensor) -> TrainingCurve:
        """Return the curve of a training that has ended, of losses (steps, S)."""
        curve = cls(len(losses))
        places = np.arange(curve.steps) * curve._parts // curve.steps
        curve._counts = np.bincount(places).tolist()
        rows = losses.detach().double()
        curve._start = rows[0]
        stops = np.cumsum(curve._counts).tolist()
        curve._sums = [
            rows[stop - count : stop].sum(dim=0)
            for stop, count in zip(stops, curve._counts, strict=True)
        ]
        curve._done = curve.steps
        return curve

    def points(self) -> Floats:
        """Return the loss of the first step and the means of the parts, (S, 1 + parts).

        Raises:
            ScoreError: Steps are missing, or the training diverged.
        """
        if self._start is None or self._done != self.steps:
            raise ScoreError(f"a curve of {self.steps} steps needs them all, got {self._done}")
        sums = np.stack([np.asarray(total.tolist()) for total in self._sums], axis=1)
        points: Floats = np.column_stack([self._start.tolist(), sums / self._counts])
        if not np.isfinite(points).all():
            raise ScoreError("the training diverged: its loss is not finite; lower the rate")
        return points

    def late_improvement(self) -> list[float]:
        """Return `late_improvement` of each network; 1 after a single step, which shows nothing."""
        points = self.points()
        if self.steps == 1:
            return [1.0] * len(points)
        return [float(value) for value in late_improvement(points)]


def late_improvement(points: Floats) -> Floats:
    """Return how far curves fall in the last fifth of training, as shares of their ranges, (S,).

    The fall is from the mean of the eighth tenth to that of the last, whose middles are a fifth
    of training apart; between the points of a shorter curve a straight line is taken. The range
    is largest less smallest point. Negative where a curve rises, 0 where it is constant.

    Args:
        points: Loss at the start, then its means over equal parts of training, (S, 1 + parts).
    """
    parts = points.shape[1] - 1
    places = np.array([0.0, *((np.arange(parts) + 0.5) / parts)])
    before = np.array([np.interp(places[-1] - LATE, places, curve) for curve in points])
    fall, span = before - points[:, -1], np.ptp(points, axis=1)
    shares: Floats = np.divide(fall, span, out=np.zeros_like(fall), where=span > 0)
    return shares


def still_improving(late: Sequence[float]) -> bool:
    """Tell whether an arm is still improving when its training ends.

    It is where the mean over seeds of `late_improvement`, the fall of the loss in the last fifth
    of training as a share of the curve's range, is above `MOST`, 0.5%. A one-sided t-test at 5%
    decides, so that noise alone does not trip it. A single seed has no spread and is compared as
    it is.

    The training loss also falls where a network only learns its training data by heart. So the
    answer errs towards *still improving*, and longer training settles it.

    Args:
        late: `late_improvement` of each seed of the arm, one or more.
    """
    found = mean_interval(late, confidence=1 - 2 * ALPHA)
    return (found.estimate if found.low is None else found.low) > MOST
