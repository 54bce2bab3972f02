"""How often an interval misses a gain of 0, when all seeds are scored on the same examples.

`python -m tests.evaluators.seeds_and_examples_simulation` prints the table of
docs/reports/clue-intervals.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.claims.judging import rules
from evaluators.seeds_and_examples import crossed_interval
from evaluators.statistics import Interval, mean_interval

POINTS = 100
MARGIN = 0.4
"""Smallest gain worth the name of R-Drop and Child-Tuning, in points."""


class World(NamedTuple):
    """What an arm without a gain changes.

    Attributes:
        seeds: How many.
        examples: Of the one test set.
        changed: Share of the examples whose answer becomes right or wrong, in a seed.
        common: Share of these that are the same in all seeds.
    """

    seeds: int = 5
    examples: int = 2599
    changed: float = 0.02
    common: float = 0.5


class Rates(NamedTuple):
    """Shares of simulated experiments.

    Attributes:
        missed_by_seeds: In which the interval over seeds alone misses 0.
        missed: In which that over seeds and examples does.
        holds_by_seeds: In which the interval over seeds alone makes the claim hold.
        holds: In which that over seeds and examples does.
    """

    missed_by_seeds: float
    missed: float
    holds_by_seeds: float
    holds: float


def draw(rng: np.random.Generator, world: World) -> NDArray[np.float64]:
    """Return arm − base of every seed and example, −1, 0 or 1, shape (seeds, examples).

    A changed example gets better or worse with equal chances, so the gain of the population is 0.
    """
    shape = (world.seeds, world.examples)
    common = rng.random(world.examples) < world.changed * world.common
    own = (rng.random(shape) < world.changed * (1 - world.common)) & ~common
    of_all = common * rng.choice([-1.0, 1.0], world.examples)
    table: NDArray[np.float64] = of_all + own * rng.choice([-1.0, 1.0], shape)
    return table


def rates(world: World, experiments: int, seed: int = 0) -> Rates:
    """Return how often each interval errs."""
    rng = np.random.default_rng(seed)
    found = np.zeros(4)
    for _ in range(experiments):
        table = POINTS * draw(rng, world)
        alone = mean_interval(table.mean(axis=1).tolist())
        crossed = crossed_interval(table)
        found += [_misses(alone), _misses(crossed), _holds(alone), _holds(crossed)]
    return Rates(*(found / experiments).tolist())


def _misses(interval: Interval) -> bool:
    low, high = interval.ends
    return not low <= 0 <= high


def _holds(interval: Interval) -> bool:
    return rules.gain(interval, MARGIN).word == "holds"


if __name__ == "__main__":
    columns = ("misses 0: seeds", "misses 0: both", "holds: seeds", "holds: both")
    print(f"| seeds | examples | same in all seeds | {' | '.join(columns)} |")
    print("|---|---|---|---|---|---|---|")
    for world in [
        *(World(seeds=s, common=c) for s in (3, 5, 10) for c in (0.0, 0.3, 0.5, 0.8)),
        *(World(examples=300, common=c) for c in (0.0, 0.5, 0.8)),
    ]:
        shares = " | ".join(f"{share:.1%}" for share in rates(world, 4000))
        print(f"| {world.seeds} | {world.examples:,} | {world.common:.0%} | {shares} |", flush=True)
