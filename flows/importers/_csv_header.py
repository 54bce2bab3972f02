"""The header of a foreign table: its names, their arrows, and tables with a column a model."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flows.boards.board_file import wrong_width
from flows.boards.foreign_files import Problems, doubles
from flows.importers._draft import Asked
from flows.importers._transpose import is_transposed, transpose


@dataclass(frozen=True)
class Table:
    """A table of models, and what its header says.

    Attributes:
        header: The names, without marks such as an arrow.
        lines: The other lines that are not empty, with their numbers in the file.
        better: Whether more is better, by the name of a column whose header has an arrow.
        tasks: The task of each column, where the file says more than its name.
        metrics: The metric of each column, where the file states it.
    """

    header: list[str]
    lines: list[tuple[int, list[str]]]
    better: dict[str, bool]
    tasks: dict[str, str]
    metrics: dict[str, str]


_ARROWS = {"↑": True, "⬆": True, "🔼": True, "↓": False, "⬇": False, "🔽": False}


def plain_header(name: str) -> str:
    """Return a column's name without bold marks, and without emoji and arrows around it.

    A name of nothing else stays: `❤️` is the name of a column of likes.
    """
    plain = re.sub(r"^(\*\*|__)(.+)\1$", r"\2", name.strip()).strip()
    plain = re.sub(rf"(\s*[{''.join(_ARROWS)}]\ufe0f?)+$", "", plain) or plain
    words = plain.split(" ")
    while len(words) > 1 and _is_mark(words[-1]):
        words.pop()
    while len(words) > 1 and _is_mark(words[0]):
        words.pop(0)
    return " ".join(words).strip()


def _is_mark(word: str) -> bool:
    kinds = {unicodedata.category(sign) for sign in word}
    return bool(kinds & {"So", "Sm"}) and kinds <= {"So", "Sm", "Sk", "Mn", "Cf"}


def more_is_better(names: Sequence[str]) -> dict[str, bool]:
    """Return what arrows in the header say, by plain name; both or none say nothing."""
    better = {}
    for name in names:
        said = {up for sign, up in _ARROWS.items() if sign in name}
        if len(said) == 1:
            better[plain_header(name)] = said.pop()
    return better


def renamed_options(asked: Asked, names: Mapping[str, str]) -> Asked:
    """Return the options with the names of columns as they are without marks."""
    return replace(
        asked,
        ignore=tuple(names.get(name, name) for name in asked.ignore),
        directions={names.get(name, name): way for name, way in asked.directions.items()},
    )


def renamed_facts(requests: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Return `NAME=COLUMN` with the names of columns as they are without marks."""
    parts = (request.partition("=") for request in requests)
    return [f"{fact}{equals}{names.get(name, name)}" for fact, equals, name in parts]


def read_table(
    header: Sequence[str],
    lines: Sequence[Sequence[str]],
    model_column: str,
    problems: Problems,
    *,
    turn: bool,
) -> Table:
    """Return a table with a row a model; what is wrong with its shape is noted.

    Args:
        header: The names as printed.
        lines: The other lines; empty ones are left out.
        model_column: The column of models, or the name that it gets where the table is turned.
        problems: Receives what is wrong.
        turn: Whether the file has a column a model.
    """
    better = {} if turn else more_is_better(header)
    names = [name.strip() if turn else plain_header(name) for name in header]
    if max(Counter(names).values(), default=1) > 1:  # `A` and `A ⬆️` are two columns
        names, better = [name.strip() for name in header], {}
    rows = []
    for number, cells in enumerate(lines, start=2):
        if any(cells):
            rows.append((number, [cell.strip() for cell in cells]))
            if len(cells) != len(names):
                problems.add(f"row {number}", wrong_width(len(cells), len(names)))
    if not turn:
        if is_transposed(names, model_column):
            problems.add(
                "",
                "the header is that of a table with a row a task and a column a model, as summaries"
                " of OpenCompass have: give --transpose, without --model-column",
            )
        else:
            check_header(names, model_column, problems)
        rows = [(number, cells) for number, cells in rows if len(cells) == len(names)]
        return Table(names, rows, better, {}, {})
    problems.stop_if_any()
    turned = transpose(names, [cells for _, cells in rows], model_column)
    check_header(turned.header, model_column, problems)
    numbered = list(enumerate(turned.lines, start=1))
    return Table(turned.header, numbered, {}, turned.tasks, turned.metrics)


def check_header(header: list[str], model_column: str, problems: Problems) -> None:
    """Report a header with one cell, duplicate or empty names, or no model column."""
    if len(header) == 1 and any(other in header[0] for other in ";\t,"):
        problems.add("", f"the header is one cell: {header[0][:60]!r}; give --delimiter")
    elif model_column not in header:
        problems.add("", f"the file has no column {model_column!r}; give --model-column")
    for message in doubles(header):
        problems.add("", message)
    if header.count("") == 1:
        problems.add("", f"column {header.index('') + 1} has no name")
