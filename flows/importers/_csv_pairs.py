"""Columns of pairs, as in `94.2/92.3`: which two columns each becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.board_cells import two_texts
from flows.board_spec import BoardSpec
from flows.importing.draft import Asked
from flows.problem_list import Problems


def split_pairs(
    given: Mapping[str, Sequence[str]],
    header: Sequence[str],
    asked: Asked,
    notes: list[str],
    problems: Problems,
) -> dict[str, tuple[str, str]]:
    """Return the names of the two columns that each column of pairs becomes.

    Args:
        given: The cells of each column that are not missing.
        header: Every column of the file.
        asked: Whose column spec, or earlier snapshots, name the two columns of a task.
        notes: Where is said what became of which column.
        problems: Where a name that the file has already is noted.
    """
    split, plain = {}, []
    for name, cells in given.items():
        if not cells or not all(two_texts(text) for text in cells):
            continue
        for spec, whose in ((asked.spec, "the column spec"), (asked.known, asked.board)):
            found = _two_of_task(name, spec)
            if found is not None:
                notes.append(
                    f"column {name!r} of two numbers a cell: the first is taken to be {found[0]},"
                    f" the second {found[1]}, as {whose} has them in order"
                )
                break
        else:
            found = (f"{name}_1", f"{name}_2")
            plain.append(name)
        split[name] = found
        for part in found:
            if part in header:
                problems.add(
                    "",
                    f"column {name!r} of two numbers a cell becomes {' and '.join(found)}, but"
                    f" there is a column {part!r} too: --ignore one of the two",
                )
    if plain:
        notes.append(f"columns of two numbers a cell, each made two columns: {', '.join(plain)}")
    return split


def _two_of_task(name: str, spec: BoardSpec | None) -> tuple[str, str] | None:
    """Return a board's columns of a task where they are two, or its two sub-splits."""
    for kind in ("task", "split_of"):
        found = [c.name for c in (spec.columns if spec else ()) if getattr(c, kind) == name]
        if len(found) == 2:
            return found[0], found[1]
    return None
