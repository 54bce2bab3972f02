"""Read one file of a mirror or a bundled sample: TSV, JSON lines, Parquet."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluators.errors import DatasetError
from evaluators.task import PairTask

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Raw:
    """The columns of one split.

    Attributes:
        first: First sentences, not validated yet.
        second: Second sentences.
        gold: Gold values.
        subsets: Sub-dataset names, or None if the file has no such column.
        source: The file or the hub revision, for messages.
        unit: The unit that a row's number counts: "row", or "line" of a text file.
        start: The number of the first row in that count: 2 under a header line.
        rows: Index of each value's row in the file; None if they are all of them, in order.
    """

    first: Sequence[Any]
    second: Sequence[Any]
    gold: Sequence[Any]
    subsets: Sequence[Any] | None
    source: str
    unit: str = "row"
    start: int = 1
    rows: Sequence[int] | None = None

    def where(self, index: int) -> str:
        """Return the place of a row in the file, for messages; the index counts from 0."""
        row = index if self.rows is None else self.rows[index]
        return f"{self.source}, {self.unit} {row + self.start}"


def wanted_columns(task: PairTask, present: Sequence[str], source: str) -> list[str]:
    """Return the columns to read, with the optional one only if it is present.

    Raises:
        DatasetError: If a column is missing; the message lists the columns of the file.
    """
    missing = [column for column in task.columns if column not in present]
    if missing:
        hidden = (
            "; a split without gold values is a hidden test set and cannot be scored"
            if missing == [task.columns[2]]
            else ""
        )
        raise DatasetError(
            f"{source} has no column {', '.join(map(repr, missing))}, only "
            f"{', '.join(map(repr, present)) or 'none'}: rename its columns, or declare theirs "
            f"in the task {task.name}{hidden}"
        )
    optional = task.subset_column
    return [*task.columns, *([optional] if optional in present and optional is not None else [])]


AGAIN = "fetch it again"


def parquet_table(path: Path, choose: Callable[[Sequence[str]], list[str]]) -> pa.Table:
    """Return the Arrow table of the columns that `choose` selects.

    Raises:
        DatasetError: The file is damaged; what `choose` raises.
        OSError: It cannot be opened.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        # Not from a name, which may be taken for a folder of partitions; nor from Python's file:
        # a process that ends soon after reading one is aborted once in sixty times by a thread of
        # pyarrow's ("terminate called without an active exception").
        with ParquetFile(pa.BufferReader(path.read_bytes())) as parquet:
            columns = choose(parquet.schema_arrow.names)
            return parquet.read(columns=columns, use_threads=False)
    # A flipped bit may also be in a column's name, which then is not UTF-8.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).splitlines()[0]
        raise DatasetError(
            f"{path} is truncated, damaged or not parquet ({reason}): {AGAIN}"
        ) from error


def column_values(column: pa.ChunkedArray, name: str, source: str) -> list[Any]:
    """Return an Arrow column as Python values.

    Raises:
        DatasetError: If a text is not UTF-8; the message names its row.
    """
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


