"""Reading one file of a mirror, or a bundled sample, by its suffix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluators.errors import DatasetError
from evaluators.task import PairTask
from flows.datasets.raw import Raw, wanted_columns

AGAIN = "fetch it again"


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
    first, second, gold, *rest = (_values(table.column(name), name, source) for name in names)
    return Raw(first, second, gold, rest[0] if rest else None, source)


def _values(column: Any, name: str, source: str) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        for row, value in enumerate(column, start=1):
            try:
                value.as_py()
            except UnicodeDecodeError as error:
                raise DatasetError(
                    f"{source}, row {row}: column {name!r} holds text that is not UTF-8: {AGAIN}"
                ) from error
        raise
    return values


def _read_parquet(path: Path, task: PairTask) -> Raw:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        # From one open file, not from a name: a name may be taken for a folder of partitions.
        with path.open("rb") as file, ParquetFile(file) as parquet:
            columns = wanted_columns(task, parquet.schema_arrow.names, str(path))
            table = parquet.read(columns=columns, use_threads=False)
    # A flipped bit may also land in a column's name, which then is no UTF-8.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).splitlines()[0]
        raise DatasetError(
            f"{path} is truncated, damaged or no parquet ({reason}): {AGAIN}"
        ) from error
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
