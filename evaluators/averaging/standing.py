"""Where one model stands under every exponent: its rank as a step function of p, exactly."""

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
    """A stretch of exponents over which a rank stays the same.

    Attributes:
        exponents: The stretch; a single point where models only tie there.
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
        defined: Where it has a mean, and so a rank.
        first: Where no model has a higher mean.
        steps: Its rank, in order of p; nothing where it has none.
        crossings: It against every other row, in board order.
        notes: What every output must say.
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
    """Return where a model stands, and refuse those that stand nowhere.

    Args:
        board: Models × task metrics.
        treatment: How cells become what is averaged.
        row: Position of the model; the human row where None, or else who leads under the
            arithmetic mean.
        rival: Position of the model that it is to be compared with, if any.

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
    for one in (row, rival):
        if one is not None and not any(piece.defined()[one] for piece in known):
            why = next(r.left_out for r in ranking.rows if r.position == one)
            raise TreatmentError(f"{board.models[one]} has no mean under any exponent: {why}")
    return standing(board, treatment, row)


def standing(board: Board, treatment: Treatment, row: int) -> Standing:
    """Return where a model stands under every finite exponent.

    Ends of intervals are zeros of the difference of two means, found to the last digits of p. A
    tie counts for both, so that a set where a model is first has its ends, where `rank` at that p
    says the same; `rank` calls scores tied that are 1e-9 of the unit apart, here they must be
    equal.

    Args:
        board: Models × task metrics.
        treatment: How cells become what is averaged.
        row: Position of the model.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    known = pieces(board, treatment)
    found = crossings(board, treatment, row)
    defined = ExponentSet.union(piece.defined()[row] for piece in known)
    steps = tuple(
        Step(part, 1 + above)
        for stretch, above in depths(crossing.below for crossing in found)
        for part in defined & ExponentSet((stretch,))
    )
    return Standing(
        row=row,
        model=board.models[row],
        defined=defined,
        first=ExponentSet.of(*(step.exponents for step in steps if step.rank == 1)),
        steps=steps,
        crossings=found,
        notes=tuple(dict.fromkeys(note for piece in known for note in piece.matrix.notes)),
    )
