"""What the header and the columns of a foreign table are good for."""

from __future__ import annotations

from collections.abc import Sequence

from flows.board_cells import CellError, grouped, read_number, two_texts
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


def is_text(given: Sequence[str], point: str) -> bool:
    """Whether none of a column's cells, of which none is empty, reads as anything like a number."""
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
    if grouped(text):
        return " (--decimal comma, where no comma groups thousands)" if text.count(",") == 1 else ""
    if "," in text and text.replace(",", "").lstrip("+-").isdigit():
        return " (--decimal comma does, for all)"
    if not any(sign.isdigit() for sign in text):
        return f" (--missing {text!r} does, for all)"
    return ""
