"""Read the bundled leaderboards in their CSV format.

A leaderboard snapshot as a file: `model, submitted_by, is_human, published_score`, then scores.
CSV (or TSV, by its suffix), UTF-8 with or without BOM, any line ends. Only an empty cell is a
missing score; any other cell that is not one number is refused, with its place. A column
`fact.NAME` holds a fact about the row's model, as `evaluators.model_facts.facts` names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from evaluators.averaging import Board, Column
from evaluators.model_facts.facts import FACTS, Fact
from evaluators.names import nearest
from flows.boards.fact_values import read_fact
from flows.boards.foreign_files import (
    CellError,
    Problems,
    another_scale,
    beyond,
    read_lines,
    read_number,
)
from flows.boards.spec import BoardSpec, ColumnSpec, SnapshotSpec, SuspectSpec, read_spec
from flows.bundled import bundled
from flows.errors import LeaderboardError

Place = TypeVar("Place")

_FACT = "fact."
_FIXED = ("model", "submitted_by", "is_human", "published_score")


@dataclass(frozen=True)
class TableRow:
    """One row of a snapshot; `scores` has one value per column, None if empty."""

    line: int
    model: str
    submitted_by: str
    is_human: bool
    published: float | None
    source: str
    scores: tuple[float | None, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)


def read_table(
    path: Path, spec: BoardSpec, snapshot: SnapshotSpec
) -> tuple[tuple[ColumnSpec, ...], tuple[TableRow, ...]]:
    """Read a snapshot's columns and rows.

    Raises:
        LeaderboardError: On an unknown, missing or duplicate column; a cell that is not one number
            (two numbers, "-", "NaN", a comma for a point); a score beyond the unit; a row on
            another scale; a human flag other than 0 or 1; a model that appears twice without
            being listed under `repeated_models`; no rows at all. Lists all problems at once.
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
    return {name: locations for name, locations in places.items() if len(locations) > 1}


def _columns(path: Path, header: list[str], spec: BoardSpec) -> tuple[ColumnSpec, ...]:
    for name, count in Counter(header).items():
        if count > 1:
            raise LeaderboardError(f"{path} has {count} columns named {name!r}")
    for name in _FIXED:
        if name not in header:
            raise LeaderboardError(f"{path} has no column {name!r}; needed: {', '.join(_FIXED)}")
    for name in header:
        fact = name.removeprefix(_FACT)
        if fact != name and fact not in FACTS:
            raise LeaderboardError(f"{path}: unknown fact {fact!r}{nearest(fact, FACTS)}")
    columns = []
    for name in (n for n in header if n not in (*_FIXED, "source") and not n.startswith(_FACT)):
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
    """Read one row and note its problems; return None if the row cannot be read."""
    if len(cells) != len(header):
        problems.add(f"row {line}", wrong_width(len(cells), len(header)))
        return None
    row = dict(zip(header, cells, strict=True))
    place = f"row {line} ({row['model']})"
    if not row["model"].strip():
        problems.add(f"row {line}", "no model name")
    if row["is_human"] not in ("0", "1"):
        problems.add(f"row {line}", wrong_flag(row["is_human"]))

    def number(name: str) -> float | None:
        try:
            return read_number(row[name])
        except CellError as error:
            problems.add(f"{place}, {name}", str(error))
            return None

    scores = tuple(number(column.name) for column in columns)
    scored = [(c, s) for c, s in zip(columns, scores, strict=True) if s is not None]
    for column, score in scored:
        unit = column.unit_max or spec.unit_max
        if abs(score) > unit and not column.above_unit:
            problems.add(f"{place}, {column.name}", beyond(score, unit))
    flagged = any(flag.model == row["model"] and flag.column is None for flag in snapshot.suspect)
    if (
        not flagged
        and len(scored) > 1
        and all((c.unit_max or spec.unit_max) > 2 and abs(s) <= 1 for c, s in scored)
    ):
        problems.add(place, another_scale(spec.unit_max))
    return TableRow(
        line=line,
        model=row["model"],
        submitted_by=row["submitted_by"],
        is_human=row["is_human"] == "1",
        published=number("published_score"),
        source=row.get("source") or snapshot.source,
        scores=scores,
        facts=_facts(row, place, snapshot, problems),
    )


def _facts(
    row: Mapping[str, str], place: str, snapshot: SnapshotSpec, problems: Problems
) -> dict[str, Fact]:
    facts = {}
    for header, text in row.items():
        if not header.startswith(_FACT) or not text.strip():
            continue
        try:
            value = read_fact(header.removeprefix(_FACT), text)
        except LeaderboardError as error:
            problems.add(f"{place}, {header}", str(error))
        else:
            facts[header.removeprefix(_FACT)] = Fact(value, snapshot.facts_source)
    return facts


