"""Lay runs of lm-evaluation-harness out as a table: columns, scores, and what is missing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evaluators.names import nearest
from flows.boards.foreign_files import Problems
from flows.boards.metrics import metric_facts
from flows.importers._directions import scores_only
from flows.importers._draft import Asked, DraftColumn, DraftRow, many
from flows.importers._lm_eval_files import Metric, Result
from flows.importers._lm_eval_rows import Row, Run


@dataclass(frozen=True)
class Table:
    """The rows and columns that the files hold, before any choice.

    Attributes:
        rows: The rows by name.
        runs: Each row's run of each task of the board.
        metrics: One number of each column, for what its name means.
        task_of: The task of each column, with its shots where those are apart.
        apart: The tasks of which a row has runs with different shots, and these.
    """

    rows: Mapping[str, Row]
    runs: Mapping[str, Mapping[str, Run]]
    metrics: Mapping[str, Metric]
    task_of: Mapping[str, str]
    apart: Mapping[str, tuple[str, ...]]

    @property
    def tasks(self) -> dict[str, set[str]]:
        """Return the tasks and groups of each row, as the files name them."""
        return {row: {run.task for run in runs.values()} for row, runs in self.runs.items()}

    def runs_of(
        self, columns: Sequence[DraftColumn], rows: Sequence[str]
    ) -> dict[str, dict[str, Run]]:
        """Return the run of each row by the task of some columns."""
        tasks = dict.fromkeys(self.task_of[column.name] for column in columns)
        return {
            task: {row: self.runs[row][task] for row in rows if task in self.runs[row]}
            for task in tasks
        }


def table_of(rows: Sequence[Row], names: Sequence[str]) -> Table:
    """Return the table of all rows; tasks with several shots in one row are told apart by them."""
    apart: dict[str, set[str]] = {}
    for row in rows:
        for task, count in Counter(run.task for run in row.runs).items():
            if count > 1:
                apart.setdefault(task, set()).update(r.shots for r in row.runs if r.task == task)
    runs: dict[str, dict[str, Run]] = {}
    metrics: dict[str, Metric] = {}
    task_of: dict[str, str] = {}
    for name, row in zip(names, rows, strict=True):
        runs[name] = {}
        for run in row.runs:
            shown = run.task in apart and run.shots
            task = f"{run.task} {run.shots}-shot" if shown else run.task
            runs[name][task] = run
            for number in run.metrics:
                column = f"{task} {number.label}"
                metrics.setdefault(column, number)
                task_of[column] = task
    every = {task: tuple(sorted(shots, key=lambda n: n.zfill(9))) for task, shots in apart.items()}
    return Table(dict(zip(names, rows, strict=True)), runs, metrics, task_of, every)


def shots_note(table: Table, asked: Asked) -> list[str]:
    """Return a note on tasks that have columns of their own for each number of shots."""
    by_shots: dict[tuple[str, ...], list[str]] = {}
    for task, shots in table.apart.items():
        by_shots.setdefault(shots, []).append(task)
    return [
        f"{many(len(tasks), 'task')} with a column for each number of shots"
        f" ({', '.join(n or 'not stated' for n in shots)}), as models were run with several:"
        f" {asked.listed(sorted(tasks))}; --shots N imports one of them"
        for shots, tasks in by_shots.items()
    ]


def columns_of(
    table: Table, dropped: set[str], metric: Sequence[str], problems: Problems
) -> list[DraftColumn]:
    """Return the columns of the level and metrics asked for, under the bare metric's name."""
    numbers = table.metrics.values()
    known = {m.metric for m in numbers} | {f"{m.metric},{m.filter}" for m in numbers}
    for name in metric:
        if name not in known:
            problems.add("", f"--metric {name}: no score has that name{nearest(name, known)}")
    return [
        DraftColumn(name, table.task_of[name], number.metric, unit_max=_unit(number.metric))
        for name, number in sorted(table.metrics.items())
        if number.task not in dropped
        and (not metric or {number.metric, f"{number.metric},{number.filter}"} & set(metric))
    ]


def _unit(metric: str) -> float | None:
    facts = metric_facts(metric)
    return None if facts is None else facts.unit


def score_columns(
    columns: Sequence[DraftColumn],
    table: Table,
    results: Iterable[Result],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> list[DraftColumn]:
    """Return the columns that are scores, with their filters in the name of the metric."""
    stated: dict[str, bool] = {}
    for result in results:
        stated |= result.better
    better = {
        name: stated[number.column]
        for name, number in table.metrics.items()
        if number.column in stated
    }
    kept = scores_only(columns, asked, problems, notes, stated=better)
    return [replace(column, metric=table.metrics[column.name].label) for column in kept]


_NOT_RUN = (-1.0, -999.0, 999.0, -9999.0, 9999.0)
"""What is written for "not run": RULER writes -1 for a length of context that it left out."""


def scores_of(
    table: Table,
    columns: Sequence[DraftColumn],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> dict[str, dict[str, float]]:
    """Return the scores by row and column, and name what is missing."""
    wanted = {column.name for column in columns}
    scores: dict[str, dict[str, float]] = {}
    missing: dict[str, list[str]] = {}
    for row, runs in table.runs.items():
        scores[row] = {}
        for task, run in runs.items():
            for number in run.metrics:
                name = f"{task} {number.label}"
                where = f"{run.result.where}, {run.task} {number.label}"
                if name not in wanted:
                    continue
                if number.text:
                    problems.add(where, f"is {number.text}, which is not a number")
                elif math.isnan(number.value):
                    missing.setdefault("NaN", []).append(f"{row} {name}")
                elif _is_not_run(number):
                    missing.setdefault(f"{number.value:g}", []).append(f"{row} {name}")
                elif _is_impossible(number):
                    problems.add(where, f"is {number.value:g}, and must be at least 0")
                else:
                    scores[row][name] = number.value
    for value, cells in missing.items():
        notes.append(f"{asked.listed(cells)}: {value}, taken as missing")
    return scores


def _is_not_run(number: Metric) -> bool:
    facts = metric_facts(number.metric)
    if facts is None or number.value not in _NOT_RUN:
        return False
    low, high = facts.low, facts.high
    return (low is not None and number.value < low) or (
        high is not None and number.value > 100 * high
    )


def _is_impossible(number: Metric) -> bool:
    facts = metric_facts(number.metric)
    return facts is not None and facts.low == 0 and number.value < 0


def with_scores(
    columns: Sequence[DraftColumn], rows: Sequence[DraftRow], asked: Asked, notes: list[str]
) -> list[DraftColumn]:
    """Return the columns that any row has a score in."""
    scored = {name for row in rows for name in row.scores}
    empty = [column.name for column in columns if column.name not in scored]
    if not scored:
        return list(columns)
    if empty:
        notes.append(f"left out, without a score in any row: {asked.listed(empty)}")
    return [column for column in columns if column.name in scored]
