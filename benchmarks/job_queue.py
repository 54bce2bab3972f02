"""Simulate nights of a fleet: how many GPUs do 1,000 checkpoints on 30 tasks need every night?

    python -m benchmarks.job_queue --gpus 8,16,32,64,100 --nights 200

Takes jobs as `rankcheck run --devices` does: each GPU begins with another checkpoint, goes through
the list, leaves out what others have taken, and loads a checkpoint when it changes to it. Drawn at
random are the seconds of each checkpoint and task (lognormal around the median), jobs that take
many times as long (stragglers), jobs that fail and run once more, and GPUs that die, whose job is
taken up again after the silence in which a death is noticed. Each night has all of its jobs to do.
"""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Fleet(NamedTuple):
    """What is simulated; times in seconds.

    Attributes:
        gpus: GPUs that take jobs.
        checkpoints: Checkpoints of a night.
        tasks: Tasks of each checkpoint.
        seconds: Median time of a job.
        spread: Standard deviation of the logarithm of a job's time over checkpoints.
        load: Time to load a checkpoint.
        failing: Share of jobs that fail once, after a part of their time, and run again.
        straggling: Share of jobs that take `slow` times as long.
        slow: How many times as long these take.
        deaths: Deaths of a GPU's process in an hour.
        silence: Time until a death is noticed and a new process has begun.
        deadline: Time from the start of one night to the start of the next.
    """

    gpus: int
    checkpoints: int = 1000
    tasks: int = 30
    seconds: float = 40.0
    spread: float = 0.8
    load: float = 20.0
    failing: float = 0.01
    straggling: float = 0.005
    slow: float = 20.0
    deaths: float = 0.01
    silence: float = 330.0
    deadline: float = 86_400.0


class Night(NamedTuple):
    """What came of one night.

    Attributes:
        makespan: Seconds from the start to the end of the last job.
        busy: Seconds in which GPUs worked, together, lost work included.
        longest: The longest single piece of work, its load included.
        loads: How often a checkpoint was loaded.
        redone: Jobs that ran more than once.
    """

    makespan: float
    busy: float
    longest: float
    loads: int
    redone: int

    def utilisation(self, gpus: int) -> float:
        """Return the share of the GPUs' time until the end in which they worked."""
        return self.busy / (self.makespan * gpus)

    def least(self, gpus: int) -> float:
        """Return the smallest makespan that any order of this work can have."""
        return max(self.busy / gpus, self.longest)

    def graham(self, gpus: int) -> float:
        """Return the largest makespan that any list of this work can have if no GPU dies.

        R. L. Graham, "Bounds for certain multiprocessing anomalies" (1966): below 2 - 1 / gpus
        times the best.
        """
        return self.busy / gpus + (1 - 1 / gpus) * self.longest


class _Left:
    """Jobs in a ring of which any can be taken, and the next one is found in constant time."""

    def __init__(self, jobs: int) -> None:
        self._next = list(range(jobs + 1))
        self._jobs = jobs

    def take(self, after: int) -> int | None:
        """Take the first job that is left at or after a place, going round once."""
        job = self._find(after)
        if job == self._jobs:
            job = self._find(0)
        if job == self._jobs:
            return None
        self._next[job] = job + 1
        return job

    def _find(self, place: int) -> int:
        while self._next[place] != place:
            self._next[place] = self._next[self._next[place]]
            place = self._next[place]
        return place


