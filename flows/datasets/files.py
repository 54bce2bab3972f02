"""Reading one file of a mirror, or a bundled sample, by its suffix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluators.errors import DatasetError
from evaluators.task import PairTask
from flows.datasets.raw import Raw, wanted_columns
from flows.datasets.tables import AGAIN, column_values, parquet_table


def read(path: Path, task: PairTask) -> Raw:
    """Return the columns of a file that a task asks for.

    Raises:
        DatasetError: If the file is missing, empty, damaged, or lacks a column.
    """
    try:
        if path.stat().st_size == 0:
            raise DatasetError(f"{path} is empty (0 bytes): {AGAIN}")
        if path.suffix == ".parquet":
            return _read_parquet(path, task)
        from flows.datasets.texts import read_jsonl, read_tsv

        return read_tsv(path, task) if path.suffix == ".tsv" else read_jsonl(path, task)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error


def from_arrow(table: Any, task: PairTask, source: str) -> Raw:
    """Return the columns of an Arrow table that a task asks for.

    Raises:
        DatasetError: If a column is missing or of a type that holds something else.
    """
    names = wanted_columns(task, table.column_names, source)
    for position, name in enumerate(names):
        _demand_type(table.schema.field(name).type, name, source, numbers=position == 2)
    first, second, gold, *rest = (column_values(table.column(name), name, source) for name in names)
    return Raw(first, second, gold, rest[0] if rest else None, source)


def _read_parquet(path: Path, task: PairTask) -> Raw:
    table = parquet_table(path, lambda present: wanted_columns(task, present, str(path)))
    return from_arrow(table, task, str(path))


def _demand_type(found: Any, column: str, source: str, *, numbers: bool) -> None:
    from pyarrow import types

    value = found.value_type if types.is_dictionary(found) else found
    if numbers:
        fits = types.is_integer(value) or types.is_floating(value)
    else:
        fits = types.is_string(value) or types.is_large_string(value) or types.is_string_view(value)
    # A column of nothing but nulls has no type: its rows are named later.
    if not (fits or types.is_null(value)):
        raise DatasetError(
            f"{source}: column {column!r} holds {found}, not {'numbers' if numbers else 'text'}: "
            "convert it, or declare another column in the task"
        )
