"""Turn a table with a column a model, such as a summary of OpenCompass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TASKS = ("dataset", "task", "benchmark", "tasks", "datasets")
"""Names of a column that lists tasks."""

FACTS = ("version", "metric", "mode", "split", "subset", "shots", "n-shot", "prompt", "category")
"""Names of columns that describe a task in a table with a column a model."""


@dataclass(frozen=True)
class Turned:
    """A table with a row a model, and what the file says of its columns.

    Attributes:
        header: The model's column, then the tasks.
        lines: The cells of each model.
        tasks: The task of each column, by its name.
        metrics: The metric of each column, by its name, where the file states it.
    """

    header: list[str]
    lines: list[list[str]]
    tasks: dict[str, str]
    metrics: dict[str, str]


def is_transposed(header: Sequence[str], model_column: str) -> bool:
    """Return whether a header is that of a table with a column a model, and none of models."""
    plain = [name.casefold() for name in header]
    described = any(name in plain for name in ("metric", "mode", "version"))
    models = model_column in header and model_column.casefold() not in TASKS
    return described and not models and any(name in plain for name in TASKS)


def transpose(header: Sequence[str], lines: Sequence[Sequence[str]], model_column: str) -> Turned:
    """Return the table with a row a model.

    Args:
        header: The names of the columns; one lists tasks (or the first does), some are facts.
        lines: The rows, each as wide as the header.
        model_column: The name that the column of models gets.
    """
    plain = [name.casefold() for name in header]
    place = next((plain.index(name) for name in TASKS if name in plain), 0)
    facts = {name: plain.index(name) for name in FACTS if name in plain}
    models = [i for i in range(len(header)) if i != place and i not in facts.values()]
    lines = [line for line in lines if any(line[i].strip(" -") for i in models)]
    names = _names(lines, place, facts)
    metrics = {
        name: line[facts["metric"]]
        for name, line in zip(names, lines, strict=True)
        if "metric" in facts and line[facts["metric"]].strip(" -")
    }
    return Turned(
        header=[model_column, *names],
        lines=[[header[i], *(line[i] for line in lines)] for i in models],
        tasks={name: line[place] for name, line in zip(names, lines, strict=True)},
        metrics=metrics,
    )


def _names(lines: Sequence[Sequence[str]], place: int, facts: dict[str, int]) -> list[str]:
    """Return the tasks, with the facts that tell apart those that stand several times."""
    same: dict[str, list[Sequence[str]]] = {}
    for line in lines:
        same.setdefault(line[place], []).append(line)
    telling = {
        task: [i for i in facts.values() if len({line[i] for line in of_task}) > 1]
        for task, of_task in same.items()
    }
    return [
        f"{line[place]} [{', '.join(line[i] for i in telling[line[place]])}]"
        if telling[line[place]]
        else line[place]
        for line in lines
    ]
