"""One row of a board, found by what people call it."""

from __future__ import annotations

from collections import Counter

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
    stem, hash_, number = name.rpartition("#")
    if not named and hash_ and number.isdecimal() and int(number):
        named = _called(board, stem)[int(number) - 1 : int(number)]
    if not named and name.casefold() == HUMAN:
        raise TreatmentError(f"{board.name} {board.snapshot} has no human row; name a model")
    if not named:
        raise UnknownNameError("model", name, dict.fromkeys(board.models))
    if len(named) > 1:
        choices = ", ".join(
            f"{name}#{k} ({board.submitted_by[i] or 'submitter unknown'})"
            for k, i in enumerate(named, start=1)
        )
        raise TreatmentError(f"{len(named)} rows of {board.name} are named {name!r}: say {choices}")
    return named[0]


def labels(board: Board) -> tuple[str, ...]:
    """Return what each row is called: its name, with its number where the name repeats."""
    total, seen = Counter(board.models), Counter[str]()
    found = []
    for name in board.models:
        seen[name] += 1
        found.append(name if total[name] == 1 else f"{name}#{seen[name]}")
    return tuple(found)


def _called(board: Board, name: str) -> list[int]:
    exact = [i for i, model in enumerate(board.models) if model == name]
    folded = name.casefold()
    found = exact or [i for i, model in enumerate(board.models) if model.casefold() == folded]
    if not found and folded == HUMAN:
        return [i for i, human in enumerate(board.is_human) if human]
    return found
