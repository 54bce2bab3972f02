"""Sheets as text for people: terminal, README, paper; nothing in a name is taken as markup."""

from __future__ import annotations

import io
import re

from flows.sheet import Section, Sheet


def table(sheet: Sheet) -> str:
    """Return an aligned table for a terminal."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    def grid(section: Section) -> list[str]:
        shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name, numeric in zip(section.header, section.numeric, strict=True):
            shown.add_column(name, justify="right" if numeric else "left", no_wrap=True)
        for row in section.rows:
            shown.add_row(*(Text(_printable(cell)) for cell in row))
        width = sum(
            max(cell_len(_printable(row[j])) for row in (section.header, *section.rows)) + 2
            for j in range(len(section.header))
        )
        out = io.StringIO()
        Console(file=out, width=width, color_system=None).print(shown)
        return [line.rstrip() for line in out.getvalue().splitlines()]

    lines = [f"{name}: {_printable(value)}" for name, value in sheet.facts]
    lines += [f"note: {_printable(note)}" for note in sheet.notes]
    for section in sheet.sections:
        lines += ["", *([f"{_printable(section.title)}:"] if section.title else [])]
        lines += grid(section) if section.rows else ["  none"]
        lines += [_printable(section.note)] if section.note else []
    if sheet.left_out:
        lines += ["", "left out:"]
        lines += [f"  {_printable(model)}: {_printable(why)}" for model, why in sheet.left_out]
    return "\n".join(lines)


def markdown(sheet: Sheet) -> str:
    """Return a Markdown table."""

    def row(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(_markdown_text(cell) for cell in cells) + " |"

    lines = [", ".join(f"{name} **{_markdown_text(value)}**" for name, value in sheet.facts), ""]
    lines += [line for note in sheet.notes for line in (f"> {_markdown_text(note)}", "")]
    for n, section in enumerate(sheet.sections):
        lines += (
            ["", f"**{_markdown_text(section.title)}**", ""] if section.title else [""] * (n > 0)
        )
        rule = "|" + "|".join(" ---: " if numeric else " --- " for numeric in section.numeric) + "|"
        lines += [row(section.header), rule, *(row(cells) for cells in section.rows)]
        lines += ["", _markdown_text(section.note)] if section.note else []
    if sheet.left_out:
        lines += ["", "Left out:", ""]
        lines += [f"- {_markdown_text(m)}: {_markdown_text(why)}" for m, why in sheet.left_out]
    return "\n".join(lines)


def latex(sheet: Sheet) -> str:
    """Return a LaTeX table for booktabs."""

    def row(cells: tuple[str, ...]) -> str:
        return " & ".join(_latex_text(cell) for cell in cells) + r" \\"

    def caption(n: int, section: Section) -> str:
        facts = ", ".join(f"{name} {_latex_text(value)}" for name, value in sheet.facts)
        said = [_latex_text(section.title)] if section.title else []
        said += [facts, *(_latex_text(note) for note in sheet.notes)]
        said += [_latex_text(section.note)] if section.note else []
        if n == 0:
            said += [
                f"Left out: {_latex_text(model)} ({_latex_text(why)})"
                for model, why in sheet.left_out
            ]
        return ". ".join(part.removesuffix(".") for part in said)

    lines = ["% needs \\usepackage{booktabs}"]
    for n, section in enumerate(sheet.sections):
        align = "".join("r" if numeric else "l" for numeric in section.numeric)
        lines += [
            r"\begin{table}",
            r"\caption{" + caption(n, section) + ".}",
            r"\begin{tabular}{" + align + "}",
            r"\toprule",
            row(section.header),
            r"\midrule",
            *(row(cells) for cells in section.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    return "\n".join(lines)


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
