"""One row of a board, found by what people call it."""

from __future__ import annotations

from evaluators.averaging.board import Board
from evaluators.errors import TreatmentError
from evaluators.names import UnknownNameError

HUMAN = "human"
"""What names the human row of any board that has one."""


def find_row(board: Board, name: str) -> int:
    """Return the position of a model, or of the human row for `human`.

    A name is taken as printed, or, where that names one row only, in any case. Where several rows
    have one name, `NAME#2` is the second of them in board order.

    Raises:
        UnknownNameError: If no row is called that, with the nearest name.
        TreatmentError: If several rows are, or there is no human row.
    """
    named = _called(board, name)
    if not named and name.casefold() == HUMAN:
        named = [i for i, human in enumerate(board.is_human) if human]
        if not named:
            raise TreatmentError(f"{board.name} {board.snapshot} has no human row; name a model")
    stem, hash_, number = name.rpartition("#")
    if not named and hash_ and number.isdecimal():
        same = _called(board, stem)
        named = same[int(number) - 1 : int(number)] if int(number) else []
    if not named:
        raise UnknownNameError("model", name, dict.fromkeys(board.models))
    if len(named) > 1:
        choices = ", ".join(
            f"{name}#{k} ({board.submitted_by[i] or 'submitter unknown'})"
            for k, i in enumerate(named, start=1)
        )
        raise TreatmentError(f"{len(named)} rows of {board.name} are named {name!r}: say {choices}")
    return named[0]


def label(board: Board, row: int) -> str:
    """Return what a row is called: its name, with its number where the name repeats."""
    name = board.models[row]
    same = [i for i, other in enumerate(board.models) if other == name]
    return name if len(same) == 1 else f"{name}#{same.index(row) + 1}"


def _called(board: Board, name: str) -> list[int]:
    exact = [i for i, model in enumerate(board.models) if model == name]
    return exact or [
        i for i, model in enumerate(board.models) if model.casefold() == name.casefold()
    ]
