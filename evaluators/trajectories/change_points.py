"""Find the change points of a learning curve: jumps that no smooth curve makes.

A curve is smooth if it is a sum of a constant, a line over log step, a line over step, and one
logistic over log step whose rise from 10% to 90% takes `STEEPEST` doublings of the step or more.
Power laws and saturating curves are among these to within noise. Noise is taken as normal and
independent from checkpoint to checkpoint.

The test asks whether one more jump, at the place where it helps most, explains more than it would
of a smooth curve with noise (sup F: Andrews 1993). Its p-value is by simulation from the best
smooth curve, and from the best lines alone, which is stopped as soon as it is clear that the curve
is nothing unusual (Besag and Clifford 1991). Further jumps are tested one by one beside those found
(Bai and Perron 1998). The interval of a place has all places whose sum of squares a simulation from
the found jump reaches (inverted likelihood ratio: Eo and Morley 2015). docs/reports/trajectories.md
has the share of smooth curves with a wrong jump, and of jumps that are found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evaluators.statistics import CONFIDENCE

Floats = NDArray[np.float64]

STEEPEST = 3.0
"""Doublings of the step over which a smooth curve rises from 10% to 90%, at least."""

LEAST_POINTS = 10
"""With fewer points a jump cannot be told from noise around a smooth curve."""

_SIDE = 2  # points on each side of a jump: one alone may be an outlier
_STOP = 10  # simulated curves above the observed one after which p is known well enough
_BLOCK = 100  # simulated curves at once
_PLACES = 400  # simulated curves for the interval of a place
_VECTORS = 1 << 20  # numbers of jump vectors at once: 8 MB
_NOTHING = 1e-20  # share of a sum of squares that is rounding


@dataclass(frozen=True)
class ChangePoint:
    """One jump of a curve.

    Attributes:
        before: Last step before the jump.
        after: First step after it.
        low: The jump lies after this step, with 95% confidence.
        high: The jump lies before this step or at it.
        size: Height of the jump, in the unit of the scores; negative where they fall.
        p_value: Chance of a jump as large in a smooth curve with noise.
    """

    before: float
    after: float
    low: float
    high: float
    size: float
    p_value: float


def log_steps(steps: Sequence[float] | Floats) -> Floats:
    """Return log2(1 + step / the smallest step above 0), which is 0 for step 0; shape (n,)."""
    values = np.asarray(steps, dtype=np.float64)
    above = values[values > 0]
    return np.log2(1 + values / above.min()) if len(above) else np.zeros_like(values)


class SmoothCurves:
    """The smooth curves over some steps, with jumps at given places.

    Args:
        steps: n steps, ascending.
        jumps: Places of the jumps that a curve has already: the index of the point after each.
    """

    def __init__(self, steps: tuple[float, ...], jumps: tuple[int, ...] = ()) -> None:
        x, n = log_steps(steps), len(steps)
        after = (np.arange(n) >= np.arange(n)[:, None]).astype(float)  # row j: a jump before j
        self.n = n
        self._columns = np.array([*after[list(jumps)], np.ones(n), x, np.array(steps) / steps[-1]])
        self._lines = _basis(self._columns)
        self.freedom = n - self._lines.shape[1] - 2
        """Degrees of freedom of the noise: a logistic has a height and, roughly, one shape."""
        self._shapes, self._fine = self._unit(_logistics(x, 12, 1.1))
        # Beside a jump a coarser grid does: both curves and simulations are held against it.
        _, self._logistics = self._unit(_logistics(x, 3, 1.4))
        places = [
            j for j in range(_SIDE, n - _SIDE + 1) if all(abs(j - jump) >= _SIDE for jump in jumps)
        ]
        self.places = np.array(places, dtype=np.int64)
        """Where one more jump may be: the index of the point after it."""
        self._after = _without(after[places], self._lines)
        self._at_once = max(1, _VECTORS // (n * max(1, len(places))))
        self._vectors = self._vectors_of(0) if len(self._logistics) <= self._at_once else None

    def _unit(self, shapes: Floats) -> tuple[Floats, Floats]:
        """Return the shapes that are no lines, and unit vectors of what is no line in them."""
        left = _without(shapes, self._lines)
        norms = np.linalg.norm(left, axis=1)
        curved = norms > 1e-3  # less is all but a line, and would only blow up rounding
        if not curved.any():  # steps so close that every logistic is a line over them
            return shapes[:1] * 0, left[:1] * 0
        return shapes[curved], left[curved] / norms[curved, None]

    def fit(self, curves: Floats) -> tuple[Floats, Floats]:
        """Return the best smooth curves, shape (m, n), and their sums of squares, (m,)."""
        left = _without(curves, self._lines)
        heights = left @ self._fine.T
        best = np.abs(heights).argmax(axis=1)
        height = heights[np.arange(len(curves)), best]
        fitted = curves - left + height[:, None] * self._fine[best]
        return fitted, np.maximum((left**2).sum(axis=1) - height**2, 0)

    def lines(self, curves: Floats) -> Floats:
        """Return the best sums of lines and the jumps so far, without a logistic, (m, n)."""
        return np.asarray(curves - _without(curves, self._lines))

    def jump_sizes(self, curve: Floats) -> Floats:
        """Return the heights of the jumps that the curves have already, fitted to one, (jumps,)."""
        heights = _without(curve[None], self._lines) @ self._fine.T
        design = np.vstack([self._columns, self._shapes[np.abs(heights[0]).argmax()]])
        fitted = np.linalg.lstsq(design.T, curve, rcond=None)[0]
        return np.asarray(fitted[: len(self._columns) - 3])

    def squares_with_jump(self, curves: Floats) -> Floats:
        """Return the least sums of squares with a jump at each of `places`, shape (m, places)."""
        left = _without(curves, self._lines)
        heights = left @ self._logistics.T
        explained = np.zeros((len(curves), len(self.places)))
        for start in range(0, len(self._logistics), self._at_once):
            vectors = self._vectors_of(start) if self._vectors is None else self._vectors
            gain = (left @ vectors.reshape(-1, self.n).T) ** 2
            gain = gain.reshape(len(curves), len(vectors), len(self.places))
            gain += (heights[:, start : start + len(vectors)] ** 2)[:, :, None]
            np.maximum(explained, gain.max(axis=1), out=explained)
        return np.asarray(np.maximum((left**2).sum(axis=1)[:, None] - explained, 0))

    def _vectors_of(self, start: int) -> Floats:
        """Return unit vectors of a jump at each place beside some of the logistics."""
        smooth = self._logistics[start : start + self._at_once]
        vectors = self._after - (smooth @ self._after.T)[:, :, None] * smooth[:, None, :]
        norms = np.linalg.norm(vectors, axis=2, keepdims=True)
        # A jump that a smooth curve follows closely is no evidence of a jump.
        unit: Floats = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 1e-2)
        return unit


def _basis(rows: Floats) -> Floats:
    """Return orthonormal columns that span some rows, shape (n, rank)."""
    vectors, sizes, _ = np.linalg.svd(rows.T, full_matrices=False)
    return np.asarray(vectors[:, sizes > 1e-9 * sizes[0]])


def _without(rows: Floats, basis: Floats) -> Floats:
    """Return rows less their projections on the columns of a basis."""
    return np.asarray(rows - rows @ basis @ basis.T)


def _logistics(x: Floats, centres: int, factor: float) -> Floats:
    """Return logistics over log step: widths from `STEEPEST` to the whole curve, all places.

    Args:
        x: Log steps, shape (n,).
        centres: Number of centres within one width.
        factor: From one width to the next.
    """
    width, rows = STEEPEST / (2 * math.log(9)), []
    while True:
        centre = np.arange(x[0] - width, x[-1] + width, width / centres)
        rows.append(1 / (1 + np.exp(-(x - centre[:, None]) / width)))
        if width >= x[-1] - x[0]:
            return np.concatenate(rows)
        width *= factor


smooth_curves = lru_cache(maxsize=16)(SmoothCurves)
"""`SmoothCurves`, kept: the tasks of a board share their steps."""


def jump_p_value(
    steps: tuple[float, ...],
    scores: Floats,
    jumps: tuple[int, ...] = (),
    *,
    seed: int,
    draws: int = 999,
) -> tuple[float, int]:
    """Test a curve for one more jump.

    Args:
        steps: n steps, ascending, at least `LEAST_POINTS`.
        scores: (n,) finite.
        jumps: Places of the jumps found already.
        seed: Seed of the simulation.
        draws: Most curves that are simulated; the smallest p-value is 1 / (draws + 1).

    Returns:
        The p-value, and the place of the jump.
    """
    smooth = smooth_curves(steps, jumps)
    if smooth.freedom < 3 or not len(smooth.places):
        return 1.0, 0
    centred = (scores - scores.mean())[None]
    fitted, squares = smooth.fit(centred)
    if squares[0] <= _NOTHING * (centred**2).sum() or not squares[0]:
        return 1.0, 0  # smooth to the last digit
    with_jump = smooth.squares_with_jump(centred)[0]
    place, observed = int(smooth.places[with_jump.argmin()]), with_jump.min() / squares[0]
    noise = math.sqrt(squares[0] / smooth.freedom)
    p_value = 0.0
    # A logistic that only follows noise leaves less room for jumps than lines do.
    for curve in (fitted, smooth.lines(centred)):
        above = drawn = 0
        rng = np.random.default_rng(seed)
        while drawn < draws and above < _STOP:
            block = min(_BLOCK, draws - drawn)
            simulated = curve + noise * rng.standard_normal((block, smooth.n))
            ratio = smooth.squares_with_jump(simulated).min(axis=1) / smooth.fit(simulated)[1]
            above += int((ratio <= observed * (1 + 1e-9)).sum())
            drawn += block
        p_value = max(p_value, (above + 1) / (drawn + 1))
        if above >= _STOP:
            break
    return p_value, place


def describe_jumps(
    steps: tuple[float, ...],
    scores: Floats,
    jumps: Sequence[tuple[int, float]],
    *,
    seed: int,
    confidence: float = CONFIDENCE,
) -> tuple[ChangePoint, ...]:
    """Return the jumps of a curve with their sizes and the intervals of their places.

    Args:
        steps: n steps, ascending.
        scores: (n,) finite.
        jumps: Place and p-value of each jump.
        seed: Seed of the simulation.
        confidence: Confidence of the intervals.
    """
    p_values = dict(jumps)
    places = tuple(sorted(p_values))
    sizes = smooth_curves(steps, places).jump_sizes(scores)
    found = []
    for place, size in zip(places, sizes.tolist(), strict=True):
        low, high = _interval(steps, scores, places, place, seed, confidence)
        found.append(
            ChangePoint(
                before=steps[place - 1],
                after=steps[place],
                low=steps[low - 1],
                high=steps[high],
                size=size,
                p_value=p_values[place],
            )
        )
    return tuple(found)


def _interval(
    steps: tuple[float, ...],
    scores: Floats,
    places: tuple[int, ...],
    place: int,
    seed: int,
    confidence: float,
) -> tuple[int, int]:
    """Return the first and the last place that one of the jumps may have."""
    centred = (scores - scores.mean())[None]
    whole = smooth_curves(steps, places)
    fitted, squares = whole.fit(centred)
    noise = math.sqrt(squares[0] / whole.freedom)
    rng = np.random.default_rng(seed)
    simulated = fitted + noise * rng.standard_normal((_PLACES, whole.n))
    others = smooth_curves(steps, tuple(other for other in places if other != place))
    with_jump = others.squares_with_jump(simulated)
    own = int(np.flatnonzero(others.places == place)[0])
    excess = with_jump[:, own] / np.maximum(with_jump.min(axis=1), 1e-300)
    limit = float(np.quantile(excess, confidence))
    observed = others.squares_with_jump(centred)[0]
    # A noiseless jump leaves no squares but rounding.
    rounding = _NOTHING * float((centred**2).sum())
    possible = others.places[observed <= limit * observed[own] + rounding]
    return int(possible.min()), int(possible.max())


def noise_of(steps: tuple[float, ...], scores: Floats, jumps: tuple[int, ...]) -> tuple[float, int]:
    """Return the standard deviation about the smooth curve with jumps, and its freedom."""
    smooth = smooth_curves(steps, tuple(sorted(jumps)))
    if smooth.freedom < 1:
        return math.nan, 0
    squares = smooth.fit((scores - scores.mean())[None])[1][0]
    return math.sqrt(squares / smooth.freedom), smooth.freedom
