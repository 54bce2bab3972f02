"""Resamples drawn with replacement, as how often each unit was drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import TreatmentError


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """Return the generator of a seed, or the generator itself."""
    return seed if isinstance(seed, np.random.Generator) else np.random.default_rng(seed)


def resample_counts(rng: np.random.Generator, units: int, resamples: int) -> NDArray[np.int64]:
    """Return (resamples, units): how often each unit was drawn.

    Row r counts row r of `rng.integers(0, units, (resamples, units))`, so that a plain loop over
    the drawn positions sees the very same resamples.

    Raises:
        TreatmentError: If there is nothing to draw from, or no resample is asked for.
    """
    if units < 1 or resamples < 1:
        raise TreatmentError(f"cannot draw {resamples} resamples of {units} units: at least 1")
    drawn = rng.integers(0, units, (resamples, units))
    drawn += np.arange(resamples)[:, None] * units
    return np.bincount(drawn.ravel(), minlength=resamples * units).reshape(resamples, units)
