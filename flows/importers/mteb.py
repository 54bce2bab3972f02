"""MTEB results: a folder of JSON in either schema, or one long CSV."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from evaluators.names import nearest
from flows.boards.foreign_files import Problems
from flows.importers._build import build
from flows.importers._draft import Asked, Draft, DraftColumn, DraftRow, Imported, few, many, named
from flows.importers._mteb_records import Record, main_score, metric_name, records, which

REVISIONS = ("most-complete", "newest", "all")

OPTIONS = (
    click.Option(
        ["--revision"],
        type=click.Choice(list(REVISIONS)),
        default="most-complete",
        show_default=True,
        help="Revision of each model to import; revisions are never mixed.",
    ),
    click.Option(
        ["--split"],
        multiple=True,
        metavar="TASK=SPLIT",
        help="Split of a task to import. Default: the one that most models have.",
    ),
    click.Option(
        ["--subset"],
        multiple=True,
        help="Import only this subset of tasks with several (en, zh …). Default: all, as"
        " sub-splits.",
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
            problems.add("", f"--task {name}: unknown task{nearest(name, there)}")
    known = {record.subset for record in found}
    for name in subsets:
        if name not in known:
            problems.add("", f"--subset {name}: unknown subset{nearest(name, known)}")
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


def one_metric(
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
        problems.add("", f"--metric {metric}: no score has that name{nearest(metric, names)}")
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
                " metric; give --metric",
            )
    if derived:
        notes.append(
            f"{many(derived, 'score')} of the old schema: the main metric of their kind was taken"
        )
    return kept


def metrics_of(found: Sequence[Record], notes: list[str]) -> dict[str, str]:
    """Return the metric of each task, with a note if models differ in it."""
    candidates: dict[str, list[set[str]]] = {}
    guesses: dict[str, str] = {}
    for record in found:
        if record.main is not None and record.main == record.main and len(record.scores) > 1:
            names = which(record.task, record.scores, record.main)
            candidates.setdefault(record.task, []).append(names)
            if main := main_score(record.task, record.scores):
                guesses[record.task] = main[0]
    metrics: dict[str, str] = {}
    mixed: list[str] = []
    for record in found:
        sets = candidates.get(record.task, [set()])
        shared = set.intersection(*sets)
        guess = guesses.get(record.task, "")
        metrics[record.task] = guess if guess in shared else min(shared, default="main_score")
        if not shared and all(sets) and record.task not in mixed:
            mixed.append(record.task)
    if mixed:
        notes.append(
            "the main score is not the same metric for every model (mteb changed it; --metric"
            f" takes one for all): {few(mixed)}"
        )
    return metrics


_PREFERRED = ("test", "validation", "dev", "train")


def choose_splits(
    records: Sequence[Record], asked: Sequence[str], problems: Problems, notes: list[str]
) -> list[Record]:
    """Keep one split of each task, the same for every model.

    The split that was asked for (`TASK=SPLIT`), or the one with scores of the most models, test
    before validation before dev before train.
    """
    wanted = dict(pair.split("=", 1) for pair in asked if "=" in pair)
    tasks = {record.task for record in records}
    for pair in asked:
        task, _, split = pair.partition("=")
        if not split:
            problems.add("", f"--split {pair}: must be TASK=SPLIT, for example MSMARCO=dev")
        elif task not in tasks:
            problems.add("", f"--split {pair}: unknown task{nearest(task, tasks)}")
    models: dict[str, dict[str, set[str]]] = {}
    for record in records:
        scored = models.setdefault(record.task, {}).setdefault(record.split, set())
        if record.main == record.main:  # a score of NaN is none
            scored.add(record.model)
    taken, told = {}, []
    for task, splits in models.items():
        if task in wanted and wanted[task] not in splits:
            problems.add("", f"{task} has no split {wanted[task]!r}; it has {', '.join(splits)}")
        best = max(splits, key=lambda s: (len(splits[s]), -_place(s), s))
        taken[task] = wanted.get(task, best)
        if len(splits) > 1:
            told.append(f"{task} {taken[task]}")
    if told:
        notes.append(
            f"one split of each task for every model; {many(len(told), 'task')} with several:"
            f" {few(told)}"
        )
    return [record for record in records if record.split == taken[record.task]]


def choose_revisions(
    records: Sequence[Record], rule: str, problems: Problems, notes: list[str]
) -> list[Record]:
    """Keep one revision of each model, or make each a model of its own."""
    cells: Counter[tuple[str, str]] = Counter()
    versions: dict[tuple[str, str], tuple[int, ...]] = {}
    for record in records:
        key = (record.model, record.revision)
        cells[key] += record.main == record.main
        versions[key] = max(versions.get(key, ()), _version(record.version))
    revisions: dict[str, list[str]] = {}
    for model, revision in cells:
        revisions.setdefault(model, []).append(revision)
    several = [model for model, found in revisions.items() if len(found) > 1]
    if several:
        what = {
            "most-complete": "the one with the most scores is taken, the newest mteb of equals",
            "newest": "the one that the newest mteb measured is taken, the fullest of equals",
            "all": "each is a row of its own",
        }[rule]
        notes.append(
            f"{many(len(several), 'model')} with several revisions: {what} ({few(several, 3)})"
        )
    if rule == "all":
        return [
            record._replace(model=f"{record.model}@{(record.revision or 'not stated')[:12]}")
            if record.model in several
            else record
            for record in records
        ]

    def rank(key: tuple[str, str]) -> tuple[object, ...]:
        full, new = (cells[key],), versions[key]
        return (full, new, key[1]) if rule == "most-complete" else (new, full, key[1])

    taken = {
        model: max(((model, revision) for revision in found), key=rank)[1]
        for model, found in revisions.items()
    }
    return [record for record in records if record.revision == taken[record.model]]


def without_doubles(
    records: Sequence[Record], problems: Problems, notes: list[str]
) -> list[Record]:
    """Drop identical duplicates; contradicting duplicates are a problem."""
    first: dict[tuple[str, ...], Record] = {}
    doubles = 0
    for record in records:
        key = (record.model, record.revision, record.task, record.split, record.subset)
        before = first.setdefault(key, record)
        if before is record:
            continue
        if before.main == record.main or (
            before.main != before.main and record.main != record.main
        ):
            doubles += 1
        else:
            problems.add(
                record.where, f"is {record.main}, but {before.main} at {before.where}: keep one"
            )
    if doubles:
        notes.append(f"{many(doubles, 'score')} in the file twice, the same both times")
    return list(first.values())


def version_range(records: Sequence[Record]) -> str:
    """Return the versions of mteb that measured, from oldest to newest."""
    versions: Mapping[str, tuple[int, ...]] = {r.version: _version(r.version) for r in records}
    known = sorted((v for v in versions if v), key=lambda v: versions[v])
    if not known:
        return ""
    return known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"


def _place(split: str) -> int:
    return _PREFERRED.index(split) if split in _PREFERRED else len(_PREFERRED)


def _version(text: str) -> tuple[int, ...]:
    """Return `1.29.10-2.18.7` as (2, 18, 7): merged results carry the newest last."""
    return tuple(int(part) for part in re.findall(r"\d+", text.split("-")[-1])[:3])
