"""Sheets as text for people: terminal, README, paper; nothing in a name is taken as markup."""

from __future__ import annotations

import io

from evaluators.averaging.typeset import (
    latex_table,
    latex_text,
    markdown_table,
    markdown_text,
    printable,
)
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
            shown.add_row(*(Text(printable(cell)) for cell in row))
        width = sum(
            max(cell_len(printable(row[j])) for row in (section.header, *section.rows)) + 2
            for j in range(len(section.header))
        )
        out = io.StringIO()
        Console(file=out, width=width, color_system=None).print(shown)
        return [line.rstrip() for line in out.getvalue().splitlines()]

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


def markdown(sheet: Sheet) -> str:
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


def latex(sheet: Sheet) -> str:
    """Return a LaTeX table for booktabs."""

    def caption(n: int, section: Section) -> str:
        facts = ", ".join(f"{name} {latex_text(value)}" for name, value in sheet.facts)
        said = [latex_text(section.title)] if section.title else []
        said += [facts, *(latex_text(note) for note in sheet.notes)]
        said += [latex_text(section.note)] if section.note else []
        if n == 0:
            said += [
                f"Left out: {latex_text(model)} ({latex_text(why)})"
                for model, why in sheet.left_out
            ]
        return ". ".join(part.removesuffix(".") for part in said)

    lines = ["% needs \\usepackage{booktabs}"]
    for n, section in enumerate(sheet.sections):
        lines += latex_table(
            section.header, section.numeric, section.rows, caption(n, section) + "."
        )
    return "\n".join(lines)
