"""The interval of a difference over seeds that are all scored on the same examples.

Student's t over the seeds says how the difference would come out with other seeds on these very
examples. What a claim asks is how it would come out on other examples, too: examples on which all
seeds of the arm are right and all of the base are wrong are luck that every seed shares. Seeds and
examples are two crossed random effects:

    difference of seed s on example i = mean + seed s + example i + both

with the variances of their mean added up from the mean squares of a two-way table (Searle, Casella
and McCulloch 1992, section 4.3; Owen 2007, arXiv:0712.1111, for the bootstrap of the same).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.statistics import Interval, student_t_quantile

Floats = NDArray[np.float64]


def crossed_interval(differences: ArrayLike, units: str = "examples") -> Interval:
    """Return the mean difference with its 95% interval over seeds and examples.

    The variance of the mean is s²_seed/S + s²_example/n, where s²_seed is the variance of the
    seeds' means and s²_example that of the examples' means. Both hold the noise of a single seed
    on a single example, so it is taken off once; the variance is never below the larger of the
    two parts. The degrees of freedom are Satterthwaite's (1946).

    Args:
        differences: Arm − base of every seed and example, shape (S, n), both 2 or more.
        units: What the n are, in words: examples, or texts with all their questions.

    Returns:
        The interval of Student's t; its `n` counts the seeds, its `floor` is the part of the
        standard error that belongs to the examples.

    Raises:
        ValueError: There are fewer than two seeds or examples.
    """
    table = np.asarray(differences, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(f"two seeds and two examples are needed, got the shape {table.shape}")
    seeds, n = table.shape
    of_seeds, of_examples = table.mean(axis=1), table.mean(axis=0)
    mean = math.fsum(of_seeds.tolist()) / seeds
    noise = table - of_seeds[:, None] - of_examples + mean
    # Each as its part of the variance of the mean: a mean square over S n.
    seed_part = float(of_seeds.var(ddof=1)) / seeds
    example_part = float(of_examples.var(ddof=1)) / n
    both = float((noise**2).sum()) / ((seeds - 1) * (n - 1)) / (seeds * n)
    variance = seed_part + example_part - both
    freedom = _satterthwaite(
        ((seed_part, seeds - 1), (example_part, n - 1), (-both, (seeds - 1) * (n - 1)))
    )
    if variance < max(seed_part, example_part):
        variance, freedom = max((seed_part, seeds - 1.0), (example_part, n - 1.0))
    half = student_t_quantile(freedom) * math.sqrt(variance)
    basis = f"over {seeds} seeds × {n:,} {units}"
    floor = math.sqrt(max(0.0, example_part - both))
    return Interval(mean, mean - half, mean + half, seeds, freedom, basis, floor)


def _satterthwaite(parts: tuple[tuple[float, float], ...]) -> float:
    """Return the degrees of freedom of a sum of variances, each with its own."""
    spread = sum(part**2 / freedom for part, freedom in parts)
    if not spread:
        return parts[0][1]
    # A sum whose parts nearly cancel has few degrees of freedom, but never below the fewest.
    fewest = min(freedom for _, freedom in parts)
    return max(sum(part for part, _ in parts) ** 2 / spread, fewest)
