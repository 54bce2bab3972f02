r"""Tables for papers and READMEs, in which no name is taken for markup.

from evaluators.averaging.typeset import markdown_table
markdown_table(("model", "score"), (False, True), [("a_b", "1.0")])[0]  # '| model | score |'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_LATEX = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def latex_table(
    header: Sequence[str], numeric: Sequence[bool], rows: Iterable[Sequence[str]], caption: str
) -> list[str]:
    """Return the lines of a table for booktabs.

    Args:
        header: Column names.
        numeric: Which columns hold numbers and stand right.
        rows: Cells as text.
        caption: Already LaTeX: what of it is data has been through `latex_text`.
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
    """Return text that LaTeX prints as it is written."""
    return "".join(_LATEX.get(character, character) for character in printable(text))


def markdown_text(text: str) -> str:
    """Return text that Markdown prints as it is written."""
    return re.sub(r"([\\`*_\[\]|<>])", r"\\\1", printable(text))


def printable(text: str) -> str:
    """Return the text on one line, without control characters that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)
