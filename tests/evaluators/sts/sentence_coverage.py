"""How often intervals cover the truth where pairs share sentences.

    RANKCHECK_DATA=… python -m tests.evaluators.sts.sentence_coverage [--measured]

simulates on the graph of repeated sentences of real tasks, with made-up similarities; `--measured`
prints the standard errors of a real checkpoint's scores. docs/reports/sts-intervals.md shows both.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evaluators.statistics import resample_counts
from evaluators.sts.bootstrap import COUNT, Resamples, difference, interval
from evaluators.sts.dependence import (
    SharedSentences,
    sentence_numbers,
    spearman_influence,
    stretch,
)
from evaluators.sts.spearman import spearman

RESAMPLES = 400
MEASURED = ("STS12", "STS13", "STS15", "STSBenchmark", "SICK-R", "BQ", "LCQMC", "ATEC")
SIMULATED = {"STS12": 26, "STS13": 26, "SICK-R": 26, "BQ": 2}  # number of values of the gold
CORRELATIONS = (0.7, 0.6)  # of the arm and of the base with the latent gold


class Graph(NamedTuple):
    """Numbers of each pair's sentences, shape (n,), and how many sentences there are."""

    first: np.ndarray
    second: np.ndarray
    sentences: int


class Sample(NamedTuple):
    """Made-up similarities of two models, and gold, each of shape (n,)."""

    arm: np.ndarray
    base: np.ndarray
    gold: np.ndarray


class Coverage(NamedTuple):
    """What many samples of one graph say about a statistic.

    Attributes:
        true_ratio: Standard deviation over samples, over the standard error of independent pairs.
        ratio: Mean of the dependent standard error over the same.
        product: Mean of the standard error of the bootstrap of sentences over the same.
        independent: Share of the samples whose interval of independent pairs covers the truth.
        dependent: The same of the interval that allows for shared sentences.
    """

    true_ratio: float
    ratio: float
    product: float
    independent: float
    dependent: float


def draw(graph: Graph, share: float, levels: int, rng: np.random.Generator) -> Sample:
    """Draw normal similarities of which sentence effects are a share of the variance.

    The gold is the sum of an effect of each sentence and of one of the pair, and each model adds
    noise made in the same way. Each pair alone has the same distribution whatever the share.
    """

    def effects() -> np.ndarray:
        by_sentence = rng.normal(size=graph.sentences) * np.sqrt(share / 2)
        own = rng.normal(size=len(graph.first)) * np.sqrt(1 - share)
        return by_sentence[graph.first] + by_sentence[graph.second] + own

    latent = effects()
    arm, base = (rho * latent + np.sqrt(1 - rho**2) * effects() for rho in CORRELATIONS)
    edges = np.linspace(-2.5, 2.5, levels + 1)[1:-1]
    return Sample(arm, base, np.searchsorted(edges, latent).astype(float))


def truth(levels: int) -> tuple[float, float]:
    """Return Spearman's correlation of the arm and its difference, of a million lone pairs."""
    size = 1_000_000
    lone = Graph(np.arange(size), np.arange(size), size)
    sample = draw(lone, 0.0, levels, np.random.default_rng(99))
    arm, base = (float(spearman(side, sample.gold)) for side in (sample.arm, sample.base))
    return arm, arm - base


def cover(graph: Graph, share: float, levels: int, samples: int) -> tuple[Coverage, Coverage]:
    """Return the coverage of the arm's Spearman and of its difference from the base's."""
    shared = SharedSentences(graph.first, graph.second)
    n, expected = len(graph.first), truth(levels)
    rng = np.random.default_rng(1)
    rows: tuple[list[tuple[float, ...]], ...] = ([], [])
    for _ in range(samples):
        sample = draw(graph, share, levels, rng)
        arm, base = (spearman_influence(side, sample.gold) for side in (sample.arm, sample.base))
        resamples = Resamples(sample.gold, resample_counts(rng, n, RESAMPLES, COUNT))
        ends = interval(resamples.spearman(sample.arm), 0.95)
        assert ends is not None
        found = difference(
            sample.arm, sample.base, sample.gold, rng=rng, resamples=RESAMPLES
        )  # of independent pairs
        values = float(spearman(sample.arm, sample.gold)), found.value
        for i, (influence, narrow) in enumerate(((arm, ends), (arm - base, found[3:]))):
            ratio = shared.error_ratio(influence)
            wide = stretch(narrow, values[i], ratio, 2)
            covered = [low <= expected[i] <= high for low, high in (narrow, wide)]
            independent = np.sqrt(influence @ influence) / n
            rows[i].append((values[i], independent, ratio, _product(graph, influence), *covered))
    return _summary(rows[0]), _summary(rows[1])