def json_rows(path: Path) -> list[dict[str, Any]]:
    """Return one JSON object a line, gunzipped when the name ends in `.gz`.

    Raises:
        DatasetError: On damaged gzip, invalid UTF-8, or a line that is no JSON object.
    """
    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DatasetError(f"{path} is truncated or damaged ({error}): {AGAIN}") from error
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(text_lines(path, data), start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DatasetError(f"{path}, line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise DatasetError(
                f"{path}, line {number} is not a JSON object: write one object per line"
            )
        rows.append(row)
    return rows


def tsv_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and the fields of each line, split at tabs without quoting.

    Raises:
        DatasetError: On invalid UTF-8, a byte-order mark, or a line with another number of fields.
    """
    lines = text_lines(path, path.read_bytes())
    header = lines[0].split("\t")
    fields = [line.split("\t") for line in lines[1:]]
    for number, values in enumerate(fields, start=2):
        if len(values) != len(header):
            raise DatasetError(
                f"{path}, line {number} has {len(values)} fields, the header {len(header)}: "
                "a tab inside a sentence, or a line cut off"
            )
    return header, fields


def text_lines(path: Path, data: bytes) -> list[str]:
    """Return the lines of UTF-8 text, without their ends.

    Raises:
        DatasetError: On a byte-order mark or invalid UTF-8, with its line.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        raise DatasetError(f"{path} starts with a byte-order mark: save it as UTF-8 without one")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DatasetError(
            f"{path}, line {line} is not UTF-8 (byte {error.start}): save the file as UTF-8"
        ) from error
    # Not splitlines: it also splits at U+2028 and others, which sentences may hold.
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def read_tsv(path: Path, task: PairTask) -> Raw:
    r"""Read UTF-8 text with a header line and fields split at tabs, without quoting.

    Raises:
        DatasetError: On invalid UTF-8, a byte-order mark, or a line with another number of fields.
    """
    header, fields = tsv_rows(path)
    names = wanted_columns(task, header, str(path))
    first, second, gold, *rest = ([row[header.index(name)] for row in fields] for name in names)
    numbers = [_number(text) for text in gold]
    return Raw(first, second, numbers, rest[0] if rest else None, str(path), "line", 2)


def read_jsonl(path: Path, task: PairTask) -> Raw:
    """Read one JSON object a line, gzipped when the name ends in `.gz`.

    Raises:
        DatasetError: On damaged gzip, invalid UTF-8, or a line that is no JSON object.
    """
    rows = json_rows(path)
    names = wanted_columns(task, list(dict.fromkeys(key for row in rows for key in row)), str(path))
    if len(rows) == 1 and all(isinstance(rows[0].get(name), list) for name in names):
        return _of_one_row([rows[0][name] for name in names], names, str(path))
    first, second, gold, *rest = ([row.get(name) for row in rows] for name in names)
    return Raw(first, second, gold, rest[0] if rest else None, str(path), "line")


def _of_one_row(columns: Sequence[Sequence[Any]], names: Sequence[str], source: str) -> Raw:
    """Return the pairs of a file whose only row holds them all, as MTEB's first ones did.

    Raises:
        DatasetError: The lists differ in length.
    """
    lengths = dict(zip(names, map(len, columns), strict=True))
    if len(set(lengths.values())) > 1:
        raise DatasetError(
            f"{source}: the lists of its only row must have one length, got "
            f"{', '.join(f'{name} {length}' for name, length in lengths.items())}: {AGAIN}"
        )
    first, second, gold, *rest = columns
    return Raw(first, second, gold, rest[0] if rest else None, source, "pair")


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


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

        return read_tsv(path, task) if path.suffix == ".tsv" else read_jsonl(path, task)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error


def from_arrow(table: pa.Table, task: PairTask, source: str) -> Raw:
    """Return the columns of an Arrow table that a task asks for.

    Raises:
        DatasetError: If a column is missing or of a type that holds something else.
    """
    from pyarrow import types

    names = wanted_columns(task, table.column_names, source)
    kinds = [table.schema.field(name).type for name in names]
    if len(table) == 1 and all(types.is_list(kind) or types.is_large_list(kind) for kind in kinds):
        values = [column_values(table.column(name), name, source)[0] or [] for name in names]
        return _of_one_row(values, names, source)
    for position, name in enumerate(names):
        _validate_type(table.schema.field(name).type, name, source, numbers=position == 2)
    first, second, gold, *rest = (column_values(table.column(name), name, source) for name in names)
    return Raw(first, second, gold, rest[0] if rest else None, source)


def _read_parquet(path: Path, task: PairTask) -> Raw:
    table = parquet_table(path, lambda present: wanted_columns(task, present, str(path)))
    return from_arrow(table, task, str(path))


def _validate_type(column_type: Any, column: str, source: str, *, numbers: bool) -> None:
    from pyarrow import types

    value = column_type.value_type if types.is_dictionary(column_type) else column_type
    if numbers:
        fits = types.is_integer(value) or types.is_floating(value)
    else:
        fits = types.is_string(value) or types.is_large_string(value) or types.is_string_view(value)
    # A column of nulls only has no type; the validation of the rows reports it.
    if not (fits or types.is_null(value)):
        raise DatasetError(
            f"{source}: column {column!r} holds {column_type}, not "
            f"{'numbers' if numbers else 'text'}: convert it, or declare another column in the task"
        )
