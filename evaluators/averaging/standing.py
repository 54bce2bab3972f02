"""Where one model stands under every exponent: its rank as a step function of p, exactly."""

from __future__ import annotations

from dataclasses import dataclass

from evaluators.averaging.board import Board
from evaluators.averaging.crossing import Crossing, crossings
from evaluators.averaging.intervals import Interval, Intervals, depths
from evaluators.averaging.pieces import pieces
from evaluators.averaging.treatment import Treatment


@dataclass(frozen=True)
class Step:
    """A stretch of exponents over which a rank stays the same.

    Attributes:
        exponents: The stretch; a single point where models only tie there.
        rank: 1 is best, ties share the smallest.
    """

    exponents: Interval
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
    defined: Intervals
    first: Intervals
    steps: tuple[Step, ...]
    crossings: tuple[Crossing, ...]
    notes: tuple[str, ...] = ()

    def rank(self, p: float) -> int | None:
        """Return its rank under a finite p, None where it has none."""
        return next((step.rank for step in self.steps if p in step.exponents), None)


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
    defined = Intervals.union(piece.defined()[row] for piece in known)
    steps = tuple(
        Step(part, 1 + above)
        for stretch, above in depths(crossing.below for crossing in found)
        for part in defined & Intervals((stretch,))
    )
    return Standing(
        row=row,
        model=board.models[row],
        defined=defined,
        first=Intervals.of(*(step.exponents for step in steps if step.rank == 1)),
        steps=steps,
        crossings=found,
        notes=tuple(dict.fromkeys(note for piece in known for note in piece.matrix.notes)),
    )
