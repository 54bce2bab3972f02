"""One metric for each task of an MTEB board: the main one, or one by name."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.names import nearest
from flows.importers._mteb_main import main_score, which
from flows.importers._mteb_records import Record, metric_name
from flows.importing.words import few, many
from flows.problem_list import Problems


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


def metrics_of(found: Sequence[Record], notes: list[str]) -> dict[str, str]:
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
