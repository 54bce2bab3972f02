"""Reading a parquet file or lines of JSON, whoever asks for which columns."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evaluators.errors import DatasetError

AGAIN = "fetch it again"


def parquet_table(path: Path, choose: Callable[[Sequence[str]], list[str]]) -> Any:
    """Return the Arrow table of the columns that `choose` picks of those that are there.

    Raises:
        DatasetError: The file is damaged; what `choose` raises.
        OSError: It cannot be opened.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        # From one open file, not from a name: a name may be taken for a folder of partitions.
        with path.open("rb") as file, ParquetFile(file) as parquet:
            columns = choose(parquet.schema_arrow.names)
            return parquet.read(columns=columns, use_threads=False)
    # A flipped bit may also land in a column's name, which then is no UTF-8.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).splitlines()[0]
        raise DatasetError(
            f"{path} is truncated, damaged or no parquet ({reason}): {AGAIN}"
        ) from error


def column_values(column: Any, name: str, source: str) -> list[Any]:
    """Return an Arrow column as Python values.

    Raises:
        DatasetError: Text that is not UTF-8, with its row.
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
            raise DatasetError(f"{path}, line {number} is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise DatasetError(f"{path}, line {number} is no JSON object: one a line is expected")
        rows.append(row)
    return rows


def tsv_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and the fields of each line: tabs between them, no quoting.

    Raises:
        DatasetError: On invalid UTF-8, a byte-order mark, or a line with another number of fields.
    """
    lines = text_lines(path, path.read_bytes())
    header = lines[0].split("\t")
    fields = [line.split("\t") for line in lines[1:]]
    for number, found in enumerate(fields, start=2):
        if len(found) != len(header):
            raise DatasetError(
                f"{path}, line {number} has {len(found)} fields, the header {len(header)}: "
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
