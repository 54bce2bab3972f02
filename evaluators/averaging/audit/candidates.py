"""What an inference of a rule starts from: columns, rows, and the rules that have a name."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.audit.formula import formula_of
from evaluators.averaging.audit.recompute import FURTHER
from evaluators.averaging.board import Board
from evaluators.averaging.treatment import TREATMENTS
from evaluators.errors import TreatmentError


def enough(
    board: Board, usable: Sequence[int], published: NDArray[np.float64]
) -> tuple[list[int], list[int]]:
    """Return columns, and the rows that have all of them: all columns, or fewer for more rows."""
    have = ~np.isnan(published)
    gaps = np.isnan(board.values)
    main = [j for j in usable if board.columns[j].role == "main"]
    whole = [j for j in usable if not gaps[have, j].any()]
    choices = [list(usable), main, [j for j in main if j in whole], whole]
    sets = [
        (columns, [int(i) for i in np.flatnonzero(have & ~np.any(gaps[:, columns], axis=1))])
        for columns in choices
        if columns
    ]
    for columns, rows in sets:
        if len(rows) >= 2 * len(columns) or len(columns) < len(rows) >= 0.8 * have.sum():
            return columns, rows
    return max(sets, key=lambda s: (len(s[1]) > len(s[0]), len(s[1])))


def named_means(
    board: Board, columns: Sequence[int]
) -> dict[tuple[Fraction, ...], tuple[str, ...]]:
    """Return the arithmetic means of the named treatments as weights of these columns."""
    named: dict[tuple[Fraction, ...], tuple[str, ...]] = {}
    unit = max(board.columns[j].unit_max for j in columns)
    for treatment in (*TREATMENTS.values(), *FURTHER):
        try:
            formula = formula_of(board, treatment, 1.0)
        except TreatmentError:
            continue
        if treatment.mixed or not set(formula.cells) <= set(columns):
            continue
        # Back to weights of columns that are already in the common unit.
        weights = formula.column_weights(len(board.columns))
        parts = tuple(
            Fraction(float(weights[j]) * board.columns[j].unit_max / unit).limit_denominator(10_000)
            for j in columns
        )
        if treatment.missing not in ("available-only",):
            named[parts] = (*named.get(parts, ()), treatment.name)
    return named
