"""Write the command that makes a report again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from evaluators.averaging import Board
from evaluators.averaging.selection import Selection

MADE_BY = "rankcheck report"

WEIGHTS = "weights.yaml"
"""The file of weights in a command that a page writes: there they are no file yet."""


def command_of(words: Sequence[str]) -> str:
    """Return the command that writes a report, from the words after `rankcheck report`."""
    return f"{MADE_BY} {shlex.join(words)} --to FOLDER"


def board_words(
    whole: Board, treatment: str, p: float, selected: Sequence[tuple[str, str]]
) -> list[str]:
    """Return what stands after `rankcheck report` for a board.

    Args:
        whole: The board.
        treatment: Name of the treatment, without the selection.
        p: The exponent of the mean.
        selected: Further options with their values.
    """
    power = f"{p:g}" if float(f"{p:g}") == p else repr(p)
    ranked = ["--snapshot", whole.snapshot, "--p", power, "--treatment", treatment]
    return [whole.name, *ranked, *(word for option in selected for word in option)]


def selection_options(selection: Selection) -> list[tuple[str, str]]:
    """Return the options of a selection, in the order in which the command has them."""
    return [
        *(("--tasks", name) for name in selection.tasks),
        *(("--without", name) for name in selection.without),
        *(("--type", name) for name in selection.types),
        *(("--language", name) for name in selection.languages),
        *([("--where", selection.where)] if selection.where else []),
        *([("--weights", WEIGHTS)] if selection.weights else []),
    ]
