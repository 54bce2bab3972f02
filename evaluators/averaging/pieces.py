"""The exponents over which a treatment makes one matrix, and those where a row has a mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.exponent_sets import EVERYWHERE, ExponentRange, ExponentSet
from evaluators.averaging.matrix import Matrix, treat
from evaluators.averaging.treatment import Treatment

POSITIVE = ExponentSet((ExponentRange(0, math.inf),))
"""p > 0, where a row with a zero still has a power mean."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A matrix and the exponents for which it is valid.

    Attributes:
        exponents: All p, or, under a mixed treatment, p ≤ 0 or p > 0.
        matrix: The entries of the mean under these exponents.
    """

    exponents: ExponentSet
    matrix: Matrix

    @property
    def values(self) -> NDArray[np.float64]:
        """(n, g) values whose power mean orders the rows; NaN does not enter."""
        return self.matrix.values + self.matrix.shift

    def defined(self) -> tuple[ExponentSet, ...]:
        """Return for each row the exponents of this piece under which it has a mean.

        That is all of them for a row of positive numbers, p > 0 for one with a zero, and p = 1
        alone, where the mean is a plain sum, for one with a negative number.
        """
        values = self.values
        low = np.min(values, axis=1, where=~np.isnan(values), initial=np.inf)
        everywhere, positive, only_one = (
            self.exponents & allowed for allowed in (EVERYWHERE, POSITIVE, ExponentSet.points(1))
        )
        return tuple(
            ExponentSet()
            if not ranked
            else everywhere
            if x > 0
            else positive
            if x == 0
            else only_one
            for ranked, x in zip(self.matrix.complete, low, strict=True)
        )


def pieces(board: Board, treatment: Treatment) -> tuple[Piece, ...]:
    """Return the one or two pieces of (−inf, inf) that a treatment makes of a board.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    if not treatment.mixed:
        return (Piece(EVERYWHERE, treat(board, treatment)),)
    return (
        Piece(EVERYWHERE - POSITIVE, treat(board, treatment, 0)),
        Piece(POSITIVE, treat(board, treatment, 1)),
    )
