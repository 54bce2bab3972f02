r"""Format rows as CSV, terminal table, Markdown or LaTeX.

It is in db because the command line and the dashboard both format rows of the store, and both may
import db; it does not depend on the meaning of the rows. Cells are escaped, so that they are not
taken for markup, a command to the terminal or a formula.

from db.table_text import markdown_table
markdown_table(("model", "score"), (False, True), [("a_b", "1.0")])[0]  # '| model | score |'
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_LATEX = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
# Some spreadsheets skip white space before the first sign of a formula.
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")


def csv_text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table as CSV without a final line end; None is an empty cell.

    Args:
        header: Column names.
        rows: Cells; texts that look like formulas are escaped, numbers stay numbers.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(escape_formula(name) for name in header)
    writer.writerows([escape_formula(cell) for cell in row] for row in rows)
    return buffer.getvalue().rstrip("\n")


def escape_formula(cell: object) -> object:
    """Return a cell, with a quote before text that a spreadsheet would run."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def aligned_table(
    header: Sequence[str],
    numeric: Sequence[bool],
    rows: Sequence[Sequence[str]],
    *,
    rule: bool = False,
) -> list[str]:
    """Return the lines of a table for a terminal.

    Args:
        header: Column names.
        numeric: Which columns hold numbers and stand right.
        rows: Cells as text, without control characters.
        rule: Whether a line is drawn under the header.
    """
    from rich.cells import cell_len  # a Chinese character is two columns wide

    widths = [max(map(cell_len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = []
        for cell, width, right in zip(cells, widths, numeric, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if right else cell + space)
        return "  ".join(padded).rstrip()

    rule_line = ["  ".join("─" * width for width in widths)] if rule else []
    return [line(header), *rule_line, *map(line, rows)]


def latex_table(
    header: Sequence[str], numeric: Sequence[bool], rows: Iterable[Sequence[str]], caption: str
) -> list[str]:
    """Return the lines of a table for booktabs.

    Args:
        header: Column names.
        numeric: Which columns hold numbers and stand right.
        rows: Cells as text.
        caption: LaTeX, in which data has been escaped by `latex_text`.
    """

    def line(cells: Sequence[str]) -> str:
        return " & ".join(latex_text(cell) for cell in cells) + r" \\"

    align = "".join("r" if right else "l" for right in numeric)
    return [
        r"\begin{table}",
        r"\caption{" + caption + "}",
        r"\begin{tabular}{" + align + "}",
        r"\toprule",
        line(header),
        r"\midrule",
        *(line(cells) for cells in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]


def markdown_table(
    header: Sequence[str], numeric: Sequence[bool], rows: Iterable[Sequence[str]]
) -> list[str]:
    """Return the lines of a Markdown table.

    Args:
        header: Column names.
        numeric: Which columns hold numbers and stand right.
        rows: Cells as text.
    """

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(markdown_text(cell) for cell in cells) + " |"

    rule = "|" + "|".join(" ---: " if right else " --- " for right in numeric) + "|"
    return [line(header), rule, *(line(cells) for cells in rows)]


def latex_text(text: str) -> str:
    """Escape text for LaTeX."""
    return "".join(_LATEX.get(character, character) for character in printable(text))


def markdown_text(text: str) -> str:
    """Escape text for Markdown."""
    return re.sub(r"([\\`*_\[\]|<>])", r"\\\1", printable(text))


def printable(text: str) -> str:
    """Return the text on one line, with control characters replaced by spaces."""
    return "".join(c if c.isprintable() else " " for c in text)


def escape_control(text: str) -> str:
    """Return the text on one line, with control characters escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
