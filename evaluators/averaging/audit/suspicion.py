"""A finding of the audit: a cell or row to look at, with the reason and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from evaluators.averaging.board import Board

Kind = Literal[
    "flagged",
    "borrowed",
    "copies differ",
    "zero for missing",
    "unlikely zero",
    "proportion",
    "out of range",
    "moves a rank",
    "same scores",
    "human by name",
]

KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        "flagged": "the board's own file says not to trust it",
        "borrowed": "the same number stands in another task's column of another board",
        "copies differ": "another snapshot or copy of the board has something else here",
        "zero for missing": "the published average holds only if this 0 is no score",
        "unlikely zero": "a 0 far from what row and column lead one to expect; no average tells",
        "proportion": "a number from 0 to 1 on a board of per cent",
        "out of range": "a score that its metric cannot take",
        "moves a rank": "this cell's column alone moves the row by many places",
        "same scores": "two rows with the same score in every column",
        "human by name": "the name and the human flag say different things",
    }
)
"""What each kind of finding means."""


@dataclass(frozen=True)
class Suspicion:
    """One finding: a reason to look at a cell or row, not a verdict.

    Attributes:
        kind: One of `KINDS`.
        position: The row on the board.
        model: Its name.
        column: The column's name; empty where the whole row is meant.
        value: The cell as printed, None where it is missing or the whole row is meant.
        evidence: The observation, with its numbers.
        weight: Orders the findings of one kind, largest first.
    """

    kind: Kind
    position: int
    model: str
    column: str
    value: float | None
    evidence: str
    weight: float = 0.0


def about_cell(
    board: Board, kind: Kind, i: int, j: int, evidence: str, weight: float = 0.0
) -> Suspicion:
    """Return a finding about the cell of row i and column j."""
    value = float(board.values[i, j])
    known = None if value != value else value
    return Suspicion(kind, i, board.models[i], board.columns[j].name, known, evidence, weight)


def about_row(board: Board, kind: Kind, i: int, evidence: str, weight: float = 0.0) -> Suspicion:
    """Return a finding about row i."""
    return Suspicion(kind, i, board.models[i], "", None, evidence, weight)
