"""The import of MTEB's result files beside mteb's own loading of the same files."""

from __future__ import annotations

import importlib
import importlib.util
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.table import Row
from flows.importers import find
from flows.importers._draft import Asked

BENCHMARK = "MTEB(eng, v2)"
LEAST = 1.5  # times as fast as mteb, which only loads the files and makes no board of them
REAL = (
    Path(__file__).resolve().parents[2]
    / "shared/leaderboards/mteb-2026-08/mteb_results_eng2_cmn1.tar.xz"
)


def run(rounds: int) -> Iterator[Row]:
    """Yield ours and mteb's, interleaved; the best of the rounds counts."""
    if not REAL.is_file():
        print(f"left out the import of MTEB's files: {REAL.name} is not beside this checkout")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(REAL) as tar:
            tar.extractall(folder, filter="data")
        sides: dict[str, Callable[[], Any]] = {"rankcheck": lambda: ours(folder / "results")}
        if importlib.util.find_spec("mteb") is None:
            print("left out mteb: it is not installed (pip install 'rankcheck[bench]')")
        else:
            mteb: Any = importlib.import_module("mteb")
            tasks: Any = mteb.get_benchmark(BENCHMARK)
            sides["mteb, load_results"] = lambda: mteb.ResultCache(folder).load_results(
                tasks=tasks, include_remote=False
            )
        seconds: dict[str, float] = dict.fromkeys(sides, float("inf"))
        for _ in range(rounds):
            for side, call in sides.items():
                started = time.perf_counter()
                call()
                seconds[side] = min(seconds[side], time.perf_counter() - started)
        own = seconds["rankcheck"]
        for side, each in seconds.items():
            target = None if side == "rankcheck" else LEAST
            yield Row(f"import of {BENCHMARK}", side, each, each / own, target, "")


def ours(folder: Path) -> None:
    """Read the files into a board, with everything that a user is told."""
    board = find("mteb").read(folder, Asked("mteb-eng-v2", "2026-08-20"), benchmark=BENCHMARK).board
    assert board.columns
