"""Find exactly where two rows change places as the exponent of the mean changes.

M_p(a) > M_p(b) says, for p > 0, that Σ a^p / g − Σ b^p / g > 0, and for p < 0 the reverse: sums of
exponentials exp(p·ln a), whose zeros are all found (`exponential.find_zeros`). p = 0 is a zero of
every such sum and no crossing unless the geometric means are equal.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.exponent_sets import ExponentRange, ExponentSet
from evaluators.averaging.exponential import collect, find_zeros
from evaluators.averaging.means import power_means
from evaluators.averaging.pieces import Piece, pieces
from evaluators.averaging.treatment import Treatment

_EQUAL = 1e-13


@dataclass(frozen=True)
class Crossing:
    """One model against another over all exponents.

    Attributes:
        row: Position of the first model on the board.
        rival: Position of the second model.
        exponents: Exponents at which they change places, ascending.
        touches: Exponents at which they tie without changing places.
        most: Bound on the number of changes by the rule of signs; the true number differs by a
            multiple of two, so that 0 and 1 are exact without any search.
        above: Exponents under which `row` has the higher mean.
        below: Exponents under which `rival` has.
        both: Exponents under which both have a mean; ties are neither in `above` nor in `below`.
    """

    row: int
    rival: int
    exponents: tuple[float, ...]
    touches: tuple[float, ...]
    most: int
    above: ExponentSet
    below: ExponentSet
    both: ExponentSet


def joined(parts: Sequence[Crossing]) -> Crossing:
    """Join the comparisons of a pair on separate pieces of the line."""

    def union(sets: list[ExponentSet]) -> ExponentSet:
        return ExponentSet.union(sets)

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


def compared(
    pair: tuple[int, int],
    crossed: list[float],
    touched: list[float],
    most: int,
    start: float,
    defined: tuple[ExponentSet, ExponentSet],
    values: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
) -> Crossing:
    """Return the comparison of a pair, from the zeros of the difference of their sums.

    Args:
        pair: Positions of the two.
        crossed: Exponents at which the difference changes sign.
        touched: Exponents at which it is zero and keeps its sign.
        most: The bound on the number of sign changes.
        start: The sign of the difference towards −inf.
        defined: Exponents under which each of the two has a mean.
        values: (2, g) their numbers.
        weights: (g,) weights of the columns; None where all weigh the same.
    """
    both = defined[0] & defined[1]
    if (values < 0).any():
        return _at_one(pair, both, values, weights)
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


def _inside(p: float, part: ExponentRange) -> bool:
    return part.low < p < part.high or p in part


def _signs(
    crossed: list[float], touched: list[float], start: float
) -> tuple[ExponentSet, ExponentSet]:
    """Return the exponents with a positive difference, and those with a negative one."""
    if start == 0:
        return ExponentSet(), ExponentSet()
    ends = [-math.inf, *crossed, math.inf]
    spans = [ExponentSet.of(ExponentRange(low, high)) for low, high in itertools.pairwise(ends)]
    ties = ExponentSet.points(*touched)
    odd, even = ExponentSet.union(spans[1::2]) - ties, ExponentSet.union(spans[::2]) - ties
    return (even, odd) if start > 0 else (odd, even)


def _at_one(
    pair: tuple[int, int],
    both: ExponentSet,
    values: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
) -> Crossing:
    """Compare two rows of which one has a negative number, and so a mean for p = 1 only."""
    nothing, (a, b) = ExponentSet(), power_means(values, 1.0, weights) if both else (0.0, 0.0)
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


_TABLE = 1 << 25  # numbers that the steps of one batch of pairs may hold


def crossings(
    board: Board, treatment: Treatment, row: int, rivals: Sequence[int] | None = None
) -> tuple[Crossing, ...]:
    """Compare one model with others over all exponents, exactly.

    Args:
        board: Models × task metrics.
        treatment: How cells become the averaged entries.
        row: Position of the model.
        rivals: Positions of the others; default: every other row.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    others = [j for j in range(len(board.models)) if j != row] if rivals is None else [*rivals]
    known = pieces(board, treatment)
    return tuple(c for c, *_ in _compared(known, ((row, j) for j in others), len(others)))


def every_crossing(board: Board, treatment: Treatment) -> Iterator[tuple[Crossing, int, int]]:
    """Yield each pair of models that can be ranked, with progress as done and total.

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
            _on_piece(piece, exponents, batch)
            for piece, exponents in zip(known, defined, strict=True)
        ]
        for first, *more in zip(*parts, strict=True):
            done += 1
            merged = first if not more else joined([first, *more])
            yield merged, done, total


def _on_piece(
    piece: Piece, defined: tuple[ExponentSet, ...], pairs: list[tuple[int, int]]
) -> list[Crossing]:
    values, weights = piece.values, piece.matrix.weights
    a, b = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    sums = collect(
        *(
            np.concatenate([first, second], axis=1)
            for first, second in zip(
                _terms(values[a], 1.0, weights), _terms(values[b], -1.0, weights), strict=True
            )
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
            weights,
        )
        for k in range(len(pairs))
    ]


def _terms(
    values: NDArray[np.float64], sign: float, weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ln x and ± 1/g for each positive value; a zero counts in g but has no term.

    With weights the second is ± the share of a value's weight in those of its row.
    """
    positive = values > 0  # NaN is not
    rates = np.log(np.where(positive, values, 1.0))
    present = ~np.isnan(values)
    if weights is None:
        count = present.sum(axis=1, keepdims=True)
        return rates, np.where(positive, sign / np.maximum(count, 1), 0.0)
    entering = np.where(present, weights, 0.0)
    total = entering.sum(axis=1, keepdims=True)
    return rates, np.where(positive, sign * entering / np.where(total > 0, total, 1.0), 0.0)


__all__ = ["Crossing", "crossings", "every_crossing"]
