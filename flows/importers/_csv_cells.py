"""What the header and the columns of a foreign table are good for."""

from __future__ import annotations

from collections.abc import Sequence

from flows.board_cells import CellError, read_number, two_texts
from flows.problem_list import Problems


def check_header(header: list[str], model_column: str, problems: Problems) -> None:
    """Note a header that cannot be one: of one cell, doubled or without names or models."""
    if len(header) == 1 and any(other in header[0] for other in ";\t,"):
        problems.add("", f"the header is one cell: {header[0][:60]!r}; say --delimiter")
    elif model_column not in header:
        problems.add("", f"there is no column {model_column!r}; say --model-column")
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            what = f"{header.count(name)} columns named {name!r}"
            problems.add("", what if name else f"{header.count(name)} columns without a name")
    if header.count("") == 1:
        problems.add("", f"column {header.index('') + 1} has no name")


def split_pairs(
    rows: Sequence[tuple[int, dict[str, str]]],
    scored: Sequence[str],
    missing: Sequence[str],
    notes: list[str],
) -> dict[str, tuple[str, str]]:
    """Return the names of the two columns that each column of pairs becomes."""
    split = {}
    for name in scored:
        given = [row[name] for _, row in rows if row[name] and row[name] not in missing]
        if given and all(two_texts(text) for text in given):
            split[name] = (f"{name}_1", f"{name}_2")
    if split:
        notes.append(f"columns of two numbers a cell, each made two columns: {', '.join(split)}")
    return split


def is_text(
    rows: Sequence[tuple[int, dict[str, str]]], name: str, point: str, missing: Sequence[str]
) -> bool:
    """Whether no cell of a column has a digit, or none reads as anything like a number."""
    given = [row[name] for _, row in rows if row[name] and row[name] not in missing]
    return bool(given) and not any(_like_number(text, point) for text in given)


def _like_number(text: str, point: str) -> bool:
    if text[0] in "+-.0123456789" and any(sign.isdigit() for sign in text):
        return True
    try:
        read_number(text, decimal=point)
    except CellError as error:
        return "leave the cell empty" in str(error)
    return True


def way_out(text: str) -> str:
    """Return the option that resolves a refused cell, where there is one."""
    if two_texts(text):
        return " (--pairs split does, where the whole column is like that)"
    if "," in text and text.replace(",", "").lstrip("+-").isdigit():
        return " (--decimal comma does, for all)"
    if not any(sign.isdigit() for sign in text):
        return f" (--missing {text!r} does, for all)"
    return ""
