"""A leaderboard snapshot as a file: `model, submitted_by, is_human, published_score`, then scores.

CSV (or TSV, by its suffix), UTF-8 with or without BOM, any line ends. An empty cell is a missing
score and nothing else is: whatever cannot be read as one number is refused, with its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from flows.board_cells import CellError, another_scale, beyond, read_number
from flows.board_lines import read_lines
from flows.board_spec import BoardSpec, ColumnSpec, SnapshotSpec
from flows.errors import LeaderboardError
from flows.problem_list import Problems

Place = TypeVar("Place")

_FIXED = ("model", "submitted_by", "is_human", "published_score")


@dataclass(frozen=True)
class TableRow:
    """One row of a snapshot; `scores` in the order of the table's columns, None where empty."""

    line: int
    model: str
    submitted_by: str
    is_human: bool
    published: float | None
    source: str
    scores: tuple[float | None, ...]


def read_table(
    path: Path, spec: BoardSpec, snapshot: SnapshotSpec
) -> tuple[tuple[ColumnSpec, ...], tuple[TableRow, ...]]:
    """Read a snapshot's columns and rows.

    Raises:
        LeaderboardError: On an unknown, missing or doubled column; a cell that is not one number
            (two numbers, "-", "NaN", a comma for a point); a score beyond the unit; a row on
            another scale; a human flag other than 0 or 1; a model that appears twice without
            being listed under `repeated_models`; no rows at all. All of them at once.
    """
    lines = read_lines(path, "\t" if path.suffix == ".tsv" else ",")
    if len(lines) < 2:
        raise LeaderboardError(f"{path} has no rows: a header and at least one model are needed")
    problems = Problems(path)
    columns = _columns(path, lines[0], spec)
    rows = tuple(
        row
        for number, cells in enumerate(lines[1:], start=2)
        if any(cells)
        if (row := _row(number, lines[0], cells, columns, spec, snapshot, problems)) is not None
    )
    for model, places in repeated([(row.model, row.line) for row in rows]).items():
        if model not in snapshot.repeated_models:
            problems.add(
                "",
                f"{len(places)} rows named {model!r} (rows {', '.join(map(str, places))}); if each"
                " is a submission of its own, list the name under repeated_models in board.yaml",
            )
    problems.stop_if_any()
    return columns, rows


def repeated(named: Sequence[tuple[str, Place]]) -> dict[str, list[Place]]:
    """Return the places of each name that has more than one."""
    places: dict[str, list[Place]] = {}
    for name, place in named:
        places.setdefault(name, []).append(place)
    return {name: found for name, found in places.items() if len(found) > 1}


def _columns(path: Path, header: list[str], spec: BoardSpec) -> tuple[ColumnSpec, ...]:
    for name, count in Counter(header).items():
        if count > 1:
            raise LeaderboardError(f"{path} has {count} columns named {name!r}")
    for name in _FIXED:
        if name not in header:
            raise LeaderboardError(f"{path} has no column {name!r}; needed: {', '.join(_FIXED)}")
    columns = []
    for name in (n for n in header if n not in (*_FIXED, "source")):
        column = spec.column(name)
        if column is None:
            known = ", ".join(c.name for c in spec.columns)
            raise LeaderboardError(
                f"{path}: column {name!r} is not in board.yaml; describe it there (known: {known})"
            )
        columns.append(column)
    return tuple(columns)


def _row(
    line: int,
    header: list[str],
    cells: list[str],
    columns: tuple[ColumnSpec, ...],
    spec: BoardSpec,
    snapshot: SnapshotSpec,
    problems: Problems,
) -> TableRow | None:
    """Read one row; where it is faulty, note why, and return None where nothing can be read."""
    if len(cells) != len(header):
        problems.add(f"row {line}", wrong_width(len(cells), len(header)))
        return None
    row = dict(zip(header, cells, strict=True))
    where = f"row {line} ({row['model']})"
    if not row["model"].strip():
        problems.add(f"row {line}", "no model name")
    if row["is_human"] not in ("0", "1"):
        problems.add(f"row {line}", wrong_flag(row["is_human"]))

    def number(name: str) -> float | None:
        try:
            return read_number(row[name])
        except CellError as error:
            problems.add(f"{where}, {name}", str(error))
            return None

    scores = tuple(number(column.name) for column in columns)
    given = [(c, s) for c, s in zip(columns, scores, strict=True) if s is not None]
    for column, score in given:
        unit = column.unit_max or spec.unit_max
        if abs(score) > unit and not column.above_unit:
            problems.add(f"{where}, {column.name}", beyond(score, unit))
    said = any(flag.model == row["model"] and flag.column is None for flag in snapshot.suspect)
    if (
        not said
        and len(given) > 1
        and all((c.unit_max or spec.unit_max) > 2 and abs(s) <= 1 for c, s in given)
    ):
        problems.add(where, another_scale(spec.unit_max))
    return TableRow(
        line=line,
        model=row["model"],
        submitted_by=row["submitted_by"],
        is_human=row["is_human"] == "1",
        published=number("published_score"),
        source=row.get("source") or snapshot.source,
        scores=scores,
    )


def wrong_width(cells: int, columns: int) -> str:
    """Say that a row has too many or too few cells."""
    return (
        f"{cells} cells under {columns} columns; a European comma in a number must be a point, a"
        " comma in a name needs quotes"
    )


def wrong_flag(text: str) -> str:
    """Say what a human flag must be."""
    return (
        f"is_human is {text!r}; it must be 0 or 1, as the board itself says (a name proves nothing)"
    )
