"""Compute the exact rank of a model as a step function of the exponent p."""

from __future__ import annotations

from dataclasses import dataclass

from evaluators.averaging.board import Board
from evaluators.averaging.crossing import Crossing, crossings
from evaluators.averaging.exponent_sets import ExponentRange, ExponentSet, depths
from evaluators.averaging.pieces import pieces
from evaluators.averaging.ranking import rank
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError


@dataclass(frozen=True)
class Step:
    """A range of exponents over which a rank stays the same.

    Attributes:
        exponents: The range; a single point where models tie only there.
        rank: 1 is best, ties share the smallest.
    """

    exponents: ExponentRange
    rank: int


@dataclass(frozen=True)
class Standing:
    """One model of a board over all of (−inf, inf).

    Attributes:
        row: Its position on the board.
        model: Its name.
        defined: Exponents under which it has a mean, and so a rank.
        first: Exponents under which no model has a higher mean.
        steps: Its rank in order of p; without exponents under which it has none.
        crossings: Its comparison with every other row, in board order.
        notes: Notes that every output must show.
    """

    row: int
    model: str
    defined: ExponentSet
    first: ExponentSet
    steps: tuple[Step, ...]
    crossings: tuple[Crossing, ...]
    notes: tuple[str, ...] = ()

    def rank(self, p: float) -> int | None:
        """Return its rank under a finite p, None where it has none."""
        return next((step.rank for step in self.steps if p in step.exponents), None)


def find_standing(
    board: Board, treatment: Treatment, row: int | None = None, rival: int | None = None
) -> Standing:
    """Validate a model and its rival, and return the model's standing.

    Args:
        board: Models × task metrics.
        treatment: How cells become the averaged entries.
        row: Position of the model; None for the human row, or else for the leader under the
            arithmetic mean.
        rival: Position of the model to compare it with, if any.

    Raises:
        TreatmentError: If the board cannot be ranked like that, or the model or its rival has no
            mean under any exponent, with the reason.
    """
    ranking = rank(board, treatment, 1)
    if row is None:
        if not ranking.ranked:
            raise TreatmentError(f"{board.name}: no row can be ranked under {treatment.name}")
        row = (ranking.human or ranking.rows[0]).position
    if row == rival:
        raise TreatmentError(f"{board.models[row]} cannot be above itself: name another model")
    known = pieces(board, treatment)
    for position in (row, rival):
        if position is not None and not any(piece.defined()[position] for piece in known):
            reason = next(r.left_out for r in ranking.rows if r.position == position)
            raise TreatmentError(
                f"{board.models[position]} has no mean under any exponent: {reason}"
            )
    return standing(board, treatment, row)


def standing(board: Board, treatment: Treatment, row: int) -> Standing:
    """Return the rank of a model under every finite exponent.

    Ends of intervals are zeros of the difference of two means, found to the last digits of p. A
    tie counts for both, so that a set where a model is first has its ends, where `rank` at that p
    says the same; `rank` calls scores tied that are 1e-9 of the unit apart, here they must be
    equal.

    Args:
        board: Models × task metrics.
        treatment: How cells become the averaged entries.
        row: Position of the model.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    known = pieces(board, treatment)
    pairs = crossings(board, treatment, row)
    defined = ExponentSet.union(piece.defined()[row] for piece in known)
    steps = tuple(
        Step(part, 1 + above)
        for stretch, above in depths(crossing.below for crossing in pairs)
        for part in defined & ExponentSet((stretch,))
    )
    return Standing(
        row=row,
        model=board.models[row],
        defined=defined,
        first=ExponentSet.of(*(step.exponents for step in steps if step.rank == 1)),
        steps=steps,
        crossings=pairs,
        notes=tuple(dict.fromkeys(note for piece in known for note in piece.matrix.notes)),
    )
