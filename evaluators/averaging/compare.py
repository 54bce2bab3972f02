"""Compare rankings of a board under several means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluators.averaging.board import Board
from evaluators.averaging.means import MEANS
from evaluators.averaging.ranking import Ranking, rank
from evaluators.averaging.treatment import Treatment


@dataclass(frozen=True)
class ComparedRow:
    """One model under several means.

    Attributes:
        position: Its row on the board.
        model: Its name.
        submitted_by: Its submitter.
        is_human: Whether it is a human baseline.
        scores: Its score by mean, None where it has none.
        ranks: Its rank by mean, None where it has none.
        moves: Places it gains (+) or loses (−) against the first mean, None where unranked.
        biggest_move: The difference between its best and its worst rank.
        left_out: Reason why it is unranked, by mean; empty where it is ranked under all.
        flags: Special treatment of this row, by mean; empty where there was none.
    """

    position: int
    model: str
    submitted_by: str
    is_human: bool
    scores: Mapping[str, float | None]
    ranks: Mapping[str, int | None]
    moves: Mapping[str, int | None]
    biggest_move: int
    left_out: Mapping[str, str]
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """A board under one treatment and several means.

    Attributes:
        rankings: The rankings by mean, in the order asked for.
        rows: All rows, in the order of the first mean.
    """

    rankings: Mapping[str, Ranking]
    rows: tuple[ComparedRow, ...]

    @property
    def first(self) -> Ranking:
        """The ranking that the others are compared with."""
        return next(iter(self.rankings.values()))

    @property
    def human(self) -> ComparedRow | None:
        """The first human row, or None where the board has none."""
        return next((row for row in self.rows if row.is_human), None)


def compare(board: Board, treatment: Treatment, means: Mapping[str, float] = MEANS) -> Comparison:
    """Rank a board under several means, and count how many places each model moves.

    Args:
        board: Models × task metrics.
        treatment: The same for every mean (a mixed one notes that it is not).
        means: Exponents by name; moves are counted from the first.

    Raises:
        TreatmentError: If the board cannot be ranked like that.
    """
    return side_by_side({name: rank(board, treatment, p) for name, p in means.items()})


def side_by_side(rankings: Mapping[str, Ranking]) -> Comparison:
    """Return rankings of one board with the places that each model moves between them.

    Args:
        rankings: Rankings by name; moves are counted from the first.
    """
    by_mean = {
        name: {row.position: row for row in ranking.rows} for name, ranking in rankings.items()
    }
    rows = []
    for row in next(iter(rankings.values())).rows:
        own_rows = {name: rows_of[row.position] for name, rows_of in by_mean.items()}
        ranks = {name: row_of_mean.rank for name, row_of_mean in own_rows.items()}
        known = [place for place in ranks.values() if place is not None]
        rows.append(
            ComparedRow(
                position=row.position,
                model=row.model,
                submitted_by=row.submitted_by,
                is_human=row.is_human,
                scores={name: row_of_mean.score for name, row_of_mean in own_rows.items()},
                ranks=ranks,
                moves={name: _gained(row.rank, place) for name, place in ranks.items()},
                biggest_move=max(known) - min(known) if known else 0,
                left_out={
                    name: f.left_out for name, f in own_rows.items() if f.left_out is not None
                },
                flags={
                    name: row_of_mean.flags
                    for name, row_of_mean in own_rows.items()
                    if row_of_mean.flags
                },
            )
        )
    return Comparison(rankings=rankings, rows=tuple(rows))


def _gained(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else before - after
