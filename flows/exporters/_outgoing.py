"""Say what of a board goes out, and write it as files: names, JSON and YAML."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from evaluators.averaging import Board, Column
from evaluators.averaging.board import labels
from evaluators.model_facts.facts import Fact
from flows.boards.measured import CellInterval
from flows.errors import LeaderboardError
from flows.importers._draft import few, many

_LONGEST = 200  # bytes of a file's name; file systems allow 255


@dataclass(frozen=True)
class Cell:
    """One score that goes out.

    Attributes:
        column: Its column.
        task: The task, which with the metric is unique on the board.
        value: The score, in the column's unit.
        interval: Its 95% interval, None where there is none.
    """

    column: Column
    task: str
    value: float
    interval: CellInterval | None = None


@dataclass(frozen=True)
class Row:
    """The cells of one model.

    Attributes:
        model: Its name, unique on the board.
        source: Where its scores are from.
        cells: At least one.
        facts: What is known of the model beside scores, by the fact's name.
    """

    model: str
    source: str
    cells: tuple[Cell, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Outgoing:
    """A board as it goes out.

    Attributes:
        board: Its name.
        title: Its name for people.
        snapshot: Its date.
        rows: The models that have a score.
        columns: Names of the columns, in the board's order.
        notes: What does not go out, or under another name.
        measured: Whether rankcheck measured the scores.
    """

    board: str
    title: str
    snapshot: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    measured: bool = False

    def note_units(self, form: str, unit: float) -> None:
        """Note columns in another unit than a form's own files have."""
        other = {
            cell.column.name
            for row in self.rows
            for cell in row.cells
            if cell.column.bounded and cell.column.unit_max != unit
        }
        if other:
            self.notes.append(
                f"scores keep the board's unit, {form} has {unit:g} for a perfect one:"
                f" {few(sorted(other))}"
            )

    def note_facts(self, form: str, kept: Collection[str]) -> None:
        """Note facts about models for which a form has no field."""
        left = {name for row in self.rows for name in row.facts if name not in kept}
        if left:
            self.notes.append(f"{form} has no field for some facts: {', '.join(sorted(left))}")


def plain_number(value: float) -> int | float:
    """Return a whole number as an integer, which JSON and YAML write without a point."""
    return int(value) if float(value).is_integer() else value


def outgoing(
    board: Board,
    intervals: Mapping[tuple[str, str], CellInterval] | None = None,
    *,
    measured: bool = False,
) -> Outgoing:
    """Return what of a board goes out, and notes on what does not.

    Suspect cells stay: nobody who reads the files would know of them. Rows of one name are
    numbered; a task that has a metric twice goes out under the names of its columns.

    Raises:
        LeaderboardError: There is nothing to write.
    """
    pairs = Counter((column.task, column.metric) for column in board.columns)
    twice = [c for c in board.columns if pairs[c.task, c.metric] > 1]
    tasks = {c.name: c.name if c in twice else c.task for c in board.columns}
    names = labels(board)
    rows = []
    for i, name in enumerate(names):
        cells = tuple(
            Cell(c, tasks[c.name], value, (intervals or {}).get((board.models[i], c.name)))
            for j, (c, value) in enumerate(
                zip(board.columns, board.values[i].tolist(), strict=True)
            )
            if not math.isnan(value) and (i, j) not in board.suspect
        )
        if cells:
            rows.append(Row(name, board.sources[i], cells, board.facts[i]))
    if not rows:
        raise LeaderboardError(f"{board.name} {board.snapshot} has no scores to write")
    result = Outgoing(
        board.name,
        board.title,
        board.snapshot,
        tuple(rows),
        tuple(column.name for column in board.columns),
        measured=measured,
    )
    result.notes.extend(_left_out(board, rows, twice, names))
    return result


def _left_out(
    board: Board, rows: list[Row], twice: list[Column], names: tuple[str, ...]
) -> Iterator[str]:
    if board.suspect:
        models = few(dict.fromkeys(names[i] for i, _ in board.suspect))
        yield f"{many(len(board.suspect), 'suspect cell')} left out, of {models}"
    written = {row.model for row in rows}
    if without := [name for name in names if name not in written]:
        yield f"{many(len(without), 'model')} without a score left out: {few(without)}"
    if renamed := [name for name in names if name not in board.models]:
        yield f"rows of one name are numbered: {few(renamed)}"
    if twice:
        columns = few(column.name for column in twice)
        yield f"the task is the column's name, as task and metric repeat: {columns}"
    if any(board.is_human):
        humans = (n for n, human in zip(names, board.is_human, strict=True) if human)
        yield f"the files do not say who is human; import with --human: {few(humans)}"
    if diagnostic := [column.name for column in board.columns if column.role == "diagnostic"]:
        yield f"the files do not say which columns are diagnostic: {few(diagnostic)}"


def folder_path(model: str) -> Path:
    """Return a model's folder, `org/name`, of which `hub-results` reads the name again.

    Raises:
        LeaderboardError: The name is too long for a folder.
    """
    parts = model.split("/")
    encoded = [_component(part) for part in (parts if all(parts) else [model])]
    for part in encoded:
        if len(part) > _LONGEST:
            raise LeaderboardError(
                f"the name of {model[:60]}… is too long for a folder: it takes {len(part)} bytes"
                f" and must take at most {_LONGEST}; import the board with --rename"
            )
    return Path(*encoded)


def file_name(text: str) -> str:
    """Return a portable name of a file, unique for each text, of which no text is read again."""
    name = _component(text)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return name if len(name) <= _LONGEST else f"{name[:100]}-{digest}"


def _component(text: str) -> str:
    """Return one part of a path, with what is not portable as `%2F`."""
    encoded = quote(text, safe=" ()+,=@")
    if encoded.startswith("."):
        encoded = f"%2E{encoded[1:]}"
    if encoded.endswith((".", " ")):
        encoded = f"{encoded[:-1]}%{ord(encoded[-1]):02X}"
    return encoded


def write_text(path: Path, text: str) -> None:
    """Write a file in a folder that is made if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: object) -> None:
    """Write JSON without NaN."""
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    write_text(path, f"{text}\n")


class _Dumper(yaml.SafeDumper):
    """Writes texts in quotes, so that no reader takes `08`, `no` or `1:30` for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def yaml_text(content: object) -> str:
    """Return YAML that versions 1.1 and 1.2 read alike."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=math.inf)
