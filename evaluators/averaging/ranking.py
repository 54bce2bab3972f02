"""Rank the models of a board under a power mean, with reasons for unranked rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.matrix import LEAST_COVERAGE, SOME_GAPS, Matrix, treat
from evaluators.averaging.means import mean_name
from evaluators.averaging.treatment import Treatment

_SHOWN = 4
_UNDEFINED, _SUSPECT, _EMPTY = "no mean for ", " is suspect (", "no value for "
"""What a reason says where a mean is undefined, a cell suspect, or a cell empty."""


def left_out(board: Board, matrix: Matrix, i: int, p: float) -> str:
    """Return why row i has no rank: missing cells, or cells that leave its mean undefined."""
    if not matrix.complete[i]:
        absent = [j for j, gone in zip(matrix.cells, matrix.absent[i], strict=True) if gone]
        empty = [j for j in absent if (i, j) not in board.suspect]
        missing = [board.columns[j].name for j in empty if math.isnan(board.values[i, j])]
        turned = [
            f"{board.columns[j].name} = {board.values[i, j]:g} has no inverse"
            for j in empty
            if not math.isnan(board.values[i, j])
        ]
        suspect = [
            f"{board.columns[j].name} is suspect ({board.suspect[i, j]})"
            for j in absent
            if (i, j) in board.suspect
        ]
        reasons = ([f"no value for {_listed(missing)}"] if missing else []) + turned + suspect
        if SOME_GAPS in matrix.notes:
            reasons.insert(0, f"fewer than {LEAST_COVERAGE:.0%} of the columns")
        return "; ".join(reasons)
    needed = "above 0" if p <= 0 else "of at least 0"
    culprits = [
        f"{matrix.columns[g]} = {matrix.values[i, g]:g}"
        for g in np.flatnonzero(matrix.undefined(p)[i])
    ]
    return f"no mean for p = {p:g}, which needs values {needed}: {_listed(culprits)}"


def is_undefined(reason: str | None) -> bool:
    """Return whether a row has no rank since a score leaves its mean undefined."""
    return reason is not None and reason.startswith(_UNDEFINED)


def is_suspect(reason: str | None) -> bool:
    """Return whether a row has no rank for suspect cells alone."""
    return reason is not None and _SUSPECT in reason and _EMPTY not in reason


def flags(matrix: Matrix, i: int) -> tuple[str, ...]:
    """Return notes on the special treatment of row i."""
    messages = []
    entered = int((~np.isnan(matrix.values[i])).sum())
    if matrix.skipped[i].any():
        messages.append(f"skipped: {_listed(_names(matrix, matrix.skipped[i]))}")
    if entered + int(matrix.skipped[i].sum()) < len(matrix.columns):
        messages.append(f"mean of {entered} of {len(matrix.columns)} columns")
    elif matrix.absent[i].any() and not matrix.skipped[i].any():
        messages.append("a metric of a task is missing")
    if matrix.floored[i].any():
        messages.append(f"raised to the floor: {_listed(_names(matrix, matrix.floored[i]))}")
    return tuple(messages)


def _names(matrix: Matrix, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[str]:
    return [name for name, hit in zip(matrix.columns, mask, strict=True) if hit]


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


TIE = 1e-9
"""Scores closer than this share of the unit are tied: rounding must not decide a rank."""


@dataclass(frozen=True)
class RankRow:
    """One model of a ranking.

    Attributes:
        position: Its row on the board.
        model: Its name.
        submitted_by: Its submitter.
        is_human: Whether it is a human baseline.
        score: Its mean in the board's unit, None where it has none.
        rank: 1 is best, ties share the smallest; None where it is not ranked.
        left_out: Reason why it is not ranked, None where it is.
        flags: Notes on the special treatment of this row.
    """

    position: int
    model: str
    submitted_by: str
    is_human: bool
    score: float | None
    rank: int | None
    left_out: str | None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ranking:
    """A board ranked under one treatment and one exponent, or by a rule that has none.

    Attributes:
        board: Its name.
        title: Its title.
        snapshot: Its snapshot.
        treatment: Treatment of the cells.
        p: The exponent; NaN under a rule that has none, where `exponent` is None.
        columns: The entries of the mean.
        rows: All rows: by rank, then those left out, each in board order.
        notes: Notes that every output must show.
        rule: Name of the rule of the scores, where it is not the plain power mean.
    """

    board: str
    title: str
    snapshot: str
    treatment: Treatment
    p: float
    columns: tuple[str, ...]
    rows: tuple[RankRow, ...]
    notes: tuple[str, ...] = ()
    rule: str = ""

    @property
    def mean(self) -> str:
        """`arithmetic`, `geometric`, `harmonic`, `p=…`, or the rule."""
        return self.rule or mean_name(self.p)

    @property
    def exponent(self) -> float | None:
        """The exponent, None under a rule that has none."""
        return None if math.isnan(self.p) else self.p

    @property
    def ranked(self) -> tuple[RankRow, ...]:
        """The rows that have a rank; their number is the n of the ranking."""
        return tuple(row for row in self.rows if row.rank is not None)

    @property
    def left_out(self) -> tuple[RankRow, ...]:
        """The rows without a rank, each with its reason."""
        return tuple(row for row in self.rows if row.rank is None)

    @property
    def human(self) -> RankRow | None:
        """The first human row, or None where the board has none."""
        return next((row for row in self.rows if row.is_human), None)


def rank(board: Board, treatment: Treatment, p: float = 1.0) -> Ranking:
    """Rank a board: (weighted) power mean of each row under a treatment, highest first.

    Args:
        board: Models × task metrics.
        treatment: How cells become the averaged entries; the same for every row.
        p: Exponent of the power mean: 1 arithmetic, 0 geometric, −1 harmonic.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    matrix = treat(board, treatment, p)
    rule = f"weighted {mean_name(p)}" if treatment.weights else ""
    return ranking_of(board, treatment, matrix, matrix.scores(p), TIE * matrix.unit, p=p, rule=rule)


