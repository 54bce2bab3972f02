"""Sheets as text for people: terminal, README, paper; nothing in a name is taken as markup."""

from __future__ import annotations

from db.table_text import (
    aligned_table,
    latex_table,
    latex_text,
    markdown_table,
    markdown_text,
    printable,
)
from flows.sheet import Section, Sheet


def table(sheet: Sheet) -> str:
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
