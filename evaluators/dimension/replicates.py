"""The seeds that an experiment is repeated with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.errors import DimensionError


def distinct_seeds(seeds: Sequence[int]) -> None:
    """Let pass one seed or more, all different: a repeated one would count as evidence twice.

    Raises:
        DimensionError: There is none, one repeats, or one is no whole number of 0 or more.
    """
    if not seeds or len(set(seeds)) != len(seeds):
        raise DimensionError("seeds are needed, one or more, all different")
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise DimensionError(f"the seed {seed!r} must be a whole number of 0 or more")
