"""Measure the effect of Child-Tuning on optimiser steps, and on networks tuned on few labels.

Steps: each of many coordinates has the gradient N(μ, 1) at every step, the same in all arms.
The step of Adam is m / √v (no learning rate), that of SGD the gradient itself.
Digits: networks trained on the digits 0 to 4 are tuned on 5 to 9.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.evaluator import (
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Request,
    Seeds,
    Session,
    Share,
)
from evaluators.job import Job
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.trainer import methods
from evaluators.trainer.named import words

if TYPE_CHECKING:
    from evaluators.trainer.training.model import Method

PLAIN = "plain"
WITH_P = ("child-tuning-f", "child-tuning-d", "lr-root-p", "update-dropout")

BETAS = (0.9, 0.999)
BURN_IN = 5000
"""Steps before measuring: five times the memory of v."""

KNOWN, NEW = (0, 1, 2, 3, 4), (5, 6, 7, 8, 9)
WIDTHS = (64, 128, 128, len(KNOWN))
DROPOUT = 0.1

Floats = NDArray[np.float64]
Optimiser = Literal["adam", "sgd"]


class ChildTuningRequest(Request):
    """The keys of an `evaluator: child_tuning` entry in a plan.

    Attributes:
        experiments: `steps` measures optimiser steps on random gradients; `digits` fine-tunes a
            network on images of digits.
        optimisers: `adam`, `sgd`, for `steps`.
        ratios: Mean of a gradient over its standard deviation, for `steps`; each is a setting.
        shares: Shares of gradients that are kept, for `steps`.
        coordinates: Number of gradients, for `steps`.
        steps: Number of measured steps, at least 100, after 5,000 that are not measured.
        seeds: Seeds of gradients and masks; each trains one network.
        p: Share of gradients that is kept, for `digits`, above 0 and at most 1.
        labelled: Number of training rows of the 896 new digits, 10 to 700; the rest are test rows.
        epochs: Number of training epochs, for `digits`.
        rate: Learning rate of Adam, for `digits`, between 0 and 1.
    """

    experiments: Distinct[Literal["steps", "digits"]] = ("steps", "digits")
    optimisers: Distinct[Optimiser] = ("adam", "sgd")
    ratios: Distinct[Annotated[float, Field(allow_inf_nan=False)]] = (0.1, 1, 3)
    shares: Distinct[Share] = (0.5, 0.1)
    coordinates: Count = 400
    steps: Annotated[int, Field(ge=100)] = 5000
    seeds: Seeds = tuple(range(10))
    p: Annotated[float, Field(gt=0, le=1)] = 0.3
    labelled: Annotated[int, Field(ge=10, le=700)] = 50
    epochs: Count = 60
    rate: Share = 1e-3


class ChildTuning(Evaluator[ChildTuningRequest]):
    """The arms are Child-Tuning and its controls; a seed draws gradients or makes a network."""

    VERSION = "2"
    BUDGET = ("steps", "epochs")
    Request = ChildTuningRequest
    apart = ("experiments",)

    def jobs(
        self, request: ChildTuningRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each optimiser and ratio, and one for the digits."""
        settings: list[dict[str, Any]] = []
        if "steps" in request.experiments:
            settings += [
                {
                    "optimiser": optimiser,
                    "ratio": ratio,
                    "shares": sorted(request.shares, reverse=True),
                    "coordinates": request.coordinates,
                    "steps": request.steps,
                }
                for optimiser in request.optimisers
                for ratio in sorted(request.ratios)
            ]
        if "digits" in request.experiments:
            digits_setting = {"p": request.p, "labelled": request.labelled}
            settings.append({**digits_setting, "epochs": request.epochs, "rate": request.rate})
        seeds = sorted(request.seeds)
        return [self.job("child_tuning", {**setting, "seeds": seeds}) for setting in settings]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        return "identity" if "optimiser" in parameters else "small"

    def evaluate(self, job: Job, session: Session) -> Result:
        # Everything is small, so it stays on the CPU whatever the session's device.
        params = job.parameters
        if "optimiser" in params:
            report = stage_progress(session.progress, f"Child-Tuning, {params['optimiser']} steps")
            return of_steps(**params, report=report)
        return on_digits(**params, report=stage_progress(session.progress, "Child-Tuning, digits"))


