"""What a competent user would write with pandas and scipy, and `rliable` in its own process."""

from __future__ import annotations

import io
import json
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import gmean, hmean, rankdata

from benchmarks.isolated import NoPeerError, environment

RLIABLE = ("rliable==1.2.0", "pandas<3")


class Timed(NamedTuple):
    """Seconds, and the 95% rank intervals (n, 2) of each mean."""

    seconds: float
    intervals: dict[str, NDArray[np.float64]]


def pandas_script(frame: pd.DataFrame, resamples: int, seed: int) -> Timed:
    """Rank by three means, Borda and Copeland, then resample the tasks, one resample at a time.

    Args:
        frame: Models × tasks, complete.
        resamples: How many.
        seed: Of the draws.
    """
    started = time.perf_counter()
    means = {
        "arithmetic": lambda x: x.mean(axis=1),
        "geometric": lambda x: pd.Series(gmean(x, axis=1), index=x.index),
        "harmonic": lambda x: pd.Series(hmean(x, axis=1), index=x.index),
    }
    _ = [mean(frame).rank(ascending=False, method="min") for mean in means.values()]
    _ = _borda(frame), _copeland(frame.to_numpy())
    rng, tasks = np.random.default_rng(seed), frame.shape[1]
    ranks = {name: np.empty((resamples, len(frame))) for name in means}
    for r in range(resamples):
        drawn = frame.iloc[:, rng.integers(0, tasks, tasks)]
        for name, mean in means.items():
            ranks[name][r] = mean(drawn).rank(ascending=False, method="min")
    intervals = _intervals(ranks)
    return Timed(time.perf_counter() - started, intervals)


def numpy_script(frame: pd.DataFrame, resamples: int, seed: int) -> Timed:
    """Do the same with plain arrays and scipy's `rankdata`, which saves pandas' bookkeeping."""
    started = time.perf_counter()
    values = frame.to_numpy()
    means = {"arithmetic": np.mean, "geometric": gmean, "harmonic": hmean}
    _ = [rankdata(-mean(values, axis=1), method="min") for mean in means.values()]
    _ = _borda(frame), _copeland(values)
    rng, tasks = np.random.default_rng(seed), values.shape[1]
    ranks = {name: np.empty((resamples, len(values))) for name in means}
    for r in range(resamples):
        drawn = values[:, rng.integers(0, tasks, tasks)]
        for name, mean in means.items():
            ranks[name][r] = rankdata(-mean(drawn, axis=1), method="min")
    intervals = _intervals(ranks)
    return Timed(time.perf_counter() - started, intervals)


def rliable(frame: pd.DataFrame, resamples: int) -> float:
    """Return the seconds of `rliable`'s bootstrap of each model's mean over tasks.

    Raises:
        NoPeerError: If it cannot be installed or does not run.
    """
    python = environment("rliable", RLIABLE)
    script = Path(__file__).with_name("leaderboard_rliable.py")
    text = io.StringIO()
    np.savetxt(text, frame.to_numpy())
    done = subprocess.run(
        [str(python), str(script), str(resamples)],
        input=text.getvalue(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NoPeerError(done.stderr.strip().splitlines()[-1])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return float(found["seconds"])


def _borda(frame: pd.DataFrame) -> pd.Series:
    return (len(frame) - frame.rank(ascending=False)).sum(axis=1).rank(ascending=False)


def _copeland(values: NDArray[np.float64]) -> NDArray[np.float64]:
    wins = (values[:, None, :] > values[None, :, :]).sum(axis=2)
    return rankdata(-(np.sign(wins - wins.T)).sum(axis=1), method="min")


def _intervals(ranks: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    return {
        name: np.percentile(drawn, [2.5, 97.5], axis=0).T.round() for name, drawn in ranks.items()
    }
