"""MTEB's Borda count: in each column a point for every model that one is not below, ties half.

As mteb 2.26 does (`_borda_rank_from_long`): a model gets, in each column it has a score in, the
number n of models minus its place among the scores there; nothing in the columns it lacks. So
being evaluated at all earns points: in a column that few models have, even the last one gets
n − its place, which is more than the last one of a full column gets. A score over only some of a
task's splits counts here, though not in MTEB's means. n counts the models that have at least one
whole score. Scores tie only if equal to the last bit, so rounding decides some half points, as it
does there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.rules._cells import mean_places

NO_WEIGHTS = "MTEB has none; borda has them"
GAPS = True
EXACT = True
ORDER = True
NOTE = (
    "as MTEB: no points in a column that a model lacks; scores over only some of a task's splits"
    " count; ties only where scores are equal to the last bit"
)
TREATMENT = "per-task+any-available+as-printed"


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) sums of points over (n, g)."""
    return score_printed(values, np.zeros(values.shape, dtype=np.bool_))


def score_printed(values: NDArray[np.float64], printed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return (n,) sums of points over (n, g); `printed` marks scores that are not whole."""
    present = ~np.isnan(values)
    entrants = int((present & ~printed).any(axis=1).sum())
    return np.asarray(np.where(present, entrants - mean_places(values), 0.0).sum(axis=1))
