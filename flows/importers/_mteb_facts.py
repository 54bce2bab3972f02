"""Read what MTEB declares: its tasks, benchmarks and models, from `data/mteb`.

The files are written by `docs/generate_mteb.py` from the package `mteb`. A benchmark that they lack
is asked of the installed package, if there is one.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations
from typing import Any

from evaluators.names import nearest
from flows.bundled import bundled
from flows.errors import LeaderboardError

RENAMED = {
    "8TagsClustering": "EightTagsClustering",
    "CMedQAv1": "CMedQAv1-reranking",
    "CMedQAv2": "CMedQAv2-reranking",
    "NorwegianParliament": "NorwegianParliamentClassification",
    "PPC": "PpcPC",
}
"""Tasks by the names that results before mteb 1.11 have (mteb 2.26, results/task_result.py)."""


@dataclass(frozen=True)
class Task:
    """What MTEB declares about a task.

    Attributes:
        name: Its name.
        type: Its kind, such as `Retrieval` or `STS`.
        metric: Its main metric.
        splits: The splits whose scores are averaged.
        revision: Revision of its data set.
        subsets: The subsets whose scores are averaged, `default` where there is one.
        members: The tasks whose mean it is; empty for a task with data of its own.
        languages: Languages of the chosen subsets, as ISO 639-3 codes.
    """

    name: str
    type: str
    metric: str
    splits: tuple[str, ...]
    revision: str
    subsets: frozenset[str]
    members: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@cache
def tasks() -> Mapping[str, Task]:
    """Return every task by its name."""
    return {name: _task(name, facts) for name, facts in _read("tasks").items()}


def find_benchmark(name: str) -> tuple[str, Mapping[str, Task]]:
    """Return a benchmark's own name and its tasks, with the splits and subsets that it chooses.

    Args:
        name: `MTEB(eng, v2)`, or an alias of it.

    Raises:
        LeaderboardError: If neither the facts nor the installed mteb has it.
    """
    known = _read("benchmarks")
    aliases = {alias: own for own, facts in known.items() for alias in facts.get("aliases", ())}
    own = aliases.get(name, name)
    if own in known:
        return own, {task: _of(task, chosen) for task, chosen in known[own]["tasks"].items()}
    found = _installed(name)
    if found is None:
        raise LeaderboardError(f"no MTEB benchmark {name!r}{nearest(name, [*known, *aliases])}")
    return name, found


@cache
def main_revisions() -> Mapping[str, str]:
    """Return the revision that MTEB itself evaluates, by each model that it knows."""
    with (bundled("data", "mteb") / "models.csv").open(encoding="utf-8", newline="") as file:
        return {row["model"]: row["revision"] for row in csv.DictReader(file)}


def similar_tasks(names: Collection[str]) -> set[str]:
    """Return tasks with all that share data with them: made from one another, or replaced."""
    found, remaining = set(names), list(names)
    while remaining:
        new = _similar().get(remaining.pop(), frozenset()) - found
        found |= new
        remaining += new
    return found


@cache
def _similar() -> Mapping[str, frozenset[str]]:
    both: dict[str, set[str]] = {}
    for name, facts in _read("tasks").items():
        for other in facts.get("similar", ()):
            both.setdefault(name, set()).add(other)
            both.setdefault(other, set()).add(name)
    return {name: frozenset(others) for name, others in both.items()}


@cache
def source() -> str:
    """Return where the facts are from, such as `mteb 2.26.24`."""
    return str(_content("tasks")["source"]).partition(",")[0]


def _read(name: str) -> dict[str, Any]:
    entries: dict[str, Any] = _content(name)[name]
    return entries


@cache
def _content(name: str) -> dict[str, Any]:
    text = (bundled("data", "mteb") / f"{name}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def _task(name: str, facts: Mapping[str, Any]) -> Task:
    return Task(
        name=name,
        type=facts["type"],
        metric=facts["metric"],
        splits=tuple(facts["splits"]),
        revision=facts["revision"],
        subsets=_subsets(facts),
        members=tuple(facts.get("members", ())),
        languages=tuple(facts.get("languages", ())),
    )


def _of(name: str, chosen: Mapping[str, Any]) -> Task:
    task = tasks()[name]
    if "subsets" in chosen or "pairs" in chosen:
        task = replace(task, subsets=_subsets(chosen))
    if "languages" in chosen:
        task = replace(task, languages=tuple(chosen["languages"]))
    return replace(task, splits=tuple(chosen.get("splits", task.splits)))


def _subsets(facts: Mapping[str, Any]) -> frozenset[str]:
    if "pairs" in facts:
        return frozenset(f"{a}-{b}" for a, b in permutations(facts["pairs"], 2))
    return frozenset(facts.get("subsets", ("default",)))


def _installed(name: str) -> Mapping[str, Task] | None:
    """Return the tasks of a benchmark of the installed mteb; None without either."""
    if importlib.util.find_spec("mteb") is None:
        return None
    mteb: Any = importlib.import_module("mteb")
    try:
        benchmark = mteb.get_benchmark(name)
    except KeyError:
        return None
    return {
        task.metadata.name: Task(
            name=task.metadata.name,
            type=task.metadata.type,
            metric=task.metadata.main_score,
            splits=tuple(task.eval_splits),
            revision=task.metadata.revision,
            subsets=frozenset(task.hf_subsets),
            members=tuple(
                member.metadata.name
                for member in (task.metadata.tasks if task.is_aggregate else ())
            ),
            languages=tuple(task.languages),
        )
        for task in benchmark.tasks
    }
