"""Answers of SQL queries written out for a terminal, a spreadsheet, a program, a README."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from db.sandbox import QueryResult

FORMATS = ("table", "csv", "json", "markdown")


def render(result: QueryResult, form: str) -> str:
    """Return an answer in one of `FORMATS`, without a final line end."""
    writers: dict[str, Callable[[QueryResult], str]] = {
        "table": _table,
        "csv": _csv,
        "json": _json,
        "markdown": _markdown,
    }
    return writers[form](result)


def _text(value: Any) -> str:
    """Write a cell on one line; what a terminal would take as a command is shown, not obeyed."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.10g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _table(result: QueryResult) -> str:
    from rich.cells import cell_len

    rows = [[_text(value) for value in row] for row in result.rows]
    numeric = [
        all(isinstance(row[i], (int, float, type(None))) for row in result.rows)
        for i in range(len(result.columns))
    ]
    widths = [
        max([cell_len(name), *(cell_len(row[i]) for row in rows)])
        for i, name in enumerate(result.columns)
    ]

    def line(cells: list[str]) -> str:
        padded = []
        for cell, width, right in zip(cells, widths, numeric, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if right else cell + space)
        return "  ".join(padded).rstrip()

    rule = "  ".join("─" * width for width in widths)
    return "\n".join([line(list(result.columns)), rule, *map(line, rows)])


def _csv(result: QueryResult) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_safe, result.columns))
    for row in result.rows:
        writer.writerow("" if value is None else _safe(value) for value in row)
    return out.getvalue().rstrip("\n")


def _safe(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


def _json(result: QueryResult) -> str:
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _markdown(result: QueryResult) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rows = [[_text(value) for value in row] for row in result.rows]
    rule = "|---" * len(result.columns) + "|"
    return "\n".join([line(list(result.columns)), rule, *map(line, rows)])
