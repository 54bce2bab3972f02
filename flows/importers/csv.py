"""Tidy CSV or TSV: a row a model, a column a task metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from flows.boards.board_file import wrong_flag, wrong_width
from flows.boards.foreign_files import (
    CellError,
    Problems,
    grouped,
    read_lines,
    read_number,
    two_texts,
)
from flows.boards.spec import BoardSpec
from flows.importers._build import build
from flows.importers._columns import namesake
from flows.importers._draft import Asked, Draft, DraftColumn, DraftRow, Imported, files_of, named

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_OWN = ("submitted_by", "is_human", "published_score", "source")

OPTIONS = (
    click.Option(
        ["--delimiter"],
        type=click.Choice(list(_DELIMITERS)),
        help="Cell delimiter. Default: a tab for .tsv, else a comma.",
    ),
    click.Option(
        ["--decimal"],
        type=click.Choice(["point", "comma"]),
        default="point",
        show_default=True,
        help="Decimal separator of the numbers.",
    ),
    click.Option(
        ["--missing"],
        multiple=True,
        metavar="TEXT",
        help="Text of a missing score, such as '-', besides the empty cell; repeatable.",
    ),
    click.Option(
        ["--pairs"],
        type=click.Choice(["split"]),
        help="Make two columns of one whose cells hold two numbers, as '94.2/92.3': the two"
        " that the board or spec has of that task, in its order, or else X_1 and X_2.",
    ),
    click.Option(
        ["--model-column"],
        default="model",
        show_default=True,
        help="Column with the model's name.",
    ),
)


def read(
    path: Path,
    asked: Asked,
    *,
    delimiter: str | None = None,
    decimal: str = "point",
    missing: Sequence[str] = (),
    pairs: str | None = None,
    model_column: str = "model",
) -> Imported:
    """Read a table of models; only the column of the model is required.

    Raises:
        LeaderboardError: With all problems of the file.
    """
    files_of(path, "*")
    problems = Problems(path)
    tab = ".tsv" in path.suffixes
    separator = _DELIMITERS[delimiter] if delimiter else "\t" if tab else ","
    header, *lines = read_lines(path, separator) or [[]]
    header = [name.strip() for name in header]
    check_header(header, model_column, problems)
    problems.stop_if_any()
    rows, unused = [], {*asked.ignore} & {*_OWN}
    for number, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.add(f"row {number}", wrong_width(len(cells), len(header)))
        else:
            row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            rows.append((number, {n: row[n] for n in row if n not in unused}))
    scored = [n for n in header if n not in (model_column, *_OWN, *asked.ignore)]
    notes = [f"the text {', '.join(map(repr, missing))} is a missing score"] if missing else []
    if ("is_human" not in header or "is_human" in unused) and not asked.human:
        notes.append("no row is human: there is no column is_human, and no --human names one")
    if asked.spec is None and asked.known is None:
        notes.append("each column is a task of its own, none a diagnostic; --column-spec says else")
        notes += namesake(scored)
    filled = {n: [row[n] for _, row in rows if row[n] and row[n] not in missing] for n in scored}
    split = split_pairs(filled, header, asked, notes, problems) if pairs else {}
    point = "," if decimal == "comma" else "."
    texts = [n for n in scored if is_text(filled[n], point)]
    for name in texts:
        problems.add(f"column {name!r}", f"contains no numbers: give --ignore {name!r}")
    columns = [
        DraftColumn(name=part, task=name, metric=f"metric {i + 1}" if name in split else "score")
        for name in scored
        if name not in texts
        for i, part in enumerate(split.get(name, [name]))
    ] + [DraftColumn(name, name) for name in asked.ignore if name in header]
    draft = []
    for number, row in rows:
        place = f"row {number} ({row[model_column]})"
        flag = row.get("is_human")
        if not row[model_column]:
            problems.add(f"row {number}", "no model name")
        if flag not in (None, "0", "1"):
            problems.add(f"row {number}", wrong_flag(flag))
        row_cells = {name: row[name] for name in scored if name not in texts and name not in split}
        for name, (first, second) in split.items():
            pair = two_texts(row[name]) or (row[name], row[name])
            row_cells |= dict(zip((first, second), pair, strict=True))
        scores, unread = {}, set()
        for name, text in {**row_cells, "published_score": row.get("published_score", "")}.items():
            try:
                score = read_number(text, decimal=point, missing=missing)
            except CellError as error:
                problems.add(f"{place}, {name}", f"{error}{way_out(text)}")
                unread.add(name)
                continue
            if score is not None:
                scores[name] = score
        draft.append(
            DraftRow(
                where=place,
                model=row[model_column],
                submitted_by=row.get("submitted_by", ""),
                is_human=None if flag is None else flag == "1",
                published=scores.pop("published_score", None),
                source=row.get("source", ""),
                scores=scores,
                unread=frozenset(unread),
            )
        )
    return build(Draft(columns, draft, notes=notes), asked, problems, source=named([path], path))


def check_header(header: list[str], model_column: str, problems: Problems) -> None:
    """Report a header with one cell, duplicate or empty names, or no model column."""
    if len(header) == 1 and any(other in header[0] for other in ";\t,"):
        problems.add("", f"the header is one cell: {header[0][:60]!r}; give --delimiter")
    elif model_column not in header:
        problems.add("", f"the file has no column {model_column!r}; give --model-column")
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            message = f"{header.count(name)} columns named {name!r}"
            problems.add("", message if name else f"{header.count(name)} columns without a name")
    if header.count("") == 1:
        problems.add("", f"column {header.index('') + 1} has no name")


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
