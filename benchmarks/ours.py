"""rankcheck's own side of every comparison: a fresh session each time, nothing kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers import Timed
from evaluators.dataset import PairDataset
from evaluators.sts import POOLINGS, Session


class Grid(NamedTuple):
    """A grid of arms: seconds, and how many results came out."""

    seconds: float
    results: int


def plain(checkpoint: Path, datasets: Sequence[PairDataset]) -> Timed:
    """Score each set with the checkpoint's own pooling, as a job does: the curve over every
    number of dimensions and the 95% intervals included, loading the model not.
    """  # noqa: D205
    with Session(checkpoint, poolings=["native"], device="cpu") as session:
        session._loaded()
        started, cpu = time.perf_counter(), time.process_time()
        session.encode(s for data in datasets for s in (*data.first, *data.second))
        results = {data.task: session.evaluate(data, pooling="native") for data in datasets}
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return Timed(seconds, cpu, {task: result.scores[0].value for task, result in results.items()})


def encoding(checkpoint: Path, datasets: Sequence[PairDataset]) -> float:
    """Return the seconds of one plain encoding: distinct sentences, one pooling, no scores."""
    with Session(checkpoint, poolings=["native"], device="cpu") as session:
        session.encode(s for data in datasets for s in (*data.first, *data.second))
        return float(session.cost["encode_seconds"])


def grid(checkpoint: Path, datasets: Sequence[PairDataset], resamples: int) -> Grid:
    """Score every pooling, raw and whitened, at every number of dimensions."""
    with Session(checkpoint, poolings=POOLINGS, device="cpu") as session:
        started = time.perf_counter()
        session.encode(s for data in datasets for s in (*data.first, *data.second))
        count = 0
        for data in datasets:
            for pooling in POOLINGS:
                for whitening, fit in (("none", ()), ("scored", (data,))):
                    result = session.evaluate(
                        data, pooling=pooling, whitening=whitening, fit=fit, resamples=resamples
                    )
                    count += len(result.curves[0].values)
        return Grid(time.perf_counter() - started - session.cost["load_seconds"], count)
