"""How much too high the best threshold's scores are, and how often intervals cover the truth.

    python -m tests.evaluators.sts.threshold_coverage [--samples 400]

draws similarities of two classes from normal distributions, whose best threshold is known, and
prints the table of docs/reports/pair-classification.md.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from evaluators.dataset import PairDataset
from evaluators.result import Score
from evaluators.statistics import percentiles, resample_counts
from evaluators.sts import thresholds
from evaluators.sts.bootstrap import COUNT
from evaluators.sts.pair_classification import classify_pairs
from evaluators.sts.score import Bootstrap, Pairs

RESAMPLES = 300
METRICS = ("accuracy", "f1", "ap")


class World(NamedTuple):
    """Number of pairs, distance of the classes in standard deviations, share of class 1."""

    pairs: int
    distance: float
    share: float


WORLDS = (
    World(200, 0.3, 0.5),
    World(200, 1.0, 0.5),
    World(1847, 0.3, 0.5),
    World(1847, 1.0, 0.5),
    World(1000, 2.0, 0.2),
)


def truth(world: World) -> dict[str, float]:
    """Return the largest accuracy and F1 of any threshold on new pairs, and the precision."""
    _, distance, share = world
    cuts = np.linspace(-8, 10, 200_001)
    hits, others = share * norm.sf(cuts - distance), (1 - share) * norm.sf(cuts)
    precision = hits / np.maximum(hits + others, 1e-300)
    return {
        "accuracy": float((hits + (1 - share) - others).max()),
        "f1": float((2 * hits / (hits + others + share)).max()),
        "ap": float(-np.trapezoid(precision, hits / share)),
    }


def scores(world: World, rng: np.random.Generator) -> tuple[dict[str, Score], dict[str, tuple]]:
    """Return our scores of one sample, and plain percentile intervals of its metrics."""
    n = world.pairs
    gold = (rng.random(n) < world.share).astype(np.float64)
    similarity = rng.normal(size=n) + world.distance * gold
    data = PairDataset(
        "made-up",
        "test",
        tuple(f"a{i}" for i in range(n)),
        tuple(f"b{i}" for i in range(n)),
        gold,
    )
    # One dimension: the dot product with 1 is the similarity itself.
    columns = np.append(similarity, 1.0)[None]
    pairs = Pairs(data, np.arange(n), np.full(n, n))
    seed = int(rng.integers(2**31))
    found = classify_pairs(pairs, columns, [], Bootstrap(RESAMPLES, 0.95, seed)).scores
    ours = {s.metric: s for s in found if s.variant.get("similarity") == "dot"}
    by = thresholds.by_falling(similarity, gold)
    counts = resample_counts(np.random.default_rng(seed), n, RESAMPLES, COUNT)
    at = thresholds.above(by, counts)
    plain = {
        "accuracy": percentiles(thresholds.best(thresholds.accuracies(at), at)[0]),
        "f1": percentiles(thresholds.best(thresholds.f1s(at), at)[0]),
        "ap": percentiles(thresholds.average_precision(at)),
    }
    return ours, plain


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=400)
    samples = parser.parse_args().samples
    print(
        "| pairs | distance | class 1 | metric | too high | less the optimism | percentiles cover"
        " | ours cover |\n|---|---|---|---|---|---|---|---|"
    )
    for world in WORLDS:
        rng, true = np.random.default_rng(0), truth(world)
        rows: dict[str, list[tuple[float, float, bool, bool]]] = {name: [] for name in METRICS}
        for _ in range(samples):
            ours, plain = scores(world, rng)
            for name in METRICS:
                score, (low, high) = ours[name], plain[name]
                less = ours[f"{name}_optimism"].value if f"{name}_optimism" in ours else 0.0
                assert score.ci_low is not None
                assert score.ci_high is not None
                rows[name].append(
                    (
                        100 * (score.value - true[name]),
                        100 * (score.value - less - true[name]),
                        low <= true[name] <= high,
                        score.ci_low <= true[name] <= score.ci_high,
                    )
                )
        for name in METRICS:
            high, less, plain_share, share = np.mean(rows[name], axis=0)
            print(
                f"| {world.pairs:,} | {world.distance} | {world.share:.0%} | {name} | {high:+.1f}"
                f" | {less:+.1f} | {plain_share:.1%} | {share:.1%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
