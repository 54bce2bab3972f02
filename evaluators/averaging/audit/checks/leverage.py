"""Find cells whose column alone moves a rank by many places."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.audit.additive import expected
from evaluators.averaging.audit.suspicion import Suspicion
from evaluators.averaging.board import Board
from evaluators.averaging.matrix import Matrix, treat
from evaluators.averaging.means import MEANS, power_means
from evaluators.averaging.ranking import TIE, ranks_of
from evaluators.averaging.treatment import Treatment

PLACES = 10
"""How many places count as many."""

FAR = 3.0
"""How many spreads from the fit of row and column are far."""


def far_out(moves: NDArray[np.float64]) -> float:
    """Return Tukey's outer fence of moves: the third quartile and three interquartile ranges."""
    known = moves[~np.isnan(moves)]
    if not known.size:
        return 0.0
    low, high = np.percentile(known, (25, 75))
    return float(high + 3 * (high - low))


def ranks_without(matrix: Matrix, p: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ranks with all columns, (n,), and without each one, (n, g); NaN unranked.

    The same rows are ranked both times, those that have a mean with all columns, so that places are
    comparable.
    """
    scores = matrix.scores(p)
    ranked = ~np.isnan(scores)
    n, g = matrix.values.shape
    before, after = np.full(n, np.nan), np.full((n, g), np.nan)
    before[ranked] = ranks_of(scores[ranked], tolerance=TIE * matrix.unit)
    values = matrix.values[ranked] + matrix.shift
    for j in range(g if g > 1 else 0):
        without = power_means(np.delete(values, j, axis=1), p)
        after[ranked, j] = ranks_of(without, tolerance=TIE * matrix.unit)
    return before, after


def leverage(
    board: Board,
    treatment: Treatment,
    means: Mapping[str, float] = MEANS,
    places: int = PLACES,
) -> list[Suspicion]:
    """Return entries without whose column a row moves by more than `places` places.

    Thousands of rows with nearly equal scores on few columns move by hundreds of places whichever
    column is left out. So the move must be far out among those of the board too; and where that
    takes more than `places`, the entry must also be far from what row and column lead one to
    expect.

    Under `per-task` an entry of the mean is a task's average over its metrics. The evidence states
    the value expected from row and column, since a column may also move a row because the model is
    good at it.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    matrix = treat(board, treatment, 1.0)
    fit = expected(matrix.values, matrix.unit)
    distance = fit.distance(matrix.values)
    ranks = {}
    moved: set[tuple[int, int]] = set()
    for name, p in means.items():
        matrix = treat(board, treatment, p)
        before, after = ranks[name] = ranks_without(matrix, p)
        move = np.abs(before[:, None] - after)
        usual = far_out(move)
        far = move > max(places, usual)  # False for NaN
        if usual > places:
            far &= distance > FAR
        moved |= {(int(i), int(g)) for i, g in np.argwhere(far)}
    suspicions = []
    for i, g in sorted(moved):
        entries = [
            (name, int(before[i]), int(after[i, g]))
            for name, (before, after) in ranks.items()
            if not np.isnan(before[i])
        ]
        changes = ", ".join(
            f"{name} {before_rank} (without it {after_rank})"
            for name, before_rank, after_rank in entries
        )
        spreads = distance[i, g]
        text = f"rank {changes}; about {fit.values[i, g]:.3g} expected ({spreads:.1f} spreads away)"
        largest = max(abs(before_rank - after_rank) for _, before_rank, after_rank in entries)
        suspicions.append(
            Suspicion(
                "moves a rank",
                i,
                board.models[i],
                matrix.columns[g],
                float(matrix.values[i, g]),
                text,
                # Entries that are also far from the fit of row and column come first.
                largest + (1000.0 if spreads > 4 else 0.0),
            )
        )
    return suspicions
