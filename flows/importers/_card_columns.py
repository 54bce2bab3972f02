"""Which numbers of model cards belong in one column: the same task, data, metric and options."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from flows.boards.metrics import metric_facts
from flows.importers._card_results import CardResult
from flows.importers._draft import DraftColumn

_TELLING = {
    *("macro", "micro", "weighted", "samples", "binary", "lm", "l", "lsum", "threshold", "loss"),
    *("strict", "lenient", "relaxed", "loose", "norm", "normalized", "cased", "uncased", "raw"),
    *("top", "dev", "val", "valid", "validation", "train", "training"),
}
"""Words of a metric's name that tell it from another of the same type, wherever they stand."""

_NOISE = {"the", "of", "on", "score", "value"}

_NO_DATA = {
    *("imagefolder", "audiofolder", "videofolder", "json", "csv", "text", "parquet", "arrow"),
    *("pandas", "generator", "webdataset", "custom", "unknown", "none", "dataset", "data"),
    *("test", "train", "private", "own", "not stated", "custom dataset", "unknown dataset"),
}
"""Names of loaders and the like, under which every card means data of its own."""


def columns_of(results: Sequence[CardResult]) -> list[DraftColumn]:
    """Return the column of each result; results that measure the same have equal ones.

    A column is named after its data set, and after its metric too where the data set has several
    metrics that are scores.
    """
    labels = _metric_labels(results)
    tasks = _task_labels(results)
    scores: dict[str, set[str]] = defaultdict(set)
    every: dict[str, set[str]] = defaultdict(set)
    for task, label in zip(tasks, labels, strict=True):
        every[task].add(label)
        facts = metric_facts(label)
        if facts is None or not facts.reason:
            scores[task].add(label)
    columns: dict[tuple[str, str], DraftColumn] = {}
    names: set[str] = set()
    for task, label in sorted(set(zip(tasks, labels, strict=True))):
        alone = (scores[task] or every[task]) == {label}
        name = task if alone else f"{task} {label}"
        name = f"{task} ({label})" if name in names else name  # a data set may be called "x f1"
        names.add(name)
        columns[task, label] = DraftColumn(name, task, label)
    return [columns[key] for key in zip(tasks, labels, strict=True)]


def without_data(results: Sequence[CardResult]) -> list[str]:
    """Return the names that say nothing of the data, under which several cards have results."""
    cards: dict[str, set[str]] = defaultdict(set)
    for result in results:
        name = result.dataset.split(" [")[0]
        if name.casefold().strip() in _NO_DATA or not result.has_data:
            cards[name].add(result.card)
    return [name for name, of in cards.items() if len(of) > 1]


def _task_labels(results: Sequence[CardResult]) -> list[str]:
    """Return the data sets, with their identifier or kind of task where one name has several."""
    kinds: dict[str, set[str]] = defaultdict(set)
    tasks: dict[str, set[str]] = defaultdict(set)
    for result in results:
        kinds[result.dataset].add(result.kind)
        tasks[result.dataset].add(result.task)
    labels = []
    for result in results:
        more = []
        if not result.is_mteb and len(kinds[result.dataset] - {""}) > 1:
            more.append(result.kind or "type not stated")
        if not result.is_mteb and len(tasks[result.dataset] - {""}) > 1:
            more.append(result.task or "task not stated")
        labels.append(f"{result.dataset} ({', '.join(more)})" if more else result.dataset)
    return labels


def _metric_labels(results: Sequence[CardResult]) -> list[str]:
    """Return the metrics: the type, and what its name adds where that tells it from another."""
    titles: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for result in results:
        key = (result.card, result.model, result.dataset, result.metric.casefold())
        titles[key].add(" ".join(_words(result.title)))
    several = {key[2:] for key, names in titles.items() if len(names) > 1}
    spelling: dict[str, str] = {}
    labels = []
    for result in results:
        every = (result.dataset, result.metric.casefold()) in several
        label = result.metric if result.is_mteb else _label(result, every=every)
        labels.append(spelling.setdefault(" ".join(_words(label)) or label, label))
    return labels


def _label(result: CardResult, *, every: bool) -> str:
    own = _words(result.metric)
    title = [word for word in _words(result.title) if word not in own]
    longer = [word for word in title if any(word.startswith(o) for o in own if len(o) > 1)]
    if metric_facts(result.metric) is None and metric_facts(result.title) is not None:
        label, title = result.title, []
    elif len(own) == len(longer) == 1:  # the type rouge, named Rouge1 or RougeL
        label, title = longer[0], [word for word in title if word not in longer]
    else:
        label = result.metric
    added = [
        word
        for word in title
        if word not in _NOISE and (every or word in _TELLING or any(map(str.isdigit, word)))
    ]
    options = [word for word in _words(result.options) if word not in {*own, *added, "default"}]
    return " ".join([label, *added, *options])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
