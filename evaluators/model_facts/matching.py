"""Choose the models of a board by a condition on the facts about them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import FACTS, Kind

if TYPE_CHECKING:
    from evaluators.averaging.board import Board

Value: TypeAlias = float | bool | str | None

Answer: TypeAlias = Callable[
    [Mapping[str, str], Sequence[Sequence[Value]], str], Sequence[bool | None]
]
"""Says of each row of a table whether a SQL condition holds, as `db.conditions` does.

Its arguments are the kind of each column, the rows, and the condition.
"""

COLUMNS: Mapping[str, Kind] = MappingProxyType(
    {
        "board": "text",
        "snapshot": "text",
        "model": "text",
        "submitted_by": "text",
        "is_human": "flag",
        "published_score": "number",
        **{name: fact.kind for name, fact in FACTS.items()},
    }
)
"""What a condition may ask for: the columns of the view `leaderboard_models`."""


@dataclass(frozen=True, eq=False)
class Matches:
    """The models of a board of which a condition is true.

    Attributes:
        condition: The condition.
        board: The board with these models only.
        models: How many models the whole board has.
        unknown: For how many of them the condition is neither true nor false, because a fact is
            unknown.
    """

    condition: str
    board: Board
    models: int
    unknown: int

    @property
    def headline(self) -> str:
        """How many models match, in words."""
        matching = len(self.board.models)
        said = f"{matching:,} of {self.models:,} models match {self.condition}"
        if not self.unknown:
            return said
        are = "is" if self.unknown == 1 else "are"
        return (
            f"{said}; {self.unknown:,} {are} left out because a fact they are asked for is unknown"
        )


def match_models(board: Board, condition: str, answer: Answer) -> Matches:
    """Return the models of a board of which a condition is true.

    Args:
        board: The whole board.
        condition: SQL over `COLUMNS`, such as `parameters < 1e9 AND open_weights`.
        answer: Answers it.

    Raises:
        TreatmentError: No model matches.
    """
    answers = answer(COLUMNS, model_rows(board), condition)
    matching = [i for i, yes in enumerate(answers) if yes]
    unknown = sum(yes is None for yes in answers)
    if not matching:
        why = f"; of {unknown:,} a fact it asks for is unknown" if unknown else ""
        raise TreatmentError(
            f"{board.name} {board.snapshot}: none of the {len(board.models):,} models matches"
            f" {condition}{why}"
        )
    return Matches(condition, board.take(models=matching), len(board.models), unknown)


def model_rows(board: Board) -> list[tuple[Value, ...]]:
    """Return the columns `COLUMNS` of each model; None where one is unknown."""
    return [
        (
            board.name,
            board.snapshot,
            model,
            board.submitted_by[i] or None,
            board.is_human[i],
            None if math.isnan(board.published[i]) else float(board.published[i]),
            *(fact.value if (fact := board.facts[i].get(name)) else None for name in FACTS),
        )
        for i, model in enumerate(board.models)
    ]
