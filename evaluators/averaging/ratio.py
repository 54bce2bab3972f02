"""Means of ratios to a reference model (Fleming and Wallace 1986).

Each score is divided by the reference's in the same column before the mean is taken. The geometric
ranking is the same whatever the reference, because the mean of the ratios is the ratio of the
means; under any other exponent the reference decides how much each column weighs.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.matrix import Matrix, treat
from evaluators.averaging.means import mean_name, power_means
from evaluators.averaging.ranking import TIE, Ranking, left_out, ranking_of
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError


def ratio_means(
    values: NDArray[np.float64],
    reference: NDArray[np.float64],
    p: float,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the (weighted) power mean of each row's ratios to the reference, (n,).

    Args:
        values: (n, g); NaN does not enter.
        reference: (g,), all above 0.
        p: The exponent.
        weights: (g,), above 0; None where all weigh the same.
    """
    return power_means(values / reference, p, weights)


def rank_by_ratio(board: Board, treatment: Treatment, reference: int, p: float = 1.0) -> Ranking:
    """Rank a board by the power mean of the ratios to one of its rows, which scores 1.

    Args:
        board: Models × task metrics.
        treatment: How cells become the entries that are divided.
        reference: Position of the row that every other is divided by.
        p: Exponent of the mean.

    Raises:
        TreatmentError: If the board cannot be ranked like that, or the reference lacks a column or
            has a score that nothing can be divided by.
    """
    if treatment.mixed:
        raise TreatmentError(
            f"treatment {treatment.name} skips columns for some rows only, so that ratios would be"
            " of different columns; choose one that is the same for every row, like per-task"
        )
    mean = f"{'weighted ' if treatment.weights else ''}{mean_name(p)}"
    matrix = treat(board, treatment, p)
    values = matrix.values + matrix.shift
    divisor = values[reference]
    _check(board, matrix, reference, divisor)
    scores = np.where(matrix.complete, ratio_means(values, divisor, p, matrix.weights), np.nan)
    return ranking_of(
        board,
        treatment,
        matrix,
        scores,
        TIE,
        p=p,
        rule=f"{mean} of ratios to {board.models[reference]}",
        notes=(f"1 is as good as {board.models[reference]}",),
    )


def _check(board: Board, matrix: Matrix, reference: int, divisor: NDArray[np.float64]) -> None:
    name = board.models[reference]
    if not matrix.complete[reference]:
        reason = left_out(board, matrix, reference, 1.0)
        raise TreatmentError(f"{name} cannot be the reference: {reason}")
    for column, x in zip(matrix.columns, divisor.tolist(), strict=True):
        if math.isnan(x):
            raise TreatmentError(f"{name} cannot be the reference: no value for {column}")
        if x <= 0:
            raise TreatmentError(
                f"{name} cannot be the reference: {column} = {x - matrix.shift:g}, and ratios need"
                " values above 0; choose another reference or a treatment with floor"
            )
