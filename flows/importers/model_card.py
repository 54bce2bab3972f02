"""The `model-index` of a model card: a README.md, or a folder of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from evaluators.names import nearest
from flows.boards.foreign_files import Problems
from flows.errors import LeaderboardError
from flows.importers._build import build
from flows.importers._card_columns import columns_of, without_data
from flows.importers._card_facts import card_facts
from flows.importers._card_results import CardResult, ValueFormError, number_of, results_of
from flows.importers._card_rows import Rows, drafted, in_one_unit, rows_of
from flows.importers._directions import scores_only
from flows.importers._draft import (
    Asked,
    Draft,
    Imported,
    Stated,
    each,
    files_of,
    many,
    named,
)
from flows.importers._front_matter import front_matter
from flows.importers._mteb_records import main_score, metric_name

OPTIONS = (
    click.Option(
        ["--metric"],
        multiple=True,
        help="Import only this metric. Default: the main metric of MTEB tasks, all metrics of"
        " others.",
    ),
    click.Option(
        ["--plus-minus"],
        type=click.Choice(["refuse", "mean"]),
        default="refuse",
        show_default=True,
        help="Take the mean of a value such as '253.41 +/- 18.20'.",
    ),
    click.Option(
        ["--scale"],
        type=click.Choice(["as-printed", "per-card"]),
        default="as-printed",
        show_default=True,
        help="Multiply by 100 the metrics that a card states as proportions (per-card), where"
        " others state per cent.",
    ),
)


@dataclass(frozen=True)
class _Reading:
    """What was read of a folder of cards, or of one.

    Attributes:
        results: The results of all cards that state some.
        silent: Cards that state no results.
        faulty: Why a card cannot be taken, by its path.
        facts: What a card states of its models beside results, by its path and the model.
    """

    results: list[CardResult]
    silent: list[str]
    faulty: dict[str, str]
    facts: dict[tuple[str, str], dict[str, Stated]]


def read(
    path: Path,
    asked: Asked,
    *,
    metric: Sequence[str] = (),
    plus_minus: str = "refuse",
    scale: str = "as-printed",
) -> Imported:
    """Read cards: a column per data set and metric, a row per model.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems, notes = Problems(path), list[str]()
    files = files_of(path, "*.md")
    reading = _read_cards(path, files, asked)
    results = reading.results
    results = _of_metric(results, metric, problems) if metric else _main_of_mteb(results, notes)
    columns = columns_of(results)
    named_columns = {column.name: column for column in columns}
    distinct = [named_columns[n] for n in sorted(named_columns) if n not in asked.ignore]
    kept = scores_only(distinct, asked, problems, notes, by_metric=True) if distinct else []
    names = {column.name for column in kept}
    counted = [(r, c.name) for r, c in zip(results, columns, strict=True) if c.name in names]
    rows = rows_of(counted, plus_minus == "mean", reading.faulty)
    if reading.faulty and (asked.strict or path.is_file() or not rows):
        for card, reason in reading.faulty.items():
            problems.add("" if card == path.name else card, reason)
    if reading.silent and (asked.strict or path.is_file() or not (rows or results)):
        for card in reading.silent:
            problems.add("" if card == path.name else card, NO_RESULTS)
    problems.stop_if_any()
    kept = [column for column in kept if any(column.name in row for row in rows.values())]
    notes += _notes(reading, counted, rows, asked, spread=plus_minus == "mean")
    rows = in_one_unit(rows, kept, scale == "per-card", asked, problems, notes)
    draft_rows = drafted(rows, reading.facts, path, asked, notes)
    ignored = [column for name, column in named_columns.items() if name in asked.ignore]
    draft = Draft([*kept, *ignored], draft_rows, notes=notes)
    return build(draft, asked, problems, source=named(files, path))


NO_RESULTS = "states no results: it has no model-index, or one without results"


