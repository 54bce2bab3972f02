"""Rankings of MTEB classic and their bootstrap beside pandas, scipy and rliable."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from benchmarks.isolated import NoPeerError
from benchmarks.leaderboard_peers import Timed, numpy_script, pandas_script, rliable
from benchmarks.table import Row
from evaluators.averaging import MEANS, TREATMENTS, Board, rank, treat
from evaluators.averaging.rules import rank_by
from evaluators.averaging.stability import bootstrap
from flows.boards.leaderboards import read_board

RESAMPLES, SEED = 10_000, 0
LEAST = 20.0  # times as fast as the pandas script, and as rliable's mean alone
PER_TASK = TREATMENTS["per-task"]


def run(rounds: int) -> Iterator[Row]:
    """Yield ours, the straight scripts and rliable, interleaved; the best of the rounds counts."""
    board = read_board("mteb-classic-en")
    frame = _complete(board)
    name = f"{RESAMPLES:,} bootstraps, MTEB"
    sides: dict[str, Callable[[], Timed]] = {
        "rankcheck": lambda: ours(board),
        "pandas and scipy": lambda: pandas_script(frame, RESAMPLES, SEED),
        "numpy and scipy, no pandas": lambda: numpy_script(frame, RESAMPLES, SEED),
        "rliable 1.2, the mean alone": lambda: Timed(rliable(frame, RESAMPLES), {}),
    }
    runs: dict[str, list[Timed]] = {side: [] for side in sides}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers take the logarithm of a score of 0
        for _ in range(rounds):
            for side, call in list(sides.items()):
                try:
                    runs[side].append(call())
                except NoPeerError as error:
                    print(f"left out {side}: {error}")
                    del sides[side], runs[side]
    own = min(each.seconds for each in runs["rankcheck"])
    for side, timed in runs.items():
        seconds = min(each.seconds for each in timed)
        target = LEAST if side.startswith(("pandas", "rliable")) else None
        note = _apart(runs["rankcheck"][0], timed[0]) if timed[0].intervals else ""
        yield Row(name, side, seconds, seconds / own, target, "" if side == "rankcheck" else note)


def ours(board: Board) -> Timed:
    """Rank by three means, Borda and Copeland, and resample the tasks of the three rankings."""
    started = time.perf_counter()
    for p in MEANS.values():
        rank(board, PER_TASK, p)
    for rule in ("borda", "copeland"):
        rank_by(board, PER_TASK, rule)
    found = bootstrap(board, PER_TASK, resamples=RESAMPLES, seed=SEED)
    intervals = {name: boot.rank_intervals() for name, boot in found.items()}
    seconds = time.perf_counter() - started
    everywhere = {}
    for name, boot in found.items():  # a row that has no rank has no interval
        everywhere[name] = np.full((len(board.models), 2), np.nan)
        everywhere[name][boot.contest.positions] = intervals[name]
    rows = treat(board, PER_TASK).complete
    return Timed(seconds, {name: each[rows] for name, each in everywhere.items()})


def _complete(board: Board) -> pd.DataFrame:
    matrix = treat(board, PER_TASK)
    rows = matrix.complete
    names = pd.Index(board.models)[rows]
    return pd.DataFrame(matrix.values[rows], index=names, columns=list(matrix.columns))


def _apart(own: Timed, other: Timed) -> str:
    """Say how far the ends of the rank intervals are apart; the draws are the same."""
    apart = {name: np.nanmax(np.abs(own.intervals[name] - other.intervals[name])) for name in MEANS}
    worst = ", ".join(f"{name} {value:.0f}" for name, value in apart.items())
    return f"same draws; interval ends differ by at most: {worst}"
