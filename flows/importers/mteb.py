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
from flows.importers._mteb_main import main_score, which
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
    found = _one_metric(found, metric, problems, notes)
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
    metrics = _metrics(found, notes) if metric == "main" else {}
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


def _one_metric(
    found: list[Record], metric: str, problems: Problems, notes: list[str]
) -> list[Record]:
    """Return the records that have the metric, with its value in `main`."""
    if metric == "main":
        return _main(found, problems, notes)
    name = metric_name(metric)
    kept = [r._replace(main=r.scores[name]) for r in found if name in r.scores]
    without = {record.task for record in found} - {record.task for record in kept}
    if not kept:
        names = {name for record in found for name in record.scores}
        problems.add("", f"--metric {metric}: no score is called that{nearest(metric, names)}")
    elif without:
        notes.append(f"{many(len(without), 'task')} without {name} left out")
    return kept


def _main(found: list[Record], problems: Problems, notes: list[str]) -> list[Record]:
    kept, derived = [], 0
    for record in found:
        if record.main is not None:
            kept.append(record)
        elif guess := main_score(record.task, record.scores):
            kept.append(record._replace(main=guess[1]))
            derived += 1
        else:
            problems.add(
                record.where,
                f"no main_score, and none of {few(record.scores, 6)} is known to be the main"
                " metric; say --metric",
            )
    if derived:
        notes.append(
            f"{many(derived, 'score')} of the old schema: the main metric of their kind was taken"
        )
    return kept


def _metrics(found: Sequence[Record], notes: list[str]) -> dict[str, str]:
    """Return the metric of each task; where models differ in it, say so."""
    candidates: dict[str, list[set[str]]] = {}
    guesses: dict[str, str] = {}
    for record in found:
        if record.main is not None and record.main == record.main and len(record.scores) > 1:
            names = which(record.task, record.scores, record.main)
            candidates.setdefault(record.task, []).append(names)
            if guess := main_score(record.task, record.scores):
                guesses[record.task] = guess[0]
    metrics, mixed = {}, []
    for record in found:
        sets = candidates.get(record.task, [set()])
        shared = set.intersection(*sets)
        guess = guesses.get(record.task)
        metrics[record.task] = guess if guess in shared else min(shared, default="main_score")
        if not shared and all(sets) and record.task not in mixed:
            mixed.append(record.task)
    if mixed:
        notes.append(
            "the main score is not the same metric for every model (mteb changed it; --metric"
            f" takes one for all): {few(mixed)}"
        )
    return metrics


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
