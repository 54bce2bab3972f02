"""Validate the numbers passed to experiments on dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.errors import DimensionError, ScoreError

Floats = NDArray[np.float64]


def finite_array(name: str, values: ArrayLike, length: int | None) -> Floats:
    """Validate that values are finite, and return them as float64.

    Args:
        name: Name of the values, for the message.
        values: Numbers.
        length: The required length of the list; None accepts any shape.

    Raises:
        ScoreError: The values have another length, or are not finite numbers.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ScoreError(f"{name} must be numbers: {error}") from error
    if length is not None and array.shape != (length,):
        raise ScoreError(f"{name} must have the shape ({length},), got the shape {array.shape}")
    if not np.isfinite(array).all():
        raise ScoreError(f"{name} hold NaN or infinity: leave out what was not measured")
    return array


def rising(name: str, values: ArrayLike) -> Floats:
    """Validate that a grid rises strictly, and return it as float64.

    Raises:
        ScoreError: It is empty, or does not rise.
    """
    grid = finite_array(name, values, None)
    if grid.ndim != 1 or len(grid) == 0:
        raise ScoreError(f"{name} must be a list of at least one number")
    if np.any(np.diff(grid) <= 0):
        raise ScoreError(f"{name} must rise strictly: sort them and merge equal ones")
    return grid


def validate_confidence(confidence: float) -> float:
    """Validate and return the coverage of an interval.

    Raises:
        ScoreError: It is not in (0, 1).
    """
    if not 0 < confidence < 1:
        raise ScoreError(f"confidence must be in (0, 1), got {confidence}")
    return confidence


def at_least(name: str, value: int, least: int) -> int:
    """Validate and return a whole number of `least` or more.

    Raises:
        ScoreError: It is not a whole number, or is less.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ScoreError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


def validate_seeds(seeds: Sequence[int]) -> None:
    """Validate that seeds differ, as a repeated one would count as evidence twice.

    Raises:
        DimensionError: There is none, a duplicate, or one that is not a whole number of 0 or more.
    """
    if not seeds or len(set(seeds)) != len(seeds):
        raise DimensionError(f"seeds must be one or more, all different, got {list(seeds)}")
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise DimensionError(f"a seed must be a whole number of at least 0, got {seed!r}")
