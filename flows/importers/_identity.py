"""Say who a row is: names from files and folders, new names, and one row of several.

A row is a model as evaluated. Two revisions, precisions, adapters or prompts of one model are two
rows; where one row a model is wanted, the user says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from evaluators.names import nearest
from flows.boards.foreign_files import Problems, read_lines
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, DraftRow, many

PLACES = ("config", "folder", "file")
"""Where a row's name can come from, beside a pattern: what the file says, the folder that it is in,
or its own name."""


def named_by(place: str, model_from: str, stated: str) -> str:
    """Return the name of a row; empty where its place gives none.

    Args:
        place: Path of the file below the imported folder, with `/`.
        model_from: One of `PLACES`, or a regular expression that is searched for in `place`; the
            group `model`, else the first group, else the whole match is the name.
        stated: What the file itself says.

    Raises:
        LeaderboardError: The pattern is not a regular expression.
    """
    path = PurePosixPath(place)
    if model_from == "config":
        return stated
    if model_from == "folder":
        return "" if path.parent == PurePosixPath() else str(path.parent)
    if model_from == "file":
        return path.name.split(".json")[0].removesuffix(".md")
    match = _pattern(model_from).search(place)
    if match is None:
        return ""
    groups = match.groupdict()
    return str(groups.get("model") or next(iter(match.groups()), None) or match[0])


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise LeaderboardError(
            f"--model-from {text!r}: must be {', '.join(PLACES)} or a regular expression ({error})"
        ) from error


def read_names(path: Path) -> dict[str, str]:
    """Read new names: a CSV or TSV file with the old and the new name in each line.

    Raises:
        LeaderboardError: It cannot be read, or a line does not hold two names.
    """
    lines = read_lines(path, "\t" if ".tsv" in path.suffixes else ",")
    names: dict[str, str] = {}
    for number, cells in enumerate(lines, start=1):
        if not any(cells):
            continue
        if len(cells) != 2 or not all(cell.strip() for cell in cells):
            raise LeaderboardError(
                f"{path}, line {number}: must be an old name and a new one, found {len(cells)}"
                f" cells: {','.join(cells)[:60]}"
            )
        old, new = (cell.strip() for cell in cells)
        if names.setdefault(old, new) != new:
            raise LeaderboardError(f"{path}, line {number}: {old!r} has two new names")
    return names


def told_apart_by(rows: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, list[str]]:
    """Return what tells the rows of each model apart: the kinds of details in which they differ.

    Args:
        rows: The model and the details of each row by kind; what is absent or empty is not stated.
    """
    by_model: dict[str, list[Mapping[str, str]]] = {}
    for model, details in rows:
        by_model.setdefault(model, []).append(details)
    return {
        model: [
            kind
            for kind in dict.fromkeys(kind for details in alike for kind in details)
            if len({details.get(kind, "") for details in alike}) > 1
        ]
        for model, alike in by_model.items()
    }


def chosen_rows(
    rows: Sequence[DraftRow], asked: Asked, problems: Problems, notes: list[str]
) -> list[DraftRow]:
    """Rename rows, and keep one of each model where the user said which.

    `asked.keep` is empty (all), `newest` (by date), `best` (the highest mean over the columns that
    all rows of the model have), or `revision=NAME`.
    """
    named = [replace(row, model=asked.rename.get(row.model, row.model)) for row in rows]
    models = dict.fromkeys(row.model for row in rows)
    for old in asked.rename:
        if old not in models:
            problems.add("", f"--rename: no row is named {old!r}{nearest(old, models)}")
    if not asked.keep:
        return named
    rule, _, revision = asked.keep.partition("=")
    if rule not in ("newest", "best", "revision") or (rule == "revision") != bool(revision):
        problems.add("", f"--keep {asked.keep}: must be newest, best or revision=NAME")
        return named
    by_base: dict[str, list[DraftRow]] = {}
    for row in named:
        by_base.setdefault(row.base or row.model, []).append(row)
    kept, left = [], []
    for base, candidates in by_base.items():
        chosen = _choose(rule, revision, base, candidates, problems)
        left += [row.model for row in candidates if row is not chosen]
        if chosen is not None:
            kept.append(replace(chosen, model=base) if len(candidates) > 1 else chosen)
    if left:
        notes.append(
            f"--keep {asked.keep} leaves {many(len(left), 'row')} out: {asked.listed(left)}"
        )
    return kept


def _choose(
    rule: str, revision: str, base: str, rows: Sequence[DraftRow], problems: Problems
) -> DraftRow | None:
    """Return the row of a model that counts, or note why none does."""
    if len(rows) == 1 and rule != "revision":
        return rows[0]
    if rule == "revision":
        of_revision = [row for row in rows if row.revision == revision]
        if len(of_revision) > 1:
            problems.add("", f"{base}: {len(of_revision)} rows have the revision {revision}")
        return of_revision[0] if of_revision else None
    if rule == "newest":
        if not all(row.date for row in rows):
            problems.add("", f"--keep newest: not every row of {base} says when it was measured")
            return rows[0]
        return max(rows, key=lambda row: row.date)
    shared = set.intersection(*(set(row.scores) for row in rows))
    if not shared:
        problems.add("", f"--keep best: the rows of {base} share no column")
        return rows[0]
    return max(rows, key=lambda row: sum(row.scores[name] for name in shared))
