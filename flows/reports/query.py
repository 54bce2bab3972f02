"""Write out results of SQL queries as table, CSV, JSON or Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from db.table_text import aligned_table, csv_text, escape_control

if TYPE_CHECKING:
    from db.sandbox import QueryResult

FORMATS = ("table", "csv", "json", "markdown")


def render(result: QueryResult, form: str) -> str:
    """Return the result of a query in one of `FORMATS`, without a final line end."""
    writers: dict[str, Callable[[QueryResult], str]] = {
        "table": _table,
        "csv": _csv,
        "json": _json,
        "markdown": _markdown,
    }
    return writers[form](result)


def _text(value: Any) -> str:
    """Format a cell on one line, with terminal control characters escaped."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.10g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape_control(text)


def _table(result: QueryResult) -> str:
    rows = [[_text(value) for value in row] for row in result.rows]
    numeric = [
        all(isinstance(row[i], (int, float, type(None))) for row in result.rows)
        for i in range(len(result.columns))
    ]
    return "\n".join(aligned_table(result.columns, numeric, rows, rule=True))


def _csv(result: QueryResult) -> str:
    def cell(value: Any) -> Any:
        nested = isinstance(value, (list, dict))
        return json.dumps(value, ensure_ascii=False) if nested else value

    return csv_text(result.columns, ([cell(value) for value in row] for row in result.rows))


def _json(result: QueryResult) -> str:
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _markdown(result: QueryResult) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rows = [[_text(value) for value in row] for row in result.rows]
    rule = "|---" * len(result.columns) + "|"
    return "\n".join([line(list(result.columns)), rule, *map(line, rows)])
