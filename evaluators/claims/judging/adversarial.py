"""Claims about Wasserstein GANs: how many times as large one arm's number is as another's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import by_seed, require_trained
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Control,
    Finding,
    Fresh,
    NotTestable,
    RowsOf,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.result import LATE_IMPROVEMENT
from evaluators.statistics import Interval, mean_interval, paired_values

WGAN = "Su Jianlin, kexue.fm/archives/8244 (2021-03-15), on Stanczuk and others 2021,"
WGAN_SOURCE = (
    f"{WGAN} arXiv:2103.01678, and Mallasto and others 2019, arXiv:1910.03875; paraphrased"
)
GN_SOURCE = (
    "Su Jianlin, kexue.fm/archives/8757 (2021-11-15), on Wu and others 2021, arXiv:2109.02235, and"
    " Bhaskara and others 2021, arXiv:2111.03162; paraphrased"
)

ENERGY, BATCH_ERROR, SAMPLE_ERROR = "energy", "batch_error", "sample_error"

FACTOR = 1.25
"""The smallest factor between two distances that is worth the name."""

ON_IMAGES = (
    " On CIFAR-10 10,000 samples are compared, by the energy distance of features of a classifier"
    " that is trained in the run."
)

BENCH = (
    f" Asked only where the energy distance without any constraint is surely {FACTOR:g} times that"
    " with the penalty or more: a bench on which the control is as good tells nothing."
)


BATCHES = Fresh(
    "batch_wasserstein",
    "sizes of patches, and that settings must agree, were chosen after a look at seeds 0 to 3, the"
    " number of seeds after one at 1000 to 1019",
    seeds_from=1100,
)
CRITICS = Fresh(
    "wgan_critics",
    "widths, noise, rates and steps were chosen after a look at seeds 0 to 3",
    seeds_from=1000,
)
"""Benches that were chosen after a look, frozen on 2026-11-29; seeds below were seen before."""


def of_batches(by: str, *data: str) -> RowsOf:
    """Return the rows of exact distances between batches of some kinds of data."""
    among = {"evaluator": ("batch_wasserstein",), "task": data}
    return RowsOf("arm_scores", by=(by,), among=among)


def of_critics(*metrics: str, by: tuple[str, ...] = ("task", "setting")) -> RowsOf:
    """Return the rows of trained GANs that have some metrics."""
    among = {"evaluator": ("wgan_critics", "wgan_cifar10"), "metric": (*metrics, LATE_IMPROVEMENT)}
    return RowsOf("arm_scores", by=by, among=among)


def log_ratio(evidence: RowEvidence, metric: str, arm: str, base: str) -> Interval:
    """Return the mean natural logarithm of arm over base, paired by seed (Student's t).

    Raises:
        NotTestable: Too few seeds are common, a number is 0, or an arm is still improving.
    """
    both = paired_values(by_seed(evidence, metric, arm), by_seed(evidence, metric, base))
    if len(both) < FEWEST_SEEDS:
        raise NotTestable(
            f"{arm} and {base} have {len(both)} common seeds: an interval needs {FEWEST_SEEDS}"
        )
    if any(min(pair) <= 0 for pair in both.values()):
        raise NotTestable(f"a ratio of {metric} needs numbers above 0")
    require_trained(evidence, arm, base)
    return mean_interval([math.log(ours / theirs) for ours, theirs in both.values()])


def as_factor(found: Interval) -> str:
    """Return a mean logarithm as a factor with its interval: `1.52 (1.31 to 1.77)`."""
    low, high = (math.exp(end) for end in found.ends)
    return f"{math.exp(found.estimate):.3g} ({low:.3g} to {high:.3g})"


def factor_gained(
    evidence: RowEvidence, metric: str, worse: str, better: str, *, factor: float = FACTOR
) -> Finding:
    """Judge that a number of one arm is more than `factor` times that of another."""
    found = log_ratio(evidence, metric, worse, better)
    return gained(
        found,
        f"{metric} of {worse} / {better}: {as_factor(found)}, {found.n} seeds; means"
        f" {_means(evidence, metric)}",
        margin=math.log(factor),
        look=evidence.look,
    )


def _means(evidence: RowEvidence, metric: str) -> str:
    arms: dict[str, list[float]] = {}
    for row in evidence.rows:
        if row["metric"] == metric:
            arms.setdefault(str(row["arm"]), []).append(float(row["value"]))
    means = sorted((math.fsum(values) / len(values), arm) for arm, values in arms.items())
    return ", ".join(f"{arm} {value:.3g}" for value, arm in means)


def factor_rule(factor: float = FACTOR) -> str:
    """Return the rule of `factor_gained` in words."""
    return (
        " Its natural logarithm is averaged over seeds, paired (Student's t). Holds when a"
        f" one-sided test at 5% finds the factor above {factor:g}; refuted when such a test finds"
        f" it below 1, or two find it between 1/{factor:g} and {factor:g}, which is no difference;"
        " inconclusive otherwise. Looks after more seeds share the 5%. Not testable with fewer than"
        f" {FEWEST_SEEDS} seeds, or where the energy distance of an arm still falls when training"
        " ends."
    )


def require_telling_bench(evidence: RowEvidence) -> None:
    """Require that the penalty surely brings something over no constraint.

    Raises:
        NotTestable: It does not, or a run of either is missing.
    """
    found = log_ratio(evidence, ENERGY, "none", "penalty")
    if rules.gain(found, math.log(FACTOR)).word != "holds":
        raise NotTestable(
            f"energy distance without a constraint / with the penalty: {as_factor(found)}: this"
            " bench does not tell a good critic from a bad one"
        )


def made_up_runs(
    means: Mapping[str, Mapping[str, float]],
    *,
    noise: float = 0.1,
    seeds: int = 8,
    setting: str = "made up",
    draw: int = 7,
) -> list[Mapping[str, Any]]:
    """Return rows about these values, for controls.

    Args:
        means: By metric and arm.
        noise: Standard deviation of what an arm has of its own in a seed, in natural logarithms;
            it adds up to 0.
        seeds: How many.
        setting: Of all rows.
        draw: Seed of the noise.
    """
    import numpy as np

    rng = np.random.default_rng(draw)
    rows: list[Mapping[str, Any]] = []
    for metric, by_arm in means.items():
        shared = rng.normal(0, 0.3, seeds)
        for arm, mean in by_arm.items():
            own = rng.normal(0, noise, seeds)
            factors = np.exp(shared - shared.mean() + own - own.mean()).tolist()
            rows += [
                {
                    "setting": setting,
                    "arm": arm,
                    "metric": metric,
                    "seed": seed,
                    "value": mean * factor,
                }
                for seed, factor in enumerate(factors)
            ]
    return rows


def factor_controls(metric: str, worse: str, better: str) -> Sequence[Control[RowEvidence]]:
    """Three times as much, as much, a third, a difference in noise, and one arm alone."""

    def made(factor: float, noise: float = 0.1) -> RowEvidence:
        means = {metric: {worse: 0.1 * factor, better: 0.1}}
        return RowEvidence(made_up_runs(means, noise=noise))

    alone = RowEvidence(made_up_runs({metric: {better: 0.1}}))
    return (
        Control("three times as much", made(3.0), "holds"),
        Control("as much", made(1.0, 0.05), "refuted"),
        Control("a third", made(1 / 3), "refuted"),
        Control("a little more, in noise", made(1.3, 0.6), "inconclusive"),
        Control("one arm alone", alone, "not testable here"),
    )
