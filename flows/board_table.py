"""A leaderboard snapshot as a file: `model, submitted_by, is_human, published_score`, then scores.

CSV (or TSV, by its suffix), UTF-8 with or without BOM, any line ends. An empty cell is a missing
score and nothing else is: whatever cannot be read as one number is refused, with its place.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from flows.board_spec import BoardSpec, ColumnSpec, SnapshotSpec
from flows.errors import LeaderboardError

_FIXED = ("model", "submitted_by", "is_human", "published_score")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?")


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
            being listed under `repeated_models`; no rows at all.
    """
    delimiter = "\t" if path.suffix == ".tsv" else ","
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LeaderboardError(f"{path} cannot be read as UTF-8 CSV: {error}") from error
    if len(lines) < 2:
        raise LeaderboardError(f"{path} has no rows: a header and at least one model are needed")
    columns = _columns(path, lines[0], spec)
    rows = tuple(
        _row(path, number, lines[0], cells, columns, spec, snapshot)
        for number, cells in enumerate(lines[1:], start=2)
        if any(cells)
    )
    for model, count in Counter(row.model for row in rows).items():
        if count > 1 and model not in snapshot.repeated_models:
            places = ", ".join(str(row.line) for row in rows if row.model == model)
            raise LeaderboardError(
                f"{path} has {count} rows named {model!r} (rows {places}); if each is a submission"
                " of its own, list the name under repeated_models in board.yaml"
            )
    return columns, rows


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
    path: Path,
    line: int,
    header: list[str],
    cells: list[str],
    columns: tuple[ColumnSpec, ...],
    spec: BoardSpec,
    snapshot: SnapshotSpec,
) -> TableRow:
    if len(cells) != len(header):
        raise LeaderboardError(
            f"{path}, row {line}: {len(cells)} cells under {len(header)} columns; a European comma"
            " in a number must be a point, a comma in a name needs quotes"
        )
    row = dict(zip(header, cells, strict=True))
    if not row["model"].strip():
        raise LeaderboardError(f"{path}, row {line}: no model name")
    if row["is_human"] not in ("0", "1"):
        raise LeaderboardError(
            f"{path}, row {line}: is_human is {row['is_human']!r}; it must be 0 or 1, as the board"
            " itself says (a name proves nothing)"
        )
    where = f"{path}, row {line} ({row['model']})"
    scores = tuple(_score(f"{where}, {c.name}", row[c.name], c, spec) for c in columns)
    given = [(c, s) for c, s in zip(columns, scores, strict=True) if s is not None]
    said = any(flag.model == row["model"] and flag.column is None for flag in snapshot.suspect)
    if (
        not said
        and len(given) > 1
        and all((c.unit_max or spec.unit_max) > 2 and abs(s) <= 1 for c, s in given)
    ):
        raise LeaderboardError(
            f"{where}: every score is at most 1 on a board whose perfect score is"
            f" {spec.unit_max:g}; bring the row to that scale, or flag it as suspect"
        )
    return TableRow(
        line=line,
        model=row["model"],
        submitted_by=row["submitted_by"],
        is_human=row["is_human"] == "1",
        published=_number(f"{where}, published_score", row["published_score"]),
        source=row.get("source") or snapshot.source,
        scores=scores,
    )


def _score(where: str, text: str, column: ColumnSpec, spec: BoardSpec) -> float | None:
    score = _number(where, text)
    unit = column.unit_max or spec.unit_max
    if score is not None and abs(score) > unit and not column.above_unit:
        raise LeaderboardError(f"{where}: {text} is beyond the unit {unit:g} of the column")
    return score


def _number(where: str, text: str) -> float | None:
    text = text.strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return float(text)
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        todo = "write the comma as a point"
    elif text.lower() in ("-", "--", "–", "—", "nan", "na", "n/a", "none", "null", "inf", "-inf"):
        todo = "leave the cell empty where there is no score"
    elif re.fullmatch(r"[-+\d.]+\s*[/;|]\s*[-+\d.]+", text):
        todo = "these are two numbers: give each metric a column of its own"
    else:
        todo = "a cell holds one plain number or nothing"
    raise LeaderboardError(f"{where}: cannot read {text!r} as a score; {todo}")
