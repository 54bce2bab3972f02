"""Compute scores and ranks of every model as functions of the exponent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.pieces import pieces
from evaluators.averaging.ranking import TIE, ranks_of
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError

LOW, HIGH, STEP = -20.0, 20.0, 0.1
"""The default range and step of exponents."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A board ranked under P exponents.

    Attributes:
        board: Its name.
        title: Its title.
        snapshot: Its snapshot.
        treatment: Treatment of the cells.
        models: n names, in board order.
        p: (P,) exponents.
        scores: (P, n), NaN where a row has no mean.
        ranks: (P, n), 1 is best, ties share the smallest; NaN where a row has no mean.
        notes: Notes that every output must show.
    """

    board: str
    title: str
    snapshot: str
    treatment: Treatment
    models: tuple[str, ...]
    p: NDArray[np.float64]
    scores: NDArray[np.float64]
    ranks: NDArray[np.float64]
    notes: tuple[str, ...] = ()


def grid(
    low: float = LOW, high: float = HIGH, step: float = STEP, *, ends: bool = False
) -> NDArray[np.float64]:
    """Return exponents from `low` to `high`, `step` apart, and −inf and inf if `ends`.

    Each is the float nearest to its decimal, so that 0 and 1 are among them.

    Raises:
        TreatmentError: If the ends are not finite or in the wrong order, or step is not positive.
    """
    if not (np.isfinite([low, high, step]).all() and low <= high and step > 0):
        raise TreatmentError(
            f"exponents need finite low <= high and step > 0, got {low:g} to {high:g} in steps of"
            f" {step:g}"
        )
    inner = np.round(low + step * np.arange(int((high - low) / step + 1e-9) + 1), 12) + 0.0
    return np.concatenate([[-np.inf], inner, [np.inf]]) if ends else inner


def curve(
    board: Board, treatment: Treatment, p: ArrayLike | Sequence[float] | None = None
) -> Curve:
    """Rank a board under many exponents, each as `rank` does.

    Args:
        board: n models × task metrics.
        treatment: How cells become the averaged entries.
        p: P exponents in any order, ±inf too; default: `grid()`.

    Raises:
        TreatmentError: If the board cannot be ranked like that, or an exponent is NaN.
    """
    exponents = np.atleast_1d(np.asarray(grid() if p is None else p, dtype=np.float64))
    known = pieces(board, treatment)
    scores = np.full((len(exponents), len(board.models)), np.nan)
    ranks = np.full_like(scores, np.nan)
    for k, exponent in enumerate(exponents.tolist()):
        matrix = known[-1 if exponent > 0 else 0].matrix
        scores[k] = matrix.scores(exponent)
        ranks[k] = ranks_of(scores[k], tolerance=TIE * matrix.unit)
    return Curve(
        board=board.name,
        title=board.title or board.name,
        snapshot=board.snapshot,
        treatment=treatment,
        models=board.models,
        p=exponents,
        scores=scores,
        ranks=ranks,
        notes=tuple(dict.fromkeys(note for piece in known for note in piece.matrix.notes)),
    )
