"""Bradley-Terry: strengths, in log-odds, under which the duels in the columns are most likely.

Each column is a duel of each two models, a tie half a win for both (Zermelo 1929, Bradley and Terry
1952). A model that is above another in every column would get infinite strength, so that each pair
is given one more column in which it ties; strengths are then finite, unique and sum to zero. Every
pair has met equally often, hence the order is that of `borda`, and only the distances are new.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.rules._cells import mean_places
from evaluators.errors import TreatmentError

NO_WEIGHTS = "it adds one column of ties to the board's; borda has the same order"
GAPS = False
ORDER = True

LARGEST = 2000
"""Maximum number of models: each step solves a linear system of that size."""


def score(values: NDArray[np.float64], *, drawn: float = 1.0) -> NDArray[np.float64]:
    """Return (n,) strengths of (n, g).

    Args:
        values: Scores, without gaps.
        drawn: Number of added columns in which every pair ties; with 0 the strengths may not exist.

    Raises:
        TreatmentError: If there are more than `LARGEST` models, or no finite strengths exist.
    """
    n, g = values.shape
    if n > LARGEST:
        raise TreatmentError(
            f"the rule bradley-terry takes at most {LARGEST} models, got {n}: use borda, which"
            " gives the same order"
        )
    # The strengths depend only on the numbers of wins: models with equal wins are equally strong.
    wins = (n - mean_places(values)).sum(axis=1) + drawn * (n - 1) / 2
    won, group, count = np.unique(wins, return_inverse=True, return_counts=True)
    weakest = np.cumsum(np.sort(wins))[:-1]
    k = np.arange(1, n)
    if (weakest <= (g + drawn) * k * (k - 1) / 2 + 1e-9).any():
        raise TreatmentError("no finite strengths exist: some models lose to the rest everywhere")
    strengths = _fit(won / (g + drawn), count.astype(np.float64))
    return np.asarray((strengths - strengths @ count / n)[group])


def _fit(won: NDArray[np.float64], count: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve Σ_j count_j·σ(s_i − s_j) − 1/2 = won_i for strengths s, (u,)."""
    n = count.sum()
    share = np.clip(won / max(n - 1, 1), 1e-12, 1 - 1e-12)
    s = np.log(share / (1 - share))
    if len(s) == 1:
        return np.zeros(1)

    def gap(s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        chance = 0.5 * (1 + np.tanh((s[:, None] - s) / 2))
        return won - (chance @ count - 0.5), chance

    missing, chance = gap(s)
    for _ in range(100):
        slope = chance * (1 - chance)
        hessian = np.diag(slope @ count) - slope * count
        hessian += count / n  # pins the mean, which no duel does
        step = np.linalg.solve(hessian, missing)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        s = s + step
        missing, chance = gap(s)
        if np.abs(step).max() < 1e-12:
            break
    return np.asarray(s)
