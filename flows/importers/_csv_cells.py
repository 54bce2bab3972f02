"""The cells of a foreign table: which are texts, which are two numbers, and what else to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.boards.foreign_files import CellError, Problems, grouped, read_number, two_texts
from flows.boards.spec import BoardSpec
from flows.importers._draft import Asked


def is_text(cells: Sequence[str], point: str) -> bool:
    """Return whether no cell of a column without empty cells looks like a number."""
    return bool(cells) and not any(_like_number(text, point) for text in cells)


def _like_number(text: str, point: str) -> bool:
    if text[0] in "+-.0123456789" and any(sign.isdigit() for sign in text):
        return True
    try:
        read_number(text, decimal=point)
    except CellError as error:
        return "leave the cell empty" in str(error)
    return True


def way_out(text: str) -> str:
    """Return a hint at the option that accepts a refused cell, or an empty text."""
    if two_texts(text):
        return " (--pairs split does, where the whole column is like that)"
    if grouped(text):
        return " (--decimal comma, where no comma groups thousands)" if text.count(",") == 1 else ""
    if "," in text and text.replace(",", "").lstrip("+-").isdigit():
        return " (--decimal comma does, for all)"
    if not any(sign.isdigit() for sign in text):
        return f" (--missing {text!r} does, for all)"
    return ""


def split_pairs(
    filled: Mapping[str, Sequence[str]],
    header: Sequence[str],
    asked: Asked,
    notes: list[str],
    problems: Problems,
) -> dict[str, tuple[str, str]]:
    """Return the names of the two columns that each column of pairs becomes.

    Args:
        filled: The cells of each column that are not missing.
        header: Every column of the file.
        asked: Its column spec or earlier snapshots may name the two columns of a task.
        notes: Receives a note on each column that is split.
        problems: Receives each new name that the file already has.
    """
    split, plain = {}, []
    for name, cells in filled.items():
        if not cells or not all(two_texts(text) for text in cells):
            continue
        for spec, source in ((asked.spec, "the column spec"), (asked.known, asked.board)):
            pair = _two_of_task(name, spec)
            if pair is not None:
                notes.append(
                    f"column {name!r} of two numbers a cell: the first is taken to be {pair[0]},"
                    f" the second {pair[1]}, as {source} has them in order"
                )
                break
        else:
            pair = (f"{name}_1", f"{name}_2")
            plain.append(name)
        split[name] = pair
        for part in pair:
            if part in header:
                problems.add(
                    "",
                    f"column {name!r} of two numbers a cell becomes {' and '.join(pair)}, but"
                    f" there is a column {part!r} too: --ignore one of the two",
                )
    if plain:
        notes.append(f"columns of two numbers a cell, each made two columns: {', '.join(plain)}")
    return split


def _two_of_task(name: str, spec: BoardSpec | None) -> tuple[str, str] | None:
    """Return the names of a task's two columns or sub-splits, or None."""
    for kind in ("task", "split_of"):
        names = [c.name for c in (spec.columns if spec else ()) if getattr(c, kind) == name]
        if len(names) == 2:
            return names[0], names[1]
    return None