def _read_cards(path: Path, files: Sequence[Path], asked: Asked) -> _Reading:
    reading = _Reading([], [], {}, {})
    for file in each(files, "cards read"):
        card = file.name if file == path else file.relative_to(path).as_posix()
        try:
            content = front_matter(file)
            results = results_of(content, card)
        except LeaderboardError as error:
            reading.faulty[card] = str(error)
            continue
        if not results:
            reading.silent.append(card)
        elif asked.model_from == "config" and not all(result.model for result in results):
            reading.faulty[card] = (
                "a model of model-index has no name: give --model-from folder, or name it"
            )
        else:
            reading.results.extend(results)
            for model in {result.model for result in results}:
                reading.facts[card, model] = card_facts(content, model or card, card)
    return reading


def _of_metric(
    results: Sequence[CardResult], metric: Sequence[str], problems: Problems
) -> list[CardResult]:
    """Return the results of the metrics that the user named, by type, name or column's label."""
    labels = [column.metric for column in columns_of(results)]
    known = {label: {label, r.metric} for label, r in zip(labels, results, strict=True)}
    selected = {*metric, *map(metric_name, metric)}
    for name in metric:
        if not any({name, metric_name(name)} & names for names in known.values()):
            every = {each_name for names in known.values() for each_name in names}
            problems.add("", f"--metric {name}: no score has that name{nearest(name, every)}")
    return [r for label, r in zip(labels, results, strict=True) if {label, r.metric} & selected]


def _main_of_mteb(results: Sequence[CardResult], notes: list[str]) -> list[CardResult]:
    """Keep the main metric of each MTEB task; other datasets keep all of theirs."""
    by_task: dict[tuple[str, str, str], dict[str, CardResult]] = defaultdict(dict)
    for result in results:
        if result.is_mteb:
            by_task[result.card, result.model, result.dataset][result.metric] = result
    selected = [result for result in results if not result.is_mteb]
    chosen: set[str] = set()
    for (_, _, task), by_metric in by_task.items():
        scores = {name: n for name, r in by_metric.items() if (n := _number(r)) is not None}
        name = task.removeprefix("MTEB ").split(" (")[0].split(" [")[0]
        stated = main_score(name, scores)
        main = "main_score" if "main_score" in scores else (stated or ("",))[0]
        if not main:
            selected += by_metric.values()
            continue
        same = stated is not None and stated[1] == scores[main]
        selected.append(replace(by_metric[main], metric=stated[0] if stated and same else main))
        chosen.add(task)
    if chosen:
        notes.append(f"the main metric of {many(len(chosen), 'MTEB task')} was taken; see --metric")
    return selected


def _number(result: CardResult) -> float | None:
    try:
        return number_of(result.value)
    except ValueFormError:
        return None


def _notes(
    reading: _Reading,
    counted: Sequence[tuple[CardResult, str]],
    rows: Rows,
    asked: Asked,
    *,
    spread: bool,
) -> list[str]:
    """Return what was skipped, and what the numbers leave open."""
    notes = []
    if reading.silent:
        notes.append(
            f"{many(len(reading.silent), 'card')} without results skipped:"
            f" {asked.listed(reading.silent)}"
        )
    if reading.faulty:
        listed = [f"{card} ({reason})" for card, reason in reading.faulty.items()]
        notes.append(f"{many(len(listed), 'card')} with a fault skipped: {asked.listed(listed)}")
    others = {r.card for r in reading.results} - {card for card, _ in rows} - {*reading.faulty}
    if others:
        notes.append(
            f"{many(len(others), 'card')} without a score that is imported skipped:"
            f" {asked.listed(sorted(others))}"
        )
    if spread:
        notes.append("of a value with +/- the mean was taken, as asked")
    if vague := without_data([result for result, _ in counted]):
        notes.append(
            f"{asked.listed(vague)}: says nothing of the data, so the cards that use it may have"
            " measured on different data; --ignore leaves such a column out"
        )
    return notes
