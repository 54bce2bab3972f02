"""Sheets as text for people: terminal, README, paper; nothing in a name is taken as markup."""

from __future__ import annotations

import io
import re

from flows.rank_sheet import Sheet


def table(sheet: Sheet) -> str:
    """Return an aligned table for a terminal."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, numeric in zip(sheet.header, sheet.numeric, strict=True):
        grid.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    for row in sheet.rows:
        grid.add_row(*(Text(_printable(cell)) for cell in row))
    width = sum(
        max(cell_len(_printable(row[j])) for row in (sheet.header, *sheet.rows)) + 2
        for j in range(len(sheet.header))
    )
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(grid)
    lines = [f"{name}: {_printable(value)}" for name, value in sheet.facts]
    lines += [f"note: {note}" for note in sheet.notes]
    lines += ["", *(line.rstrip() for line in out.getvalue().splitlines())]
    if sheet.left_out:
        lines += ["", "left out:"]
        lines += [f"  {_printable(model)}: {_printable(why)}" for model, why in sheet.left_out]
    return "\n".join(lines)


def markdown(sheet: Sheet) -> str:
    """Return a Markdown table."""

    def row(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(_markdown_text(cell) for cell in cells) + " |"

    rule = "|" + "|".join(" ---: " if numeric else " --- " for numeric in sheet.numeric) + "|"
    lines = [", ".join(f"{name} **{_markdown_text(value)}**" for name, value in sheet.facts), ""]
    lines += [line for note in sheet.notes for line in (f"> {_markdown_text(note)}", "")]
    lines += [row(sheet.header), rule, *(row(cells) for cells in sheet.rows)]
    if sheet.left_out:
        lines += ["", "Left out:", ""]
        lines += [f"- {_markdown_text(m)}: {_markdown_text(why)}" for m, why in sheet.left_out]
    return "\n".join(lines)


def latex(sheet: Sheet) -> str:
    """Return a LaTeX table for booktabs."""

    def row(cells: tuple[str, ...]) -> str:
        return " & ".join(_latex_text(cell) for cell in cells) + r" \\"

    caption = ", ".join(f"{name} {_latex_text(value)}" for name, value in sheet.facts)
    said = [_latex_text(note) for note in sheet.notes]
    said += [f"Left out: {_latex_text(m)} ({_latex_text(why)})" for m, why in sheet.left_out]
    align = "".join("r" if numeric else "l" for numeric in sheet.numeric)
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}",
            r"\begin{table}",
            r"\caption{" + ". ".join([caption, *said]) + ".}",
            r"\begin{tabular}{" + align + "}",
            r"\toprule",
            row(sheet.header),
            r"\midrule",
            *(row(cells) for cells in sheet.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


_LATEX = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in _printable(text))


def _markdown_text(text: str) -> str:
    return re.sub(r"([\\`*_\[\]|<>])", r"\\\1", _printable(text))


def _printable(text: str) -> str:
    """Return the text on one line, without control characters that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)