def of_steps(
    optimiser: Optimiser,
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
        shares: The p of the arms; gradients or steps that are kept are divided by p.
        coordinates: Number of coordinates; variances are a mean over them.
        steps: Number of measured steps, after the burn-in.
        seeds: Seeds of gradients and masks.
        report: Called with the steps done and all of them.
    """
    title = {"adam": "Adam", "sgd": "SGD"}[optimiser]
    scores = ArmScores(
        f"{title}, mean/deviation {ratio:g}, {coordinates} coordinates, {steps} steps"
    )
    draws = [np.random.default_rng(seed) for seed in seeds]
    moments = _measure(optimiser == "adam", ratio, shares, coordinates, steps, draws, report)
    for arm, (means, variances) in moments.items():
        for seed, mean, variance in zip(seeds, means, variances, strict=True):
            scores.add("update_mean", mean, coordinates, arm=arm, seed=seed)
            scores.add("update_variance", variance, coordinates, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def _measure(
    adam: bool,
    ratio: float,
    shares: Sequence[float],
    coordinates: int,
    steps: int,
    draws: Sequence[np.random.Generator],
    report: Report,
) -> dict[str, tuple[Floats, Floats]]:
    # Axes: seeds, arms, coordinates. The first arm keeps every gradient.
    shares_kept = np.array([1.0, *shares])[:, None]
    shape = (len(draws), len(shares_kept), coordinates)
    first, second = np.zeros((2, *shape))
    update, dropped = _Moments(shape), _Moments(shape)

    def masks() -> Floats:
        uniform = np.stack([rng.random(shape[1:]) for rng in draws])
        scaled: Floats = (uniform < shares_kept) / shares_kept
        return scaled

    idle = BURN_IN if adam else 0
    for step in range(idle + steps):
        gradients = np.stack([rng.normal(ratio, 1.0, (1, coordinates)) for rng in draws]) * masks()
        if adam:
            # No bias correction: after the burn-in it would change a step by 0.4% at most.
            first += (1 - BETAS[0]) * (gradients - first)
            second += (1 - BETAS[1]) * (gradients**2 - second)
        if step < idle:
            continue
        step_taken = first / np.sqrt(second) if adam else gradients
        update.add(step_taken)
        # Update dropout masks the step of all gradients, which is that of the first arm.
        dropped.add(step_taken[:, :1] * masks())
        if step % 500 == 0:
            report(step, idle + steps)
    mean, variance = update.of_coordinates()
    dropped_mean, dropped_variance = dropped.of_coordinates()
    moments = {PLAIN: (mean[:, 0], variance[:, 0])}
    for arm, p in enumerate(shares, start=1):
        moments[f"child-tuning-f (p {p:g})"] = (mean[:, arm], variance[:, arm])
        moments[f"update-dropout (p {p:g})"] = (dropped_mean[:, arm], dropped_variance[:, arm])
        # A step times √p needs no simulation: its mean is times √p and its variance times p.
        moments[f"lr-root-p (p {p:g})"] = (np.sqrt(p) * mean[:, 0], p * variance[:, 0])
    return moments


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


def on_digits(
    *,
    p: float,
    seeds: Sequence[int],
    labelled: int,
    epochs: int,
    rate: float,
    report: Report,
) -> Result:
    """Tune all arms from the same network, on the same rows, in the same order.

    Args:
        p: Share that is kept, in every arm.
        seeds: One network each, trained alone, so that it has its own mask of parameters.
        labelled: Number of training rows of the new digits; all others are test rows.
        epochs: Number of epochs, with ten rows per step.
        rate: Learning rate of Adam.
        report: Called with the seeds done and all of them.
    """
    from evaluators.experiments._digits import Networks, accuracies, draw_rows, fit
    from evaluators.trainer.methods.plain import Plain

    scores = ArmScores(
        f"digits 0-4, then 5-9 from {labelled} labels, {epochs} epochs, Adam {rate:g}"
    )
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        start = Networks(WIDTHS, [seed], DROPOUT)
        known_rows, _ = draw_rows([seed], 400, among=KNOWN)
        fit(start, Plain(), known_rows, seeds=[seed], epochs=20, batch=32, rate=1e-3)
        start.new_classes(len(NEW))
        train, test = draw_rows([seed], labelled, among=NEW)
        for arm, method in _arms(p).items():
            # The copy has its own generators: every arm draws the same dropout masks.
            model = copy.deepcopy(start)
            curve = fit(model, method, train, seeds=[seed], epochs=epochs, batch=10, rate=rate)
            value = float(accuracies(model(test.batch), test))
            scores.add("accuracy", value, len(test), arm=arm, seed=seed)
            scores.add_curve(curve, arm=arm, seeds=[seed])
    return Result(tuple(scores.scores), tuple(scores.curves))


def _arms(p: float) -> dict[str, Method]:
    arms = [methods.find(PLAIN)]
    arms += [methods.find({"name": name, "p": p}) for name in WITH_P]
    return {words(method): method.module.make(method.options) for method in arms}