def wrong_width(cells: int, columns: int) -> str:
    """Return the message for a row with too many or too few cells."""
    return (
        f"{cells} cells under {columns} columns; a European comma in a number must be a point, a"
        " comma in a name needs quotes"
    )


def wrong_flag(text: str) -> str:
    """Return the message for a human flag other than 0 or 1."""
    return (
        f"is_human is {text!r}; it must be 0 or 1, as the board states (a model name is not"
        " evidence)"
    )


ROOT = bundled("data", "leaderboards")
"""One folder per board, with `board.yaml` and one `<snapshot>.csv` per snapshot."""


def boards(root: Path = ROOT) -> Mapping[str, tuple[str, ...]]:
    """Return the snapshots, oldest first, of every board by name."""
    return {
        spec.parent.name: tuple(sorted(file.stem for file in spec.parent.glob("*.csv")))
        for spec in sorted(root.glob("*/board.yaml"))
    }


def read_board(name: str, snapshot: str | None = None, *, root: Path = ROOT) -> Board:
    """Read one snapshot of a board.

    Args:
        name: `superglue`, `glue` …; see `boards`.
        snapshot: `2021`, `2022-01` …; the latest where None.
        root: The folder of the boards.

    Raises:
        LeaderboardError: If there is no such board or snapshot, or its files are faulty.
    """
    spec, chosen = find_board(name, snapshot, root=root)
    columns, rows = read_table(root / name / f"{chosen}.csv", spec, spec.snapshots[chosen])
    return Board(
        name=spec.name,
        snapshot=chosen,
        models=tuple(row.model for row in rows),
        columns=tuple(
            Column(
                name=column.name,
                task=column.task,
                metric=column.metric,
                role=column.role,
                split_of=column.split_of,
                type=column.type,
                unit_max=column.unit_max or spec.unit_max,
                higher_is_better=column.higher_is_better,
                languages=column.languages,
            )
            for column in columns
        ),
        values=np.array([[np.nan if s is None else s for s in row.scores] for row in rows]),
        is_human=tuple(row.is_human for row in rows),
        submitted_by=tuple(row.submitted_by for row in rows),
        published=np.array([np.nan if r.published is None else r.published for r in rows]),
        suspect=suspect_cells(
            spec.snapshots[chosen].suspect,
            [column.name for column in columns],
            [row.model for row in rows],
            [row.scores for row in rows],
            root / name / "board.yaml",
        ),
        title=spec.title,
        sources=tuple(row.source for row in rows),
        notes=" ".join(note for note in (spec.notes, spec.snapshots[chosen].notes) if note),
        facts=tuple(row.facts for row in rows),
    )


def find_board(
    name: str, snapshot: str | None = None, *, root: Path = ROOT
) -> tuple[BoardSpec, str]:
    """Return a board's description, and the requested snapshot or the latest one.

    Raises:
        LeaderboardError: If there is no such board or snapshot; the message lists the known ones.
    """
    known = boards(root)
    if name not in known:
        raise LeaderboardError(f"no leaderboard {name!r}{nearest(name, known)}")
    if not known[name]:
        raise LeaderboardError(f"{root / name} has no snapshot: add a <snapshot>.csv")
    chosen = snapshot or known[name][-1]
    if chosen not in known[name]:
        raise LeaderboardError(
            f"{name} has no snapshot {chosen!r}; it has {', '.join(known[name])}"
        )
    spec = read_spec(root / name / "board.yaml")
    if chosen not in spec.snapshots:
        raise LeaderboardError(
            f"{root / name / 'board.yaml'} does not say where snapshot {chosen!r} comes from;"
            " add it under snapshots"
        )
    return spec, chosen


def suspect_cells(
    flags: Sequence[SuspectSpec],
    names: Sequence[str],
    models: Sequence[str],
    scores: Sequence[Sequence[float | None]],
    place: object,
) -> dict[tuple[int, int], str]:
    """Return the reasons by cell; each flag must match the current value of its cell.

    Args:
        flags: The flagged cells and rows.
        names: Column names.
        models: Model of each row.
        scores: Rows of scores, None where missing.
        place: The file that contains the flags, for messages.

    Raises:
        LeaderboardError: If a flag fits no cell, or a flag for one cell fits several.
    """
    reasons = {}
    for flag in flags:
        places = [
            (i, j)
            for i, model in enumerate(models)
            for j, column in enumerate(names)
            if model == flag.model and flag.column in (None, column)
            if scores[i][j] is not None and flag.value in (None, scores[i][j])
        ]
        if not places or (flag.column is not None and len(places) > 1):
            cell = "any score" if flag.column is None else f"{flag.column} = {flag.value}"
            raise LeaderboardError(
                f"{place} flags {flag.model!r}, {cell} as suspect, but the snapshot has"
                f" {len(places)} such cells"
            )
        reasons.update(dict.fromkeys(places, flag.reason))
    return reasons
