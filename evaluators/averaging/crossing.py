"""The exponents at which two models change places, and the exact set of p where one leads.

M_p(a) > M_p(b) says, for p > 0, that Σ a^p / g − Σ b^p / g > 0, and for p < 0 the reverse: sums of
exponentials exp(p·ln a), whose zeros are all found (`zeros`). p = 0 is a zero of every such sum and
no crossing unless the geometric means are equal.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.exponential import collect
from evaluators.averaging.intervals import Interval, Intervals
from evaluators.averaging.pieces import Piece, pieces
from evaluators.averaging.treatment import Treatment
from evaluators.averaging.zeros import find_zeros

_BATCH = 512
_EQUAL = 1e-13


@dataclass(frozen=True)
class Crossing:
    """One model against another over all exponents.

    Attributes:
        row: Position of the one on the board.
        rival: Position of the other.
        exponents: Where their order turns, ascending.
        touches: Where they tie without changing places.
        most: How many turns the rule of signs allows; there are that many or fewer by a multiple
            of two, so that 0 and 1 are exact without any search.
        above: Where `row` has the higher mean.
        below: Where `rival` has.
        both: Where both have a mean; neither `above` nor `below` where they tie.
    """

    row: int
    rival: int
    exponents: tuple[float, ...]
    touches: tuple[float, ...]
    most: int
    above: Intervals
    below: Intervals
    both: Intervals


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
    return tuple(c for c, *_ in _compared(known, [(row, j) for j in others]))


def every_crossing(board: Board, treatment: Treatment) -> Iterator[tuple[Crossing, int, int]]:
    """Yield each pair of models that can be ranked, how many are done, and how many there are.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    known = pieces(board, treatment)
    ranked = np.any([piece.matrix.complete for piece in known], axis=0)
    rows = np.flatnonzero(ranked).tolist()
    return _compared(known, [(i, j) for k, i in enumerate(rows) for j in rows[k + 1 :]])


def _compared(
    known: tuple[Piece, ...], pairs: list[tuple[int, int]]
) -> Iterator[tuple[Crossing, int, int]]:
    defined = [piece.defined() for piece in known]
    for begin in range(0, len(pairs), _BATCH):
        batch = pairs[begin : begin + _BATCH]
        parts = [
            _on_piece(piece, where, batch) for piece, where in zip(known, defined, strict=True)
        ]
        for k, (one, *more) in enumerate(zip(*parts, strict=True)):
            merged = one if not more else _joined([one, *more])
            yield merged, begin + k + 1, len(pairs)


def _joined(parts: list[Crossing]) -> Crossing:
    def union(sets: list[Intervals]) -> Intervals:
        return Intervals.union(sets)

    return Crossing(
        row=parts[0].row,
        rival=parts[0].rival,
        exponents=tuple(sorted(p for part in parts for p in part.exponents)),
        touches=tuple(sorted(p for part in parts for p in part.touches)),
        most=sum(part.most for part in parts),
        above=union([part.above for part in parts]),
        below=union([part.below for part in parts]),
        both=union([part.both for part in parts]),
    )


def _on_piece(
    piece: Piece, defined: tuple[Intervals, ...], pairs: list[tuple[int, int]]
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
        _crossing(
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


def _crossing(
    pair: tuple[int, int],
    crossed: list[float],
    touched: list[float],
    most: int,
    start: float,
    defined: tuple[Intervals, Intervals],
    values: NDArray[np.float64],
) -> Crossing:
    both = defined[0] & defined[1]
    if (values < 0).any():
        return _at_one(pair, both, values)
    above, below = _signs(crossed, touched, start)
    inner = [part for part in both if part.low < part.high]
    return Crossing(
        row=pair[0],
        rival=pair[1],
        exponents=tuple(p for p in crossed if any(_inside(p, part) for part in inner)),
        touches=tuple(p for p in touched if any(_inside(p, part) for part in inner)),
        most=most if inner else 0,
        above=above & both,
        below=below & both,
        both=both,
    )


def _inside(p: float, part: Interval) -> bool:
    return part.low < p < part.high or p in part


def _signs(crossed: list[float], touched: list[float], start: float) -> tuple[Intervals, Intervals]:
    """Return where the difference is above and where it is below zero."""
    if start == 0:
        return Intervals(), Intervals()
    ends = [-math.inf, *crossed, math.inf]
    spans = [Intervals.of(Interval(low, high)) for low, high in itertools.pairwise(ends)]
    ties = Intervals.points(*touched)
    odd, even = Intervals.union(spans[1::2]) - ties, Intervals.union(spans[::2]) - ties
    return (even, odd) if start > 0 else (odd, even)


def _at_one(pair: tuple[int, int], both: Intervals, values: NDArray[np.float64]) -> Crossing:
    """Compare two rows one of which has a negative number, and so a mean for p = 1 alone."""
    nothing, (a, b) = Intervals(), np.nanmean(values, axis=1) if both else (0.0, 0.0)
    same = abs(a - b) <= _EQUAL * np.nanmax(np.abs(values))
    return Crossing(
        row=pair[0],
        rival=pair[1],
        exponents=(),
        touches=(),
        most=0,
        above=both if a > b and not same else nothing,
        below=both if a < b and not same else nothing,
        both=both,
    )