def ranking_of(
    board: Board,
    treatment: Treatment,
    matrix: Matrix,
    scores: NDArray[np.float64],
    tolerance: float,
    *,
    p: float = math.nan,
    rule: str = "",
    notes: tuple[str, ...] = (),
) -> Ranking:
    """Return the ranking by scores of any origin.

    Args:
        board: n models.
        treatment: Treatment of its cells.
        matrix: The matrix of that treatment.
        scores: (n,), higher better; NaN is not ranked.
        tolerance: Largest difference of two tied scores.
        p: Exponent of the mean; NaN where there is none.
        rule: Name of the rule of the scores, where it is not the plain power mean.
        notes: Notes to show besides those of the matrix.
    """
    ranks = ranks_of(scores, tolerance=tolerance)
    order = np.lexsort((np.arange(len(ranks)), np.where(np.isnan(ranks), np.inf, ranks)))
    return Ranking(
        board=board.name,
        title=board.title or board.name,
        snapshot=board.snapshot,
        treatment=treatment,
        p=float(p),
        columns=matrix.columns,
        rows=tuple(
            _row(board, matrix, i, score, place, p, special=note)
            for i, score, place, note in zip(
                order.tolist(),
                scores[order].tolist(),
                ranks[order].tolist(),
                _special(matrix)[order].tolist(),
                strict=True,
            )
        ),
        notes=(*matrix.notes, *notes),
        rule=rule,
    )


def ranks_of(scores: NDArray[np.float64], *, tolerance: float = 0.0) -> NDArray[np.float64]:
    """Return ranks along the last axis, 1 for the highest score.

    Ties share their smallest rank (1, 2, 2, 4). Neighbouring scores are tied if they differ by at
    most the tolerance, and so are all scores of a chain of such neighbours.

    Args:
        scores: Shape (..., n); NaN is not ranked.
        tolerance: Largest difference of two tied neighbours.

    Returns:
        Shape (..., n), NaN where the score is.
    """
    order = np.argsort(-scores, axis=-1, kind="stable")  # NaN sorts last
    ordered = np.take_along_axis(scores, order, axis=-1)
    first = np.ones(ordered.shape, dtype=np.bool_)
    first[..., 1:] = ~(ordered[..., :-1] - ordered[..., 1:] <= tolerance)
    places = np.where(first, np.arange(1, ordered.shape[-1] + 1), 1)
    ranks = np.empty(ordered.shape)
    np.put_along_axis(ranks, order, np.maximum.accumulate(places, axis=-1), axis=-1)
    return np.where(np.isnan(scores), np.nan, ranks)


def _special(matrix: Matrix) -> NDArray[np.bool_]:
    """Return (n,) whether `flags` may say something: asking each of 3,000 rows takes a second."""
    gaps = np.isnan(matrix.values) | matrix.skipped | matrix.floored
    return np.asarray(gaps.any(axis=1) | matrix.absent.any(axis=1))


def _row(
    board: Board, matrix: Matrix, i: int, score: float, rank: float, p: float, *, special: bool
) -> RankRow:
    ranked = not math.isnan(rank)
    return RankRow(
        position=i,
        model=board.models[i],
        submitted_by=board.submitted_by[i],
        is_human=board.is_human[i],
        score=score if ranked else None,
        rank=int(rank) if ranked else None,
        left_out=None if ranked else left_out(board, matrix, i, p),
        flags=flags(matrix, i) if ranked and special else (),
    )
