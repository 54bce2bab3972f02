"""Read the rows of a split of a CLUE task from a mirror or the hub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evaluators.clue.task import ClueTask, Split
from evaluators.errors import DatasetError
from evaluators.names import validate_known
from flows.inputs.files import AGAIN, column_values, json_rows, parquet_table, tsv_rows
from flows.inputs.places import Place, locate

if TYPE_CHECKING:
    import pyarrow as pa

    from evaluators.progress import Progress


@dataclass(frozen=True)
class Source:
    """Where one split is published, as `locate` and the hub's reader need it."""

    name: str
    hub_id: str
    config: str
    revision: str | None
    split: str
    mirror_ids: tuple[str, ...] = ()


class Rows(NamedTuple):
    """Rows of one file.

    Attributes:
        rows: Values by column, as in the file.
        source: The file or the hub revision, for messages.
        unit: The unit that a row's number counts: "row", or "line" of a text file.
        start: The number of the first row in that count.
    """

    rows: list[dict[str, Any]]
    source: str
    unit: str = "row"
    start: int = 1

    def where(self, index: int) -> str:
        """Return the place of a row in the file, for messages; the index counts from 0."""
        return f"{self.source}, {self.unit} {index + self.start}"


def declared_split(task: ClueTask, name: str) -> Split:
    """Return a split of a task.

    Raises:
        DatasetError: The task has no split of that name; the message gives the nearest one.
    """
    try:
        validate_known(f"split of {task.name}", [name], task.splits)
    except ValueError as error:
        raise DatasetError(str(error)) from error
    return task.splits[name]


def source_of(task: ClueTask, split: Split) -> Source:
    """Return where a split is published."""
    other_repository = split.hub_id is not None
    return Source(
        name=task.name,
        hub_id=split.hub_id or task.hub_id,
        config=split.config or task.config,
        revision=None if other_repository else task.revision,
        split=split.file,
    )


def places(task: ClueTask, name: str, mirrors: Sequence[Path]) -> list[tuple[Source, Place]]:
    """Return where each file of a split is.

    Raises:
        DatasetError: As `locate`; the task has no such split.
    """
    split = declared_split(task, name)
    source = source_of(task, split)
    files = [replace(source, split=file) for file in (split.file, *split.also)]
    return [(one, locate(one, one.split, mirrors)) for one in files]


def read_rows(
    task: ClueTask,
    name: str,
    *,
    mirrors: Sequence[Path] = (),
    progress: Progress | None = None,
) -> list[Rows]:
    """Return the rows of each file of a split.

    Raises:
        DatasetError: No place has it, or a file is missing, empty, damaged or lacks a column.
    """
    split = declared_split(task, name)
    columns = split.columns or task.columns
    optional = () if split.labelled else (task.gold,)

    def choose(source: str) -> Callable[[Sequence[str]], list[str]]:
        return lambda present: _validate_columns(columns, optional, present, source, task)

    read = []
    for source, place in places(task, name, mirrors):
        if place.path is not None:
            read.append(_read_file(place.path, choose(str(place.path))))
        else:
            read.append(_fetch(source, choose, mirrors, progress))
    return read


def _read_file(path: Path, choose: Callable[[Sequence[str]], list[str]]) -> Rows:
    try:
        if path.stat().st_size == 0:
            raise DatasetError(f"{path} is empty (0 bytes): {AGAIN}")
        if path.suffix == ".parquet":
            return Rows(_dicts(parquet_table(path, choose), str(path)), str(path))
        if path.suffix == ".tsv":
            header, fields = tsv_rows(path)
            choose(header)
            return Rows(
                [dict(zip(header, row, strict=True)) for row in fields], str(path), "line", 2
            )
        rows = json_rows(path)
        choose(list(dict.fromkeys(key for row in rows for key in row)))
        return Rows(rows, str(path), "line")
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error


def _fetch(
    source: Source,
    choose: Callable[[str], Callable[[Sequence[str]], list[str]]],
    mirrors: Sequence[Path],
    progress: Progress | None,
) -> Rows:
    from flows.inputs.hub import fetch_table, newest_revision

    if source.revision is None:
        source = replace(source, revision=newest_revision(source, source.split, mirrors))
    table = fetch_table(source, source.split, mirrors=mirrors, progress=progress)
    place = f"{source.hub_id}@{source.revision}/{source.config}/{source.split}"
    return Rows(_dicts(table.select(choose(place)(table.column_names)), place), place)


def _dicts(table: pa.Table, source: str) -> list[dict[str, Any]]:
    names = table.column_names
    columns = [column_values(table.column(name), name, source) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _validate_columns(
    columns: Sequence[str],
    optional: Sequence[str],
    present: Sequence[str],
    source: str,
    task: ClueTask,
) -> list[str]:
    """Validate the columns and return all, as identities have several names."""
    missing = [column for column in columns if column not in present and column not in optional]
    if missing:
        hidden = (
            "; a split without labels is a hidden test set: declare it `labelled=False`"
            if missing == [task.gold]
            else ""
        )
        raise DatasetError(
            f"{source} has no column {', '.join(map(repr, missing))}, only "
            f"{', '.join(map(repr, present)) or 'none'}: rename its columns, or declare theirs "
            f"in the task {task.name}{hidden}"
        )
    return list(present)
