"""Mean and variance of an optimiser's step where gradients are drawn from one distribution.

Each of many coordinates has the gradient N(μ, 1) at every step, all arms the same ones. The step of
Adam is m / √v (no learning rate), that of SGD the gradient itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.experiments.scores import Sheet
from evaluators.result import Result

BETAS = (0.9, 0.999)
BURN_IN = 5000
"""Steps before measuring: five times the memory of v."""

PLAIN = "plain"
OPTIMISERS = ("adam", "sgd")

Floats = NDArray[np.float64]
Report = Callable[[int, int], None]


def of_steps(
    optimiser: str,
    *,
    ratio: float,
    shares: Sequence[float],
    coordinates: int,
    steps: int,
    seeds: Sequence[int],
    report: Report,
) -> Result:
    """Measure the step with all gradients, with a share of them, and the two controls.

    Args:
        optimiser: `adam`, `sgd`.
        ratio: μ / σ of a coordinate's gradient.
        shares: The p of the arms; their gradients or steps are divided by p where they are kept.
        coordinates: How many; variances are a mean over them.
        steps: That are measured, after the burn-in.
        seeds: Of gradients and masks.
        report: Called with what is done and all of it.
    """
    words = {"adam": "Adam", "sgd": "SGD"}[optimiser]
    sheet = Sheet(f"{words}, mean/deviation {ratio:g}, {coordinates} coordinates, {steps} steps")
    draws = [np.random.default_rng(seed) for seed in seeds]
    found = _measured(optimiser == "adam", ratio, shares, coordinates, steps, draws, report)
    for arm, (means, variances) in found.items():
        for seed, mean, variance in zip(seeds, means, variances, strict=True):
            sheet.add("update_mean", mean, coordinates, arm=arm, seed=seed)
            sheet.add("update_variance", variance, coordinates, arm=arm, seed=seed)
    return Result(tuple(sheet.scores))


def _measured(
    adam: bool,
    ratio: float,
    shares: Sequence[float],
    coordinates: int,
    steps: int,
    draws: Sequence[np.random.Generator],
    report: Report,
) -> dict[str, tuple[Floats, Floats]]:
    # Axes: seeds, arms, coordinates.
    kept = np.array([1.0, *shares])[:, None]
    shape = (len(draws), len(kept), coordinates)
    first, second = np.zeros((2, *shape))
    update, dropped = _Moments(shape), _Moments(shape)

    def masks() -> Floats:
        drawn = np.stack([rng.random(shape[1:]) for rng in draws])
        scaled: Floats = (drawn < kept) / kept
        return scaled

    idle = BURN_IN if adam else 0
    for step in range(idle + steps):
        gradients = np.stack([rng.normal(ratio, 1.0, (1, coordinates)) for rng in draws]) * masks()
        if adam:
            first += (1 - BETAS[0]) * (gradients - first)
            second += (1 - BETAS[1]) * (gradients**2 - second)
        if step < idle:
            continue
        taken = first / np.sqrt(second) if adam else gradients
        update.add(taken)
        # Dropout of the step itself: of the first arm's, which keeps all gradients.
        dropped.add(taken[:, :1] * masks())
        if step % 500 == 0:
            report(step, idle + steps)
    mean, variance = update.of_coordinates()
    dropped_mean, dropped_variance = dropped.of_coordinates()
    found = {PLAIN: (mean[:, 0], variance[:, 0])}
    for arm, p in enumerate(shares, start=1):
        found[f"child-tuning-f (p {p:g})"] = (mean[:, arm], variance[:, arm])
        found[f"update-dropout (p {p:g})"] = (dropped_mean[:, arm], dropped_variance[:, arm])
        # A step times √p, by the rules for means and variances.
        found[f"lr-root-p (p {p:g})"] = (np.sqrt(p) * mean[:, 0], p * variance[:, 0])
    return found


class _Moments:
    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._n = 0
        self._sum, self._squares = np.zeros((2, *shape))

    def add(self, values: Floats) -> None:
        self._n += 1
        self._sum += values
        self._squares += values**2

    def of_coordinates(self) -> tuple[Floats, Floats]:
        """Return mean and variance over steps, each a mean over coordinates."""
        mean = self._sum / self._n
        variance = (self._squares / self._n - mean**2) * self._n / (self._n - 1)
        return mean.mean(axis=2), variance.mean(axis=2)