def simulate(
    seconds: np.ndarray,
    fleet: Fleet,
    *,
    failed_after: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
) -> Night:
    """Simulate one night.

    Args:
        seconds: Time of each job, checkpoints × tasks.
        fleet: The GPUs.
        failed_after: The part of its time after which a job fails first; NaN for no failure.
        rng: Draws when GPUs die; None for never.
    """
    checkpoints, tasks = seconds.shape
    times, left = seconds.ravel(), _Left(seconds.size)
    fails = np.full(seconds.size, np.nan) if failed_after is None else failed_after.ravel()
    again: list[tuple[float, int]] = []  # jobs of dead GPUs, by the time when that is noticed
    places = [gpu * checkpoints // fleet.gpus * tasks for gpu in range(fleet.gpus)]
    loaded = [-1] * fleet.gpus
    free = [(0.0, gpu) for gpu in range(fleet.gpus)]
    busy = longest = end = 0.0
    loads = redone = 0
    while free:
        now, gpu = heapq.heappop(free)
        job = left.take(places[gpu])
        if job is None:
            if not again:
                continue  # this GPU is done; the others may still work
            noticed, job = heapq.heappop(again)
            now = max(now, noticed)
        places[gpu] = job + 1 if job + 1 < seconds.size else 0
        changes = loaded[gpu] != job // tasks
        loaded[gpu] = job // tasks
        loads += changes
        work = times[job] + (fleet.load if changes else 0.0)
        if not np.isnan(fails[job]):
            work += fails[job] * times[job]
            redone += 1
        dies = np.inf if rng is None else rng.exponential(3600 / fleet.deaths)
        if dies < work:
            busy, redone, loaded[gpu] = busy + dies, redone + 1, -1
            heapq.heappush(again, (now + dies + fleet.silence, job))
            heapq.heappush(free, (now + dies + fleet.silence, gpu))
            continue
        busy, longest, end = busy + work, max(longest, work), max(end, now + work)
        heapq.heappush(free, (now + work, gpu))
    return Night(end, busy, longest, loads, redone)


def draw(fleet: Fleet, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw the time of each job, and the part of it after which it fails (NaN: never)."""
    shape = (fleet.checkpoints, fleet.tasks)
    sizes = rng.lognormal(0.0, fleet.spread, (fleet.checkpoints, 1))
    seconds = fleet.seconds * sizes * rng.lognormal(0.0, 0.5, (1, fleet.tasks))
    seconds = np.where(rng.random(shape) < fleet.straggling, fleet.slow, 1.0) * seconds
    fails = np.where(rng.random(shape) < fleet.failing, rng.random(shape), np.nan)
    return seconds, fails


def nights(fleet: Fleet, count: int, seed: int = 0) -> list[Night]:
    """Simulate nights that are drawn independently, each with all of its jobs to do."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        seconds, fails = draw(fleet, rng)
        found.append(simulate(seconds, fleet, failed_after=fails, rng=rng))
    return found


def _table(fleets: Sequence[Fleet], count: int, seed: int) -> None:
    print("  GPUs  median h    95% h  late  utilised  loads  run again  of the least")
    for fleet in fleets:
        found = nights(fleet, count, seed)
        spans = np.array([night.makespan for night in found])
        late = np.mean(spans > fleet.deadline)
        used = np.mean([night.utilisation(fleet.gpus) for night in found])
        ratio = np.median([night.makespan / night.least(fleet.gpus) for night in found])
        loads, redone = np.mean([[n.loads, n.redone] for n in found], axis=0)
        print(
            f"{fleet.gpus:>6} {np.median(spans) / 3600:>9.2f}"
            f" {np.quantile(spans, 0.95) / 3600:>8.2f} {late:>5.0%} {used:>9.1%}"
            f" {loads:>6.0f} {redone:>10.0f} {ratio:>12.2f}"
        )


def main() -> None:
    """Print a row for each number of GPUs."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.job_queue",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    defaults = Fleet(1)
    parser.add_argument("--gpus", default="4,8,16,32,64,100", help="numbers, by commas")
    parser.add_argument("--nights", type=int, default=50, help="nights to draw")
    parser.add_argument("--seed", type=int, default=0)
    for name in Fleet._fields[1:]:
        value = getattr(defaults, name)
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"default: {value}")
    given = vars(parser.parse_args())
    chosen = {name: given[name] for name in Fleet._fields[1:]}
    fleets = [Fleet(int(gpus), **chosen) for gpus in given["gpus"].split(",")]
    _table(fleets, given["nights"], given["seed"])


if __name__ == "__main__":
    main()
