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
    """Read results: a column per task, or per task and subset, and a row per model.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems = Problems(path)
    notes: list[str] = []
    scores, files = records(path, problems)
    scores = _only(scores, task, subset, problems)
    scores = one_metric(scores, metric, problems, notes)
    scores = choose_splits(scores, split, problems, notes)
    scores = choose_revisions(scores, revision, problems, notes)
    scores = without_doubles(scores, problems, notes)
    missing = [record for record in scores if record.main != record.main]
    if missing:
        tasks = few(sorted({record.task for record in missing}))
        notes.append(f"{many(len(missing), 'score')} NaN or empty, taken as missing: {tasks}")
    without_revision = sum(record.dataset_revision is None for record in scores)
    if without_revision and len(files) > 1:
        notes.append(
            f"{without_revision} of {len(scores)} scores do not say which revision of the dataset"
        )
    if versions := version_range(scores):
        notes.append(f"measured with mteb {versions}")
    metrics = metrics_of(scores, notes) if metric == "main" else {}
    columns = _columns(scores, metrics, metric_name(metric))
    draft = Draft(columns, _rows(scores), notes=notes)
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


def _columns(records: Sequence[Record], metrics: dict[str, str], metric: str) -> list[DraftColumn]:
    subsets: dict[str, set[str]] = {}
    for record in records:
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


def _rows(records: Sequence[Record]) -> list[DraftRow]:
    models: dict[str, dict[str, float]] = {}
    revisions: dict[str, str] = {}
    for record in records:
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
    records: list[Record], metric: str, problems: Problems, notes: list[str]
) -> list[Record]:
    """Return the records that have the metric, with its value in `main`."""
    if metric == "main":
        return _main(records, problems, notes)
    name = metric_name(metric)
    selected = [r._replace(main=r.scores[name]) for r in records if name in r.scores]
    tasks_without = {record.task for record in records} - {record.task for record in selected}
    if not selected:
        names = {name for record in records for name in record.scores}
        problems.add("", f"--metric {metric}: no score has that name{nearest(metric, names)}")
    elif tasks_without:
        notes.append(f"{many(len(tasks_without), 'task')} without {name} left out")
    return selected


def _main(records: list[Record], problems: Problems, notes: list[str]) -> list[Record]:
    with_main, derived = [], 0
    for record in records:
        if record.main is not None:
            with_main.append(record)
        elif guess := main_score(record.task, record.scores):
            with_main.append(record._replace(main=guess[1]))
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
    return with_main


def metrics_of(records: Sequence[Record], notes: list[str]) -> dict[str, str]:
    """Return the metric of each task, with a note if models differ in it."""
    candidates: dict[str, list[set[str]]] = {}
    guesses: dict[str, str] = {}
    for record in records:
        if record.main is not None and record.main == record.main and len(record.scores) > 1:
            names = which(record.task, record.scores, record.main)
            candidates.setdefault(record.task, []).append(names)
            if main := main_score(record.task, record.scores):
                guesses[record.task] = main[0]
    metrics: dict[str, str] = {}
    mixed: list[str] = []
    for record in records:
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
    records: Sequence[Record], requests: Sequence[str], problems: Problems, notes: list[str]
) -> list[Record]:
    """Keep one split of each task, the same for every model.

    The requested split (`TASK=SPLIT`), or the one with scores of the most models, test
    before validation before dev before train.
    """
    requested = dict(pair.split("=", 1) for pair in requests if "=" in pair)
    tasks = {record.task for record in records}
    for pair in requests:
        task, _, split = pair.partition("=")
        if not split:
            problems.add("", f"--split {pair}: must be TASK=SPLIT, for example MSMARCO=dev")
        elif task not in tasks:
            problems.add("", f"--split {pair}: unknown task{nearest(task, tasks)}")
    models: dict[str, dict[str, set[str]]] = {}
    for record in records:
        scored = models.setdefault(record.task, {}).setdefault(record.split, set())
        if record.main == record.main:  # NaN is a missing score
            scored.add(record.model)
    chosen, several = {}, []
    for task, splits in models.items():
        if task in requested and requested[task] not in splits:
            problems.add("", f"{task} has no split {requested[task]!r}; it has {', '.join(splits)}")
        best = max(splits, key=lambda s: (len(splits[s]), -_preference(s), s))
        chosen[task] = requested.get(task, best)
        if len(splits) > 1:
            several.append(f"{task} {chosen[task]}")
    if several:
        notes.append(
            f"one split of each task for every model; {many(len(several), 'task')} with several:"
            f" {few(several)}"
        )
    return [record for record in records if record.split == chosen[record.task]]


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
    several = [model for model, model_revisions in revisions.items() if len(model_revisions) > 1]
    if several:
        effect = {
            "most-complete": "the one with the most scores is taken, the newest mteb of equals",
            "newest": "the one that the newest mteb measured is taken, the fullest of equals",
            "all": "each is a row of its own",
        }[rule]
        notes.append(
            f"{many(len(several), 'model')} with several revisions: {effect} ({few(several, 3)})"
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

    chosen = {
        model: max(((model, revision) for revision in model_revisions), key=rank)[1]
        for model, model_revisions in revisions.items()
    }
    return [record for record in records if record.revision == chosen[record.model]]


def without_doubles(
    records: Sequence[Record], problems: Problems, notes: list[str]
) -> list[Record]:
    """Drop identical duplicates; contradicting duplicates are a problem."""
    first: dict[tuple[str, ...], Record] = {}
    doubles = 0
    for record in records:
        key = (record.model, record.revision, record.task, record.split, record.subset)
        earlier = first.setdefault(key, record)
        if earlier is record:
            continue
        if earlier.main == record.main or (
            earlier.main != earlier.main and record.main != record.main
        ):
            doubles += 1
        else:
            problems.add(
                record.where, f"is {record.main}, but {earlier.main} at {earlier.where}: keep one"
            )
    if doubles:
        notes.append(f"{many(doubles, 'score')} in the file twice, the same both times")
    return list(first.values())


def version_range(records: Sequence[Record]) -> str:
    """Return the range of mteb versions that produced the records, as text."""
    versions: Mapping[str, tuple[int, ...]] = {r.version: _version(r.version) for r in records}
    known = sorted((v for v in versions if v), key=lambda v: versions[v])
    if not known:
        return ""
    return known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"


def _preference(split: str) -> int:
    return _PREFERRED.index(split) if split in _PREFERRED else len(_PREFERRED)


def _version(text: str) -> tuple[int, ...]:
    """Return `1.29.10-2.18.7` as (2, 18, 7): merged results carry the newest last."""
    return tuple(int(part) for part in re.findall(r"\d+", text.split("-")[-1])[:3])