def _product(graph: Graph, influence: np.ndarray) -> float:
    """Return the standard error of a bootstrap of sentences over that of independent pairs.

    A pair counts as often as its two sentences together: variance 3 of its count, covariance 1
    of two that share a sentence, 3 of two that share both (to order 1/sentences).
    """
    by_sentence = np.bincount(
        np.concatenate([graph.first, graph.second]),
        np.tile(influence, 2),
    )
    both = np.minimum(graph.first, graph.second) * graph.sentences
    both = np.unique(both + np.maximum(graph.first, graph.second), return_inverse=True)[1]
    by_both = np.bincount(both, influence)
    return float(np.sqrt((by_sentence @ by_sentence + by_both @ by_both) / (influence @ influence)))


def _summary(rows: list[tuple[float, ...]]) -> Coverage:
    value, error, ratio, product, independent, dependent = np.array(rows, dtype=float).T
    return Coverage(
        float(value.std() / error.mean()),
        float(ratio.mean()),
        float(product.mean()),
        float(independent.mean()),
        float(dependent.mean()),
    )


def _simulate(names: Sequence[str], samples: int, shares: Sequence[float]) -> None:
    from db.settings import settings
    from evaluators import tasks
    from flows.inputs.pairs import load_task

    print(
        "| task | sentence share | score | true SE | dyadic SE | product SE"
        " | independent covers | dyadic covers |\n|---|---|---|---|---|---|---|---|"
    )
    for name in names:
        levels = SIMULATED[name]
        dataset = load_task(tasks.find(name), mirrors=settings().data)
        first, second = sentence_numbers(dataset.first, dataset.second)
        two = first != second  # the model of `draw` needs two sentences
        graph = Graph(first[two], second[two], int(max(first.max(), second.max())) + 1)
        for share in shares:
            for what, found in zip(
                ("Spearman", "difference"), cover(graph, share, levels, samples), strict=True
            ):
                print(
                    f"| {name} | {share} | {what} | {found.true_ratio:.2f} | {found.ratio:.2f}"
                    f" | {found.product:.2f} | {found.independent:.1%} | {found.dependent:.1%} |",
                    flush=True,
                )


def _measure(names: Sequence[str]) -> None:
    from benchmarks.data import checkpoint
    from db.settings import settings
    from evaluators import tasks
    from evaluators.sts import Session
    from evaluators.sts.similarities import from_table
    from flows.inputs.pairs import load_task

    poolings = ("native", "first-last-mean")
    print(f"| task | pairs | {' | '.join(poolings)} | difference |\n|---|---|---|---|---|")
    for name in names:
        dataset = load_task(tasks.find(name), mirrors=settings().data)
        with Session(checkpoint(), poolings=poolings, device="cpu") as session:
            influence = [
                spearman_influence(
                    from_table(
                        session.evaluate(dataset, pooling=pooling, resamples=0).tables[0]
                    ).similarity,
                    dataset.gold,
                )
                for pooling in poolings
            ]
        shared = SharedSentences(*sentence_numbers(dataset.first, dataset.second))
        ratios = (
            f"{np.sqrt(shared.sum_of_products(each) / (each @ each)):.2f}"
            for each in (*influence, influence[0] - influence[1])
        )
        print(f"| {name} | {len(dataset):,} | {' | '.join(ratios)} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measured", action="store_true")
    parser.add_argument("--tasks", nargs="*", choices=MEASURED)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--shares", type=float, nargs="*", default=(0.0, 1.0))
    given = parser.parse_args()
    if given.measured:
        _measure(given.tasks or MEASURED)
    else:
        _simulate(given.tasks or tuple(SIMULATED), given.samples, given.shares)


if __name__ == "__main__":
    main()
