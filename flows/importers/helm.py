"""HELM in long form: `model, score, scenario, source, aggragated_from, tag`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from evaluators.names import nearest
from flows.boards.foreign_files import CellError, Problems, doubles, read_lines, read_number
from flows.importers._build import build
from flows.importers._directions import scores_only
from flows.importers._draft import (
    Asked,
    Draft,
    DraftColumn,
    DraftRow,
    Imported,
    few,
    files_of,
    many,
    named,
)

_NEEDED = ("model", "score", "scenario")
_AGGREGATED = ("aggragated_from", "aggregated_from")  # the first is how the files spell it

OPTIONS = (
    click.Option(
        ["--only"],
        metavar="NAME",
        help="Benchmark to import, if the `source` column of the file names several.",
    ),
)


def read(path: Path, asked: Asked, *, only: str | None = None) -> Imported:
    """Read a long table into one column per scenario, without errors, costs and counts.

    The benchmark's own mean win rate (a scenario `…_mwr`, tagged holistic) is its published score
    and not a column; aggregates of other scenarios are left out.

    Raises:
        LeaderboardError: With all problems of the file.
    """
    files_of(path, "*")
    problems = Problems(path)
    header, *lines = read_lines(path, "\t" if ".tsv" in path.suffixes else ",") or [[]]
    for name in _NEEDED:
        if name not in header:
            problems.add("", f"no column {name!r}; a long HELM file has {', '.join(_NEEDED)}")
    for message in doubles(header):
        problems.add("", message)
    problems.stop_if_any()
    notes: list[str] = []
    rows = []
    for number, cells in enumerate(lines, start=2):
        if len(cells) == len(header):
            rows.append((number, dict(zip(header, (c.strip() for c in cells), strict=True))))
        elif any(cells):
            problems.add(f"row {number}", f"{len(cells)} cells under {len(header)} columns")
    rows = _of_one_source(rows, only, problems)
    scores: dict[str, dict[str, float]] = {}
    published: dict[str, float] = {}
    scenarios: dict[str, None] = {}
    aggregates: dict[str, None] = {}
    faults: list[tuple[str, str, str]] = []
    for number, row in rows:
        model, scenario = row["model"], row["scenario"]
        place = f"row {number} ({model}, {scenario})"
        if not model or not scenario:
            problems.add(f"row {number}", "no model, or no scenario")
            continue
        model_scores = scores.setdefault(model, {})
        try:
            score = read_number(row["score"])
        except CellError as error:
            scenarios[scenario] = None
            faults.append((scenario, place, str(error)))
            continue
        if _is_win_rate(row):
            aggregates[scenario] = None
            if model in published:
                problems.add(place, "a second published score of this model: keep one")
            elif score is not None:
                published[model] = score
        elif any(row.get(name, "[]") not in ("", "[]") for name in _AGGREGATED):
            aggregates[scenario] = None
        else:
            scenarios[scenario] = None
            if scenario in model_scores:
                fault = f"a second score of {model} on {scenario}: keep one"
                faults.append((scenario, place, fault))
            elif score is not None:
                model_scores[scenario] = score
    if aggregates:
        notes.append(
            f"{many(len(aggregates), 'aggregate')} left out: {few(aggregates)}; a mean win rate is"
            " the published score, and no mean of scores"
        )
    columns = [DraftColumn(name, name) for name in scenarios if name not in asked.ignore]
    if columns:
        columns = scores_only(columns, asked, problems, notes, tasks=True)
    names = {column.name for column in columns}
    for scenario, place, fault in faults:
        if scenario in names:
            problems.add(place, fault)
    columns += [DraftColumn(name, name) for name in asked.ignore if name in scenarios]
    drafted = [
        DraftRow(where=model, model=model, scores=model_scores, published=published.get(model))
        for model, model_scores in scores.items()
    ]
    draft = Draft(columns, drafted, notes=notes)
    return build(draft, asked, problems, source=named([path], path))


def _is_win_rate(row: Mapping[str, str]) -> bool:
    return row["scenario"].endswith("_mwr") and row.get("tag", "holistic") == "holistic"


def _of_one_source(
    rows: list[tuple[int, dict[str, str]]], only: str | None, problems: Problems
) -> list[tuple[int, dict[str, str]]]:
    sources = list(dict.fromkeys(row.get("source", "") for _, row in rows))
    if only is not None and only not in sources:
        problems.add("", f"--only {only}: unknown source{nearest(only, sources)}")
    if only is None and len(sources) > 1:
        problems.add(
            "", f"contains {len(sources)} benchmarks, {few(sources)}: choose one with --only"
        )
        problems.stop_if_any()
    return [(n, row) for n, row in rows if only is None or row.get("source", "") == only]
