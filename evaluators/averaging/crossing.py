"""The exponents at which two models change places, and the exact set of p where one leads.

M_p(a) > M_p(b) says, for p > 0, that Σ a^p / g − Σ b^p / g > 0, and for p < 0 the reverse: sums of
exponentials exp(p·ln a), whose zeros are all found (`zeros`). p = 0 is a zero of every such sum and
no crossing unless the geometric means are equal.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.exponent_sets import ExponentSet
from evaluators.averaging.exponential import collect
from evaluators.averaging.pair import Crossing, compared, joined
from evaluators.averaging.pieces import Piece, pieces
from evaluators.averaging.treatment import Treatment
from evaluators.averaging.zeros import find_zeros

_TABLE = 1 << 25  # numbers that the steps of one batch of pairs may hold


def crossings(
    board: Board, treatment: Treatment, row: int, rivals: Sequence[int] | None = None
) -> tuple[Crossing, ...]:
    """Compare one model with others over all exponents, exactly.

    Args:
        board: Models × task metrics.
        treatment: How cells become what is averaged.
        row: Position of the model.
        rivals: Positions of the others; default: every other row.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    others = [j for j in range(len(board.models)) if j != row] if rivals is None else [*rivals]
    known = pieces(board, treatment)
    return tuple(c for c, *_ in _compared(known, ((row, j) for j in others), len(others)))


def every_crossing(board: Board, treatment: Treatment) -> Iterator[tuple[Crossing, int, int]]:
    """Yield each pair of models that can be ranked, how many are done, and how many there are.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    known = pieces(board, treatment)
    ranked = np.any([piece.matrix.complete for piece in known], axis=0)
    rows = np.flatnonzero(ranked).tolist()
    total = len(rows) * (len(rows) - 1) // 2
    return _compared(known, itertools.combinations(rows, 2), total)


def _compared(
    known: tuple[Piece, ...], pairs: Iterable[tuple[int, int]], total: int
) -> Iterator[tuple[Crossing, int, int]]:
    defined = [piece.defined() for piece in known]
    terms = 2 * max(len(piece.matrix.columns) for piece in known)
    size = min(max(_TABLE // terms**2, 16), 4096)
    pairs, done = iter(pairs), 0
    while batch := list(itertools.islice(pairs, size)):
        parts = [
            _on_piece(piece, where, batch) for piece, where in zip(known, defined, strict=True)
        ]
        for one, *more in zip(*parts, strict=True):
            done += 1
            merged = one if not more else joined([one, *more])
            yield merged, done, total


def _on_piece(
    piece: Piece, defined: tuple[ExponentSet, ...], pairs: list[tuple[int, int]]
) -> list[Crossing]:
    values = piece.values
    a, b = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    sums = collect(
        *(
            np.concatenate([one, other], axis=1)
            for one, other in zip(_terms(values[a], 1.0), _terms(values[b], -1.0), strict=True)
        )
    )
    zeros = find_zeros(sums)
    return [
        compared(
            pairs[k],
            zeros.crossed[k][~np.isnan(zeros.crossed[k])].tolist(),
            zeros.touched[k][~np.isnan(zeros.touched[k])].tolist(),
            int(sums.most[k]),
            float(zeros.start[k]),
            (defined[a[k]], defined[b[k]]),
            values[[a[k], b[k]]],
        )
        for k in range(len(pairs))
    ]


def _terms(
    values: NDArray[np.float64], sign: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ln x and ± 1/g for each positive value; a zero is in g and has no term."""
    positive = values > 0  # NaN is not
    count = (~np.isnan(values)).sum(axis=1, keepdims=True)
    rates = np.log(np.where(positive, values, 1.0))
    return rates, np.where(positive, sign / np.maximum(count, 1), 0.0)


__all__ = ["Crossing", "crossings", "every_crossing"]
