"""Reading text files: TSV with a header, and one JSON object a line."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from evaluators.errors import DatasetError
from evaluators.task import PairTask
from flows.datasets.raw import Raw, wanted_columns


def read_tsv(path: Path, task: PairTask) -> Raw:
    r"""Read UTF-8 text whose first line names the columns, tabs between fields, no quoting.

    Raises:
        DatasetError: On invalid UTF-8, a byte-order mark, or a line with another number of fields.
    """
    lines = _lines(path, path.read_bytes())
    header = lines[0].split("\t")
    fields = [line.split("\t") for line in lines[1:]]
    for number, found in enumerate(fields, start=2):
        if len(found) != len(header):
            raise DatasetError(
                f"{path}, line {number} has {len(found)} fields, the header {len(header)}: "
                "a tab inside a sentence, or a line cut off"
            )
    names = wanted_columns(task, header, str(path))
    first, second, gold, *rest = ([row[header.index(name)] for row in fields] for name in names)
    numbers = [_number(text) for text in gold]
    return Raw(first, second, numbers, rest[0] if rest else None, str(path), "line", 2)


def read_jsonl(path: Path, task: PairTask) -> Raw:
    """Read one JSON object a line, gzipped when the name ends in `.gz`.

    Raises:
        DatasetError: On damaged gzip, invalid UTF-8, or a line that is no JSON object.
    """
    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DatasetError(
                f"{path} is truncated or damaged ({error}): fetch it again"
            ) from error
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(_lines(path, data), start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DatasetError(f"{path}, line {number} is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise DatasetError(f"{path}, line {number} is no JSON object: one a line is expected")
        rows.append(row)
    names = wanted_columns(task, list(dict.fromkeys(key for row in rows for key in row)), str(path))
    first, second, gold, *rest = ([row.get(name) for row in rows] for name in names)
    return Raw(first, second, gold, rest[0] if rest else None, str(path), "line")


def _lines(path: Path, data: bytes) -> list[str]:
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


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
