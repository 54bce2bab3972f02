"""Reading text files: TSV with a header, and one JSON object a line."""

from __future__ import annotations

from pathlib import Path

from evaluators.task import PairTask
from flows.datasets.raw import Raw, wanted_columns
from flows.datasets.tables import json_rows, tsv_rows


def read_tsv(path: Path, task: PairTask) -> Raw:
    r"""Read UTF-8 text whose first line names the columns, tabs between fields, no quoting.

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
    first, second, gold, *rest = ([row.get(name) for row in rows] for name in names)
    return Raw(first, second, gold, rest[0] if rest else None, str(path), "line")


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
