"""MTEB results: a folder of JSON in either schema, or one long CSV."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from evaluators.names import nearest
from flows.boards.foreign_files import Problems
from flows.importers._build import build
from flows.importers._draft import Asked, Draft, DraftColumn, DraftRow, Imported, few, many, named
from flows.importers._mteb_choices import (
    LEVELS,
    REVISIONS,
    SPLITS,
    choose_experiments,
    choose_level,
    choose_revisions,
    choose_splits,
    version_range,
    without_doubles,
)
from flows.importers._mteb_facts import Task, find_benchmark, main_revisions, source, tasks
from flows.importers._mteb_meta import folders_of, stated_of
from flows.importers._mteb_metrics import metrics_of, one_metric
from flows.importers._mteb_records import Record, metric_name, records

OPTIONS = (
    click.Option(
        ["--benchmark"],
        default="",
        metavar="NAME",
        help="Import the tasks, splits and subsets of this MTEB benchmark, `MTEB(eng, v2)` for"
        " example, and join revisions as mteb does: a column a task.",
    ),
    click.Option(
        ["--revision"],
        type=click.Choice(list(REVISIONS)),
        help="Revision of each model to import; only as-mteb mixes them, task by task."
        " Default: most-complete, with --benchmark as-mteb.",
    ),
    click.Option(
        ["--experiments"],
        is_flag=True,
        help="Make each experiment (a model under other settings) a row of its own. Default: they"
        " are left out.",
    ),
    click.Option(
        ["--level"],
        type=click.Choice(list(LEVELS)),
        default="top",
        show_default=True,
        help="Import a task that is the mean of others (CQADupstackRetrieval), or these.",
    ),
    click.Option(
        ["--splits"],
        type=click.Choice(list(SPLITS)),
        default="declared",
        show_default=True,
        help="Average the splits that MTEB declares for a task, or take the one that most models"
        " have.",
    ),
    click.Option(
        ["--split"],
        multiple=True,
        metavar="TASK=SPLIT",
        help="Split of a task to import, instead of those of --splits.",
    ),
    click.Option(
        ["--subset"],
        multiple=True,
        help="Import only this subset of tasks with several (en, zh …). Default: all, as"
        " sub-splits.",
    ),
    click.Option(
        ["--by-subset"],
        is_flag=True,
        help="With --benchmark: a column for each subset of a task, so that `per-task+splits-twice`"
        " gives mteb's Mean (Subset).",
    ),
    click.Option(
        ["--task"], multiple=True, help="Import only this task; repeatable. Default: all."
    ),
    click.Option(
        ["--metric"],
        default="main",
        show_default=True,
        help="Metric to import: each task's main one, or a name (accuracy, cosine_spearman …).",
    ),
)


def read(
    path: Path,
    asked: Asked,
    *,
    benchmark: str = "",
    revision: str | None = None,
    experiments: bool = False,
    level: str = "top",
    splits: str = "declared",
    split: Sequence[str] = (),
    subset: Sequence[str] = (),
    by_subset: bool = False,
    task: Sequence[str] = (),
    metric: str = "main",
) -> Imported:
    """Read results: a column per task, or per task and subset, and a row per model.

    Raises:
        LeaderboardError: With all problems of the file or folder, or if there is no such benchmark.
    """
    problems = Problems(path)
    notes: list[str] = []
    wanted = None
    if benchmark:
        benchmark, wanted = find_benchmark(benchmark)
        if split or subset or splits != "declared" or level != "top":
            problems.add(
                "",
                f"--split, --splits, --subset and --level: {benchmark} chooses these itself; leave"
                " them out",
            )
    scores, files = records(path, problems, wanted)
    folders = {} if asked.no_facts else folders_of(scores, path)
    scores = _only(scores, task, subset, problems)
    scores = choose_experiments(scores, experiments, problems, notes)
    if wanted is not None:
        scores = _with_meta(scores, notes)
    scores = one_metric(scores, metric, wanted, problems, notes)
    if wanted is None:
        scores = choose_level(scores, level, notes)
        scores = choose_splits(scores, split, splits, problems, notes)
    rule = revision or ("most-complete" if wanted is None else "as-mteb")
    scores = choose_revisions(scores, rule, problems, notes)
    scores = without_doubles(scores, problems, notes)
    _say_gaps(scores, files, wanted, notes)
    metrics = metrics_of(scores, notes) if metric == "main" else {}
    by_column = None if by_subset else wanted
    names = _names(scores, by_column)
    cells = _cells(scores, by_column)
    columns = _columns(names, metrics, metric_name(metric), _languages(scores, by_column))
    counted = set(wanted) if wanted is not None else {record.task for record in scores}
    stated = stated_of(scores, folders, counted, notes)
    rows = [
        replace(row, facts=stated.get(row.model, {})) for row in _rows(scores, cells, wanted, notes)
    ]
    draft = Draft(columns, rows, title=benchmark, notes=notes)
    if wanted is not None:
        _say_benchmark(benchmark, wanted, scores, cells, notes)
    return build(draft, asked, problems, source=named(files, path))


def _only(
    records: list[Record], tasks: Sequence[str], subsets: Sequence[str], problems: Problems
) -> list[Record]:
    known_tasks = {record.task for record in records}
    for name in tasks:
        if name not in known_tasks:
            problems.add("", f"--task {name}: unknown task{nearest(name, known_tasks)}")
    known_subsets = {record.subset for record in records}
    for name in subsets:
        if name not in known_subsets:
            problems.add("", f"--subset {name}: unknown subset{nearest(name, known_subsets)}")
    selected = {"default", *subsets}
    return [
        record
        for record in records
        if (not tasks or record.task in tasks) and (not subsets or record.subset in selected)
    ]


def _with_meta(records: list[Record], notes: list[str]) -> list[Record]:
    """Leave out, as mteb does, the folders without `model_meta.json` where others have one."""
    without = {record.folder for record in records if record.folder and not record.has_meta}
    if not without or not any(record.has_meta for record in records):
        return records
    notes.append(
        f"{many(len(without), 'folder')} without model_meta.json left out, as mteb does:"
        f" {', '.join(sorted('/'.join(Path(folder).parts[-2:]) for folder in without))}"
    )
    return [record for record in records if record.has_meta or not record.folder]


def _say_gaps(
    scores: Sequence[Record],
    files: Sequence[Path],
    wanted: Mapping[str, Task] | None,
    notes: list[str],
) -> None:
    missing = [record for record in scores if record.main != record.main]
    if missing and wanted is None:
        tasks_with_gaps = few(sorted({record.task for record in missing}))
        notes.append(
            f"{many(len(missing), 'score')} NaN or empty, taken as missing: {tasks_with_gaps}"
        )
    without_revision = sum(record.dataset_revision is None for record in scores)
    if without_revision and len(files) > 1:
        notes.append(
            f"{without_revision} of {len(scores)} scores do not say which revision of the dataset"
        )
    revisions: dict[str, set[str]] = {}
    for record in scores:
        if record.dataset_revision is not None and wanted is None:
            revisions.setdefault(record.task, set()).add(record.dataset_revision)
    if differing := sorted(task for task, found in revisions.items() if len(found) > 1):
        notes.append(
            f"{many(len(differing), 'task')} measured on several revisions of the data set, so"
            f" that scores may not be comparable: {', '.join(differing)}"
        )
    if versions := version_range(scores):
        notes.append(f"measured with mteb {versions}")


@dataclass(frozen=True)
class Cell:
    """The score of a model in a column.

    Attributes:
        value: The mean of the scores that there are.
        count: How many there are.
        needed: How many some model has: splits times subsets.
    """

    value: float
    count: int
    needed: int


def _cells(
    scores: Sequence[Record], wanted: Mapping[str, Task] | None
) -> dict[tuple[str, str], Cell]:
    """Return the cells by model and column: the mean over splits, and subsets of a benchmark.

    Like mteb, a score is whole if it has every split and subset that any model has, not every one
    that the task declares.
    """
    found: dict[tuple[str, str], list[Record]] = {}
    splits: dict[str, set[str]] = {}
    subsets: dict[str, set[str]] = {}
    for record in scores:
        if record.main is None or math.isnan(record.main):
            continue
        name = _name(record, wanted)
        found.setdefault((record.model, name), []).append(record)
        splits.setdefault(name, set()).add(record.split)
        subsets.setdefault(name, set()).add(record.subset)
    return {
        key: Cell(
            value=sum(record.main or 0.0 for record in group) / len(group),
            count=len(group),
            needed=len(splits[key[1]]) * len(subsets[key[1]]),
        )
        for key, group in found.items()
    }


def _names(
    scores: Sequence[Record], wanted: Mapping[str, Task] | None
) -> dict[str, tuple[str, str | None]]:
    """Return the columns with their task, and the task of which they are a subset."""
    if wanted is not None:
        present = {record.task for record in scores}
        return {task: (task, None) for task in wanted if task in present}
    subsets: dict[str, set[str]] = {}
    for record in scores:
        subsets.setdefault(record.task, set()).add(record.subset)
    return {
        _column_name(task, subset): (task, task if len(subsets[task]) > 1 else None)
        for task in sorted(subsets)
        for subset in sorted(subsets[task])
    }


def _languages(
    scores: Sequence[Record], wanted: Mapping[str, Task] | None
) -> dict[str, tuple[str, ...]]:
    """Return the languages of each column: as MTEB declares them, or as results of a subset say."""
    if wanted is not None:
        return {name: task.languages for name, task in wanted.items()}
    found: dict[str, tuple[str, ...]] = {}
    for record in scores:
        name = _column_name(record.task, record.subset)
        declared = tasks().get(record.task)
        if record.subset == "default" and declared is not None:
            found[name] = declared.languages
        elif not found.get(name):
            found[name] = record.languages
    return found


def _columns(
    names: Mapping[str, tuple[str, str | None]],
    metrics: Mapping[str, str],
    metric: str,
    languages: Mapping[str, tuple[str, ...]],
) -> list[DraftColumn]:
    return [
        DraftColumn(
            name=name,
            task=name,
            metric=metrics.get(task, metric),
            split_of=split_of,
            type=tasks()[task].type if task in tasks() else None,
            languages=languages.get(name, ()),
        )
        for name, (task, split_of) in names.items()
    ]


def _rows(
    scores: Sequence[Record],
    cells: Mapping[tuple[str, str], Cell],
    wanted: Mapping[str, Task] | None,
    notes: list[str],
) -> list[DraftRow]:
    of_model: dict[str, dict[str, Cell]] = {record.model: {} for record in scores}
    revisions: dict[str, Counter[str]] = {}
    counted: set[tuple[str, str]] = set()
    for record in scores:
        if (record.model, record.task) not in counted:
            counted.add((record.model, record.task))
            revisions.setdefault(record.model, Counter())[record.revision] += 1
    for (model, column), cell in cells.items():
        of_model[model][column] = cell
    empty = [model for model, found in of_model.items() if not found]
    if empty and wanted is not None:
        notes.append(f"{many(len(empty), 'model')} without a score in it left out: {few(empty)}")
        of_model = {model: found for model, found in of_model.items() if found}
    partial = Counter(column for (_, column), cell in cells.items() if cell.count < cell.needed)
    if partial:
        listed = ", ".join(f"{column} ({count})" for column, count in sorted(partial.items()))
        notes.append(
            f"{many(sum(partial.values()), 'score')} lack a split or subset that others have: each"
            " is the mean of the rest and flagged suspect, so it counts as missing unless the"
            f" treatment has as-printed: {listed}"
        )
    return [
        DraftRow(
            where=model,
            model=model,
            scores={column: cell.value for column, cell in found.items()},
            source=_revision_text(revisions[model]),
            partial={
                column: f"mean of {cell.count} of {cell.needed} splits and subsets"
                for column, cell in found.items()
                if cell.count < cell.needed
            },
        )
        for model, found in of_model.items()
    ]


def _revision_text(revisions: Counter[str]) -> str:
    if len(revisions) == 1:
        revision = next(iter(revisions))
        return f"revision {revision}" if revision else ""
    parts = [f"{name or 'not stated'} ({many(n, 'task')})" for name, n in sorted(revisions.items())]
    return f"revisions {', '.join(parts)}"


def _say_benchmark(
    benchmark: str,
    wanted: Mapping[str, Task],
    scores: Sequence[Record],
    cells: Mapping[tuple[str, str], Cell],
    notes: list[str],
) -> None:
    """Note what the benchmark chose, what differs from it, and whom mteb's own table leaves out."""
    notes.append(f"tasks, splits and subsets of {benchmark} as {source()} declares them")
    present = {record.task for record in scores}
    if absent := [task for task in wanted if task not in present]:
        notes.append(f"{many(len(absent), 'task')} of it without any score: {', '.join(absent)}")
    other = Counter(
        record.task
        for record in scores
        if record.dataset_revision not in (None, wanted[record.task].revision)
    )
    if other:
        notes.append(
            f"{many(sum(other.values()), 'score')} of another revision of the data set than"
            " declared, which mteb counts too:"
            f" {', '.join(f'{task} ({count})' for task, count in sorted(other.items()))}"
        )
    if unlisted := sorted({model for model, _ in cells} - set(main_revisions())):
        notes.append(
            f"{many(len(unlisted), 'model')} take a place in mteb's ranking without being shown in"
            f" its table, because {source()} does not know them: {', '.join(unlisted)}"
        )


def _name(record: Record, wanted: Mapping[str, Task] | None) -> str:
    return record.task if wanted is not None else _column_name(record.task, record.subset)


def _column_name(task: str, subset: str) -> str:
    return task if subset == "default" else f"{task} ({subset})"
