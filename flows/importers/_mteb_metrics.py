"""Choose the metric of MTEB results: each task's main one, or one that is named."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evaluators.names import nearest
from flows.boards.foreign_files import Problems
from flows.importers._draft import few, many
from flows.importers._mteb_facts import Task, tasks
from flows.importers._mteb_records import Record, main_score, metric_name, which


def one_metric(
    records: list[Record],
    metric: str,
    wanted: Mapping[str, Task] | None,
    problems: Problems,
    notes: list[str],
) -> list[Record]:
    """Return the records that have the metric, with its value in `main`."""
    if metric == "main":
        return _main(records, wanted, problems, notes)
    name = metric_name(metric)
    selected = [r._replace(main=r.scores[name]) for r in records if name in r.scores]
    tasks_without = {record.task for record in records} - {record.task for record in selected}
    if not selected:
        names = {name for record in records for name in record.scores}
        problems.add("", f"--metric {metric}: no score has that name{nearest(metric, names)}")
    elif tasks_without:
        notes.append(f"{many(len(tasks_without), 'task')} without {name} left out")
    return selected


def _main(
    records: list[Record],
    wanted: Mapping[str, Task] | None,
    problems: Problems,
    notes: list[str],
) -> list[Record]:
    with_main: list[Record] = []
    unknown: list[Record] = []
    derived = 0
    for record in records:
        if record.main is not None:
            with_main.append(record)
            continue
        guess = (
            main_score(record.task, record.scores)
            if wanted is None
            else _declared(wanted[record.task], record.scores)
        )
        if guess is None:
            unknown.append(record)
        derived += guess is not None
        with_main.append(record._replace(main=math.nan if guess is None else guess[1]))
    if derived:
        notes.append(
            f"{many(derived, 'score')} of the old schema: the main metric of their kind was taken"
        )
    if unknown and all(record.main != record.main for record in with_main):
        for record in unknown:
            problems.add(
                record.where,
                f"no main_score, and none of {few(record.scores, 6)} is known to be the main"
                " metric; give --metric",
            )
    elif unknown:
        names = sorted({f"{record.model} {record.task}" for record in unknown})
        notes.append(
            f"{many(len(unknown), 'score')} without a main_score or a metric that is known to be"
            f" the main one, left out (--metric takes one metric for all): {few(names)}"
        )
        left_out = {record.where for record in unknown} if wanted is None else set()
        with_main = [record for record in with_main if record.where not in left_out]
    return with_main


def _declared(task: Task, scores: Mapping[str, float]) -> tuple[str, float] | None:
    """Return the metric that the benchmark's task declares; mteb takes no other one."""
    return (task.metric, scores[task.metric]) if task.metric in scores else None


def metrics_of(records: Sequence[Record], notes: list[str]) -> dict[str, str]:
    """Return the metric of each task, with a note if models differ in it."""
    candidates: dict[str, list[set[str]]] = {}
    guesses: dict[str, str] = {name: task.metric for name, task in tasks().items()}
    for record in records:
        if record.main is not None and record.main == record.main and len(record.scores) > 1:
            names = which(record.task, record.scores, record.main)
            candidates.setdefault(record.task, []).append(names)
            if record.task not in guesses and (main := main_score(record.task, record.scores)):
                guesses[record.task] = main[0]
    metrics: dict[str, str] = {}
    mixed: list[str] = []
    for task in dict.fromkeys(record.task for record in records):
        sets = candidates.get(task, [set()])
        shared = set.intersection(*sets)
        guess = guesses.get(task, "")
        metrics[task] = guess if guess in shared else min(shared, default="main_score")
        if not shared and all(sets):
            mixed.append(task)
    if mixed:
        notes.append(
            "the main score is not the same metric for every model (mteb changed it; --metric"
            f" takes one for all): {few(mixed)}"
        )
    return metrics
