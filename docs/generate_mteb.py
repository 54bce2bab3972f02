"""Write data/mteb/: the facts about tasks, benchmarks and models that the package mteb declares.

    python docs/generate_mteb.py      # needs `pip install mteb`, the version to take the facts of

The importer of MTEB results reads these files, so that it needs no mteb. Facts only: names, types,
metrics, splits, subsets, revisions, languages, and the tasks that share data (`similar`).
"""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "data" / "mteb"


def pairs_of(subsets: Sequence[str]) -> list[str] | None:
    """Return the codes of which the subsets are all ordered pairs (`a-b`), or None."""
    codes = sorted({code for subset in subsets for code in subset.split("-")})
    every = {f"{a}-{b}" for a in codes for b in codes if a != b}
    return codes if len(codes) > 3 and every == set(subsets) else None


def subset_facts(subsets: Sequence[str]) -> dict[str, Any]:
    """Return subsets as `{"subsets": […]}`, or `{"pairs": […]}` for all pairs of languages."""
    codes = pairs_of(subsets)
    return {"pairs": codes} if codes else {"subsets": sorted(subsets)}


def task_facts(task: Any) -> dict[str, Any]:
    """Return what a task declares; one subset named default is left out."""
    meta = task.metadata
    facts: dict[str, Any] = {
        "type": meta.type,
        "metric": meta.main_score,
        "splits": list(task.eval_splits),
        "revision": meta.dataset.get("revision") or meta.revision,
        "languages": sorted(task.languages),
    }
    if list(task.hf_subsets) != ["default"]:
        facts |= subset_facts(list(task.hf_subsets))
    if task.is_aggregate:
        facts["members"] = [member.metadata.name for member in meta.tasks]
    return facts


def benchmark_facts(benchmark: Any, tasks: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a benchmark's tasks, each with what differs from the task's own facts."""
    chosen = {}
    for task in benchmark.tasks:
        name = task.metadata.name
        facts = task_facts(task)
        own = tasks.setdefault(name, facts)
        different = {key: value for key, value in facts.items() if own.get(key) != value}
        if list(task.hf_subsets) == ["default"] and ("subsets" in own or "pairs" in own):
            different["subsets"] = ["default"]
        chosen[name] = different
    aliases = list(benchmark.aliases or ())
    return {**({"aliases": aliases} if aliases else {}), "tasks": chosen}


def similar_tasks() -> list[tuple[str, str]]:
    """Return the pairs of a task and one that was made from it, or that it replaced."""
    similar: Any = importlib.import_module("mteb.get_tasks")._SIMILAR_TASKS
    return sorted((name, other) for name, others in similar.items() for other in others)


def lines(entries: Iterable[tuple[str, Any]]) -> str:
    """Return an object as JSON with one entry a line, which keeps differences readable."""
    texts = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in entries)
    return "{\n" + ",\n".join(texts) + "\n}"


def main() -> None:
    """Write tasks.json, benchmarks.json and models.csv."""
    mteb: Any = importlib.import_module("mteb")
    registry: Any = importlib.import_module("mteb.get_tasks")._TASKS_REGISTRY
    models: Any = importlib.import_module("mteb.models.model_implementations").MODEL_REGISTRY
    tasks = {name: task_facts(kind()) for name, kind in sorted(registry.items())}
    benchmarks = {
        benchmark.name: benchmark_facts(benchmark, tasks) for benchmark in mteb.get_benchmarks()
    }
    for name, other in similar_tasks():
        own = name if name in tasks else other  # some parents have no class of their own
        listed = tasks[own].setdefault("similar", [])
        listed.append(other if own == name else name)
        listed.sort()
    used = {name for facts in benchmarks.values() for name in facts["tasks"]}
    for name, facts in tasks.items():
        if name not in used:  # only benchmarks choose subsets
            facts.pop("subsets", None), facts.pop("pairs", None)
    head = f'"source": "mteb {version("mteb")}, the tasks that the package declares"'
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in (("tasks", tasks), ("benchmarks", benchmarks)):
        text = "{\n" + head + f',\n"{name}": ' + lines(sorted(content.items())) + "\n}\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    with (FOLDER / "models.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("model", "revision", "parameters", "weights_mib"))
        writer.writerows(model_facts(name, meta) for name, meta in sorted(models.items()))


def model_facts(name: str, meta: Any) -> tuple[str, str, int | str, int | str]:
    """Return a model's name, revision, number of parameters, and MiB of its weights on the hub."""
    size = meta.memory_usage_mb  # mteb divides by 1024², and leaves out what it does not know
    return name, meta.revision or "", meta.n_parameters or "", round(size) if size else ""


if __name__ == "__main__":
    main()
