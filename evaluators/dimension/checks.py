"""What numbers of this package must be, said in one sentence where they are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.errors import ScoreError

Floats = NDArray[np.float64]


def finite_array(name: str, values: ArrayLike, length: int | None) -> Floats:
    """Return `values` as float64.

    Args:
        name: What they are called, for the message.
        values: Numbers.
        length: Their number where they must be a list of so many; None takes any shape.

    Raises:
        ScoreError: They are of another length, not numbers, NaN or infinite.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ScoreError(f"{name} must be numbers: {error}") from error
    if length is not None and array.shape != (length,):
        raise ScoreError(f"{name} have the shape {array.shape}, not ({length},)")
    if not np.isfinite(array).all():
        raise ScoreError(f"{name} hold NaN or infinity: leave out what was not measured")
    return array


def rising(name: str, values: ArrayLike) -> Floats:
    """Return a grid of one point or more, strictly rising, as float64.

    Raises:
        ScoreError: It is empty, or does not rise.
    """
    grid = finite_array(name, values, None)
    if grid.ndim != 1 or len(grid) == 0:
        raise ScoreError(f"{name} must be a list of one number or more")
    if np.any(np.diff(grid) <= 0):
        raise ScoreError(f"{name} must rise strictly: sort them and merge equal ones")
    return grid


def confidence_checked(confidence: float) -> float:
    """Return the coverage of an interval if it lies inside (0, 1).

    Raises:
        ScoreError: It does not.
    """
    if not 0 < confidence < 1:
        raise ScoreError(f"confidence is {confidence}: it lies between 0 and 1")
    return confidence


def at_least(name: str, value: int, least: int) -> int:
    """Return a whole number that is large enough.

    Raises:
        ScoreError: It is not whole, or below `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ScoreError(f"{name} is {value!r}: it must be a whole number of {least} or more")
    return int(value)
