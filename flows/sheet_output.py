"""Sheets written out: for a terminal, a spreadsheet, a program, a paper, a README."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from flows.sheet import Sheet
from flows.sheet_text import latex, markdown, table

FORMATS = ("table", "csv", "json", "latex", "markdown")


def write(
    sheet: Sheet, form: str, *, records: Sequence[Mapping[str, Any]], document: Mapping[str, Any]
) -> str:
    """Return an output in one of `FORMATS`, without a final line end.

    Args:
        sheet: For people: `table`, `latex`, `markdown`.
        form: The format.
        records: For `csv`: flat rows, each saying what board, snapshot and treatment it is of.
        document: For `json`.
    """
    if form == "csv":
        return csv_text(records)
    if form == "json":
        return json_text(document)
    return {"table": table, "latex": latex, "markdown": markdown}[form](sheet)


def csv_text(records: Sequence[Mapping[str, Any]]) -> str:
    """Return flat records as CSV; the columns are those of all records, in order of appearance."""
    header = dict.fromkeys(name for record in records for name in record)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(header), lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({name: _csv_cell(value) for name, value in record.items()})
    return out.getvalue().rstrip("\n")


def json_text(document: Mapping[str, Any]) -> str:
    """Return a document as JSON; an infinite exponent is a text, as JSON has no infinity."""

    def plain(x: Any) -> Any:
        if isinstance(x, Mapping):
            return {key: plain(item) for key, item in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(item) for item in x]
        return str(x) if isinstance(x, float) and not math.isfinite(x) else x

    return json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False)


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    # A spreadsheet would run a text that starts like a formula; numbers stay numbers.
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value
