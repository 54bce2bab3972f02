"""Format sheets (facts, notes, tables, left-out models) for people and programs.

Names are escaped, so that no format takes them for markup, terminal commands or formulas.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from db.table_text import (
    aligned_table,
    csv_text,
    latex_table,
    latex_text,
    markdown_table,
    markdown_text,
    printable,
)

if TYPE_CHECKING:
    from evaluators.averaging import Board, Treatment

FORMATS = ("table", "csv", "json", "latex", "markdown")


@dataclass(frozen=True)
class Section:
    """One table.

    Attributes:
        title: Its title; empty if the sheet has only one table.
        header: Column names.
        numeric: For each column, whether it holds numbers.
        rows: Cells as text.
        note: The note below it.
    """

    title: str
    header: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """The readable form of a report.

    Attributes:
        facts: Board, snapshot, treatment, mean, p and n; every format shows them.
        notes: Further remarks.
        sections: The tables, the main one first.
        left_out: (model, reason) of each row without a rank.
    """

    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def about_board(
    board: Board,
    treatment: Treatment,
    p: float | None,
    *,
    n_models: int,
    n_columns: int,
    notes: tuple[str, ...] = (),
) -> dict[str, object]:
    """Return the values that every record of an output about a board carries.

    Args:
        board: The leaderboard.
        treatment: The treatment of its cells.
        p: Exponent of the mean; None if the output is about none or about several.
        n_models: How many rows took part.
        n_columns: How many columns took part.
        notes: Remarks on the output.
    """
    # Imported here because it imports NumPy, and every command's --help imports this module.
    from evaluators.averaging import mean_name

    return {
        "board": board.name,
        "snapshot": board.snapshot,
        "treatment": treatment.name,
        "mixed": treatment.mixed,
        "mean": None if p is None else mean_name(p),
        "p": p,
        "n_models": n_models,
        "n_columns": n_columns,
        "notes": "; ".join(notes),
    }


def size_of(ranked: int, models: int, columns: int) -> str:
    """Return n as text: the ranked rows of all rows, and the number of columns."""
    rows = f"{ranked} of {models} model" if models == 1 else f"{ranked} of {models} models"
    return f"{rows} over {columns} column" if columns == 1 else f"{rows} over {columns} columns"


def write(
    sheet: Sheet, form: str, *, records: Sequence[Mapping[str, Any]], document: Mapping[str, Any]
) -> str:
    """Return an output in one of `FORMATS`, without a final line end.

    Args:
        sheet: The content of `table`, `latex` and `markdown`.
        form: The format.
        records: The content of `csv`: flat rows, each with its board, snapshot and treatment.
        document: The content of `json`.
    """
    if form == "csv":
        return _csv(records)
    if form == "json":
        return json_text(document)
    return {"table": _table, "latex": _latex, "markdown": _markdown}[form](sheet)


def _csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Write flat records; the columns are in the order of their appearance."""
    header = list(dict.fromkeys(name for record in records for name in record))

    def cell(value: Any) -> Any:
        return int(value) if isinstance(value, bool) else value

    return csv_text(header, ([cell(record.get(name)) for name in header] for record in records))


def json_text(document: Mapping[str, Any]) -> str:
    """Return a document as JSON, with infinite numbers as text."""

    def plain(x: Any) -> Any:
        if isinstance(x, Mapping):
            return {key: plain(item) for key, item in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(item) for item in x]
        return str(x) if isinstance(x, float) and not math.isfinite(x) else x

    return json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False)


def _table(sheet: Sheet) -> str:
    """Return an aligned table for a terminal."""

    def grid(section: Section) -> list[str]:
        header = [printable(name) for name in section.header]
        rows = [[printable(cell) for cell in row] for row in section.rows]
        return aligned_table(header, section.numeric, rows)

    lines = [f"{name}: {printable(value)}" for name, value in sheet.facts]
    lines += [f"note: {printable(note)}" for note in sheet.notes]
    for section in sheet.sections:
        lines += ["", *([f"{printable(section.title)}:"] if section.title else [])]
        lines += grid(section) if section.rows else ["  none"]
        lines += [printable(section.note)] if section.note else []
    if sheet.left_out:
        lines += ["", "left out:"]
        lines += [f"  {printable(model)}: {printable(why)}" for model, why in sheet.left_out]
    return "\n".join(lines)


def _markdown(sheet: Sheet) -> str:
    """Return a Markdown table."""
    lines = [", ".join(f"{name} **{markdown_text(value)}**" for name, value in sheet.facts), ""]
    lines += [line for note in sheet.notes for line in (f"> {markdown_text(note)}", "")]
    for n, section in enumerate(sheet.sections):
        lines += (
            ["", f"**{markdown_text(section.title)}**", ""] if section.title else [""] * (n > 0)
        )
        lines += markdown_table(section.header, section.numeric, section.rows)
        lines += ["", markdown_text(section.note)] if section.note else []
    if sheet.left_out:
        lines += ["", "Left out:", ""]
        lines += [f"- {markdown_text(m)}: {markdown_text(why)}" for m, why in sheet.left_out]
    return "\n".join(lines)


def _latex(sheet: Sheet) -> str:
    """Return a LaTeX table for booktabs."""

    def caption(n: int, section: Section) -> str:
        facts = ", ".join(f"{name} {latex_text(value)}" for name, value in sheet.facts)
        sentences = [latex_text(section.title)] if section.title else []
        sentences += [facts, *(latex_text(note) for note in sheet.notes)]
        sentences += [latex_text(section.note)] if section.note else []
        if n == 0:
            sentences += [
                f"Left out: {latex_text(model)} ({latex_text(why)})"
                for model, why in sheet.left_out
            ]
        return ". ".join(part.removesuffix(".") for part in sentences)

    lines = ["% needs \\usepackage{booktabs}"]
    for n, section in enumerate(sheet.sections):
        lines += latex_table(
            section.header, section.numeric, section.rows, caption(n, section) + "."
        )
    return "\n".join(lines)
