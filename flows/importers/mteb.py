"""MTEB results: a folder of JSON in either schema, or one long CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import click

from evaluators.names import nearest
from flows.importers._mteb_choose import (
    REVISIONS,
    choose_revisions,
    choose_splits,
    version_range,
    without_doubles,
)
from flows.importers._mteb_metric import metrics_of, one_metric
from flows.importers._mteb_records import Record, metric_name, records
from flows.importing.build import build
from flows.importing.draft import Asked, Draft, DraftColumn, DraftRow, Imported
from flows.importing.files import named
from flows.importing.words import few, many
from flows.problem_list import Problems

OPTIONS = (
    click.Option(
        ["--revision"],
        type=click.Choice(list(REVISIONS)),
        default="most-complete",
        show_default=True,
        help="Which revision of a model stands on the board; never a mixture.",
    ),
    click.Option(
        ["--split"],
        multiple=True,
        metavar="TASK=SPLIT",
        help="Which split of a task counts; default: the one that most models have.",
    ),
    click.Option(
        ["--subset"],
        multiple=True,
        help="Keep this subset of tasks that have several (en, zh …); default: all, as sub-splits.",
    ),
    click.Option(
        ["--task"], multiple=True, help="Keep this task; default: all. May be given repeatedly."
    ),
    click.Option(
        ["--metric"],
        default="main",
        show_default=True,
        help="Which metric: each task's main one, or one by name (accuracy, cosine_spearman …).",
    ),
)


def read(
    path: Path,
    asked: Asked,
    *,
    revision: str = "most-complete",
    split: Sequence[str] = (),
    subset: Sequence[str] = (),
    task: Sequence[str] = (),
    metric: str = "main",
) -> Imported:
    """Read results; a column a task, or a task and subset, a row a model.

    Raises:
        LeaderboardError: With everything that is wrong with it.
    """
    problems = Problems(path)
    notes: list[str] = []
    found, files = records(path, problems)
    found = _only(found, task, subset, problems)
    found = one_metric(found, metric, problems, notes)
    found = choose_splits(found, split, problems, notes)
    found = choose_revisions(found, revision, problems, notes)
    found = without_doubles(found, problems, notes)
    lacking = [record for record in found if record.main != record.main]
    if lacking:
        tasks = few(sorted({record.task for record in lacking}))
        notes.append(f"{many(len(lacking), 'score')} NaN or empty, taken as missing: {tasks}")
    nameless = sum(record.dataset_revision is None for record in found)
    if nameless and len(files) > 1:
        notes.append(f"{nameless} of {len(found)} scores do not say which revision of the dataset")
    if versions := version_range(found):
        notes.append(f"measured with mteb {versions}")
    metrics = metrics_of(found, notes) if metric == "main" else {}
    columns = _columns(found, metrics, metric_name(metric))
    draft = Draft(columns, _rows(found), notes=notes)
    return build(draft, asked, problems, source=named(files, path))


def _only(
    found: list[Record], tasks: Sequence[str], subsets: Sequence[str], problems: Problems
) -> list[Record]:
    there = {record.task for record in found}
    for name in tasks:
        if name not in there:
            problems.add("", f"--task {name}: there is no such task{nearest(name, there)}")
    known = {record.subset for record in found}
    for name in subsets:
        if name not in known:
            problems.add("", f"--subset {name}: there is no such subset{nearest(name, known)}")
    wanted = {"default", *subsets}
    return [
        record
        for record in found
        if (not tasks or record.task in tasks) and (not subsets or record.subset in wanted)
    ]


def _columns(found: Sequence[Record], metrics: dict[str, str], metric: str) -> list[DraftColumn]:
    subsets: dict[str, set[str]] = {}
    for record in found:
        subsets.setdefault(record.task, set()).add(record.subset)
    return [
        DraftColumn(
            name=_name(task, subset),
            task=_name(task, subset),
            metric=metrics.get(task, metric),
            split_of=task if len(subsets[task]) > 1 else None,
        )
        for task in sorted(subsets)
        for subset in sorted(subsets[task])
    ]


def _rows(found: Sequence[Record]) -> list[DraftRow]:
    models: dict[str, dict[str, float]] = {}
    revisions: dict[str, str] = {}
    for record in found:
        scores = models.setdefault(record.model, {})
        revisions[record.model] = record.revision
        if record.main is not None and not math.isnan(record.main):
            scores[_name(record.task, record.subset)] = record.main
    return [
        DraftRow(
            where=model,
            model=model,
            scores=scores,
            source=f"revision {revisions[model]}" if revisions[model] else "",
        )
        for model, scores in models.items()
    ]


def _name(task: str, subset: str) -> str:
    return task if subset == "default" else f"{task} ({subset})"
