"""Sheets written out: for a terminal, a spreadsheet, a program, a paper, a README."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from db.table_text import csv_text
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
        return _csv(records)
    if form == "json":
        return json_text(document)
    return {"table": table, "latex": latex, "markdown": markdown}[form](sheet)


def _csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Write flat records; the columns are those of all records, in order of appearance."""
    header = list(dict.fromkeys(name for record in records for name in record))

    def cell(value: Any) -> Any:
        return int(value) if isinstance(value, bool) else value

    return csv_text(header, ([cell(record.get(name)) for name in header] for record in records))


def json_text(document: Mapping[str, Any]) -> str:
    """Return a document as JSON; an infinite exponent is a text, as JSON has no infinity."""

    def plain(x: Any) -> Any:
        if isinstance(x, Mapping):
            return {key: plain(item) for key, item in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(item) for item in x]
        return str(x) if isinstance(x, float) and not math.isfinite(x) else x

    return json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False)
