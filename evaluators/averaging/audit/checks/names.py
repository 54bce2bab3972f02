"""Match rows of two boards that are the same model."""

from __future__ import annotations

import re

from evaluators.averaging.board import Board

HUMAN = ("human",)


def key(text: str) -> str:
    """Return a name without case, spaces and punctuation."""
    return re.sub(r"\W|_", "", text.casefold())


def row_keys(board: Board, *, submitters: bool) -> dict[tuple[str, ...], int]:
    """Return the row of each name that occurs once; all human rows have one name.

    Args:
        board: The board.
        submitters: Whether two rows of one name by two submitters are two models.
    """
    seen: dict[tuple[str, ...], list[int]] = {}
    for i, model in enumerate(board.models):
        name: tuple[str, ...] = HUMAN if board.is_human[i] else (key(model),)
        if submitters and not board.is_human[i]:
            name = (*name, key(board.submitted_by[i]))
        seen.setdefault(name, []).append(i)
    return {name: rows[0] for name, rows in seen.items() if len(rows) == 1 and name != ("",)}
