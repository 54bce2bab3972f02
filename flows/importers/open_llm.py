"""Open LLM Leaderboard snapshots, whose column names drift from one date to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from flows.board_cells import CellError, read_number
from flows.board_lines import read_lines
from flows.board_table import repeated
from flows.importers._open_llm_columns import (
    AVERAGE,
    AVERAGES,
    DETAILS,
    FLAGGED,
    INERT,
    MODEL,
    MODELS,
    VERSIONS,
    find,
)
from flows.importing.build import build
from flows.importing.draft import Asked, Draft, DraftColumn, DraftRow, Imported
from flows.importing.files import files_of, named
from flows.importing.words import few, many
from flows.problem_list import Problems

OPTIONS = (
    click.Option(
        ["--values"],
        type=click.Choice(["normalized", "raw"]),
        default="normalized",
        show_default=True,
        help="Normalised scores, of which the board takes its average, or raw ones.",
    ),
    click.Option(
        ["--alias"],
        multiple=True,
        metavar="TASK=COLUMN",
        help="The column that holds a task's score in this snapshot, where it is a new name.",
    ),
)


def read(
    path: Path, asked: Asked, *, values: str = "normalized", alias: Sequence[str] = ()
) -> Imported:
    """Read one snapshot, of version 1 or 2 of the board.

    A row is a submission: a model in one precision, revision and kind. So a model may have several
    rows, and only rows that agree in all of that are doubles.

    Raises:
        LeaderboardError: With everything that is wrong with it.
    """
    files_of(path, "*")
    problems = Problems(path)
    header, *lines = read_lines(path, "\t" if ".tsv" in path.suffixes else ",") or [[]]
    header = [name.strip() for name in header]
    places = _places(header, values, alias, problems)
    problems.stop_if_any()
    notes = _about(header, places)
    rows, kinds = [], []
    for number, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.add(f"row {number}", f"{len(cells)} cells under {len(header)} columns")
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        rows.append(_row(number, row, places, problems))
        kinds.append(tuple(row[name] for name in DETAILS if name in row))
    asked = _submissions(rows, kinds, asked, problems, notes)
    if flagged := [row.model for row in rows if row.suspect]:
        notes.append(
            f"{many(len(flagged), 'row')} flagged by the board itself, kept as suspect:"
            f" {few(flagged)}"
        )
    tasks = [task for task in places if task not in (MODEL, AVERAGE)]
    columns = [DraftColumn(task, task, values) for task in tasks]
    draft = Draft(columns, rows, title="Open LLM Leaderboard", notes=notes)
    return build(draft, asked, problems, source=named([path], path))


def _places(
    header: Sequence[str], values: str, alias: Sequence[str], problems: Problems
) -> dict[str, str]:
    """Return the column of the model, the average and each task."""
    own = dict(pair.split("=", 1) for pair in alias if "=" in pair)
    for pair in alias:
        if "=" not in pair or pair.split("=", 1)[1] not in header:
            problems.add("", f"--alias {pair}: write TASK=COLUMN, with a column of the file")
    found = {
        name: {t: c for t, known in tasks.items() if (c := own.get(t) or find(known, header))}
        for name, tasks in VERSIONS.items()
        if values == "raw" or not name.endswith(" raw")
    }
    candidates = {n: f for n, f in found.items() if n.endswith(" raw") == (values == "raw")}
    best = max(candidates, key=lambda name: len(candidates[name]))
    for task in VERSIONS[best]:
        if task not in candidates[best]:
            problems.add(
                "",
                f"no column for {task}; known as {', '.join(VERSIONS[best][task])}: say --alias"
                f" '{task}=…' where it has a new name (the file has {few(header, 40)})",
            )
    model = find(MODELS, header)
    if model is None:
        problems.add("", f"no column for the model; known as {few(MODELS)}")
    average = find(AVERAGES, header)
    shared = {MODEL: model, AVERAGE: average if values == "normalized" else None}
    return {name: column for name, column in shared.items() if column} | candidates[best]


def _about(header: Sequence[str], places: Mapping[str, str]) -> list[str]:
    used = {*places.values(), *FLAGGED}
    scores = {c for tasks in VERSIONS.values() for known in tasks.values() for c in known}
    unknown = [n for n in header if n not in used and n not in INERT and n not in scores]
    taken = ", ".join(f"{task} from {column}" for task, column in places.items())
    notes = [f"columns read: {taken}"]
    if unknown:
        notes.append(f"{many(len(unknown), 'unknown column')} left alone: {', '.join(unknown)}")
    return notes


def _row(
    number: int, row: Mapping[str, str], places: Mapping[str, str], problems: Problems
) -> DraftRow:
    model = row[places[MODEL]]
    where = f"row {number} ({model})"
    if not model:
        problems.add(f"row {number}", "no model name")
    scores = {}
    for task, column in places.items():
        if task == MODEL:
            continue
        try:
            score = read_number(row[column])
        except CellError as error:
            problems.add(f"{where}, {column}", str(error))
            continue
        if score is not None:
            scores[task] = score
    details = [row[name] for name in DETAILS if row.get(name)]
    return DraftRow(
        where=where,
        model=model,
        submitted_by=model.split("/")[0] if "/" in model else "",
        is_human=None,
        published=scores.pop(AVERAGE, None),
        scores=scores,
        source=", ".join(details),
        suspect="flagged by the leaderboard itself"
        if any(row.get(name, "").upper() == "TRUE" for name in FLAGGED)
        else "",
    )


def _submissions(
    rows: Sequence[DraftRow],
    kinds: Sequence[tuple[str, ...]],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> Asked:
    """Let a model have several rows where they differ in what was submitted."""
    ours = repeated([(row.model, (row, kind)) for row, kind in zip(rows, kinds, strict=True)])
    told_apart = []
    for model, places in ours.items():
        if len({kind for _, kind in places}) == len(places):
            told_apart.append(model)
    if told_apart:
        notes.append("a row is a submission: model, precision, revision and kind tell it apart")
    return replace(asked, repeated=(*asked.repeated, *told_apart))
