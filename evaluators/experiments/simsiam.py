"""Ask why SimSiam does not collapse, in a toy of two numbers and on handwritten digits.

The toy is ½ (φθ − θ)², where θ stands for the encoder, φ for the predictor and the last θ for the
target. On digits networks learn without labels to tell one view of an image from another, with and
without stop-gradient and predictor, by three optimisers and with predictors of three speeds, and
to tell the features of the mean augmentation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

Floats = NDArray[np.float64]

PUBLISHED_START = (0.6, 0.1)
"""φ and θ at the start of the published toy."""

TIME, STEP = 200.0, 0.05
"""Of the toy's flow, by the method of Runge and Kutta."""

RATES: Mapping[str, float] = {"SGD": 0.1, "Adam": 3e-3, "Newton-like": 3e-3}

KNOWN = 1000
"""Digits that are trained on, and whose labels the neighbours of the others have."""


class SimsiamRequest(Request):
    """The keys of an `evaluator: simsiam` entry in a plan.

    Attributes:
        optimisers: Optimisers on digits: `SGD`, `Adam` or `Newton-like`; each is a setting.
        normalised: Whether hidden layers are normalised over the batch, as the published ones are;
            each is a setting.
        speeds: Learning rates of the predictor, over that of the encoder; each is a setting.
        steps: Steps of training.
        batch: Images of a step.
        seeds: Seeds of starts, networks and views.
    """

    optimisers: Distinct[Literal["SGD", "Adam", "Newton-like"]] = ("SGD", "Adam", "Newton-like")
    normalised: Distinct[bool] = (True, False)
    speeds: Distinct[Positive] = (0.1, 1.0, 10.0)
    steps: Count = 1000
    batch: AtLeastTwo = 64
    seeds: Seeds = tuple(range(1000, 1005))


class Simsiam(Evaluator[SimsiamRequest]):
    """The arms are what is left out of SimSiam; a seed draws a start, or networks and views."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("steps",)
    Request = SimsiamRequest

    def jobs(
        self, request: SimsiamRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for the toy, and one for each optimiser with and without normalisation."""
        seeds = sorted(request.seeds)
        recipe = {"steps": request.steps, "batch": request.batch, "speeds": sorted(request.speeds)}
        return [self.job("toy", {"seeds": seeds})] + [
            self.job(
                _named(optimiser, normalised),
                {"optimiser": optimiser, "normalised": normalised, "seeds": seeds, **recipe},
            )
            for optimiser in request.optimisers
            for normalised in request.normalised
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        return self.LEVEL if "optimiser" in parameters else "identity"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        if job.task == "toy":
            return toy(**params)
        stage = f"SimSiam, {job.task}"
        with one_thread():
            return on_digits(**params, report=stage_progress(session.progress, stage))


def _named(optimiser: str, normalised: bool) -> str:
    return f"digits, {optimiser}, {'normalised' if normalised else 'plain'}"


def flow(start: Floats, *, stopped: bool) -> tuple[Floats, Floats]:
    """Return where the toy ends, and how far φ² − θ² strays from its value at the start.

    Args:
        start: φ and θ, (2, n).
        stopped: Whether the gradient stops at the target.

    Returns:
        φ and θ at the end, (2, n), and the largest |change of φ² − θ²| on the way, (n,).
    """

    def slope(at: Floats) -> Floats:
        predictor, encoder = at
        off = predictor * encoder - encoder
        target = 0.0 if stopped else off
        return np.stack([-off * encoder, -off * predictor + target])

    at, stray = start, np.zeros(start.shape[1])
    kept = np.square(start[0]) - np.square(start[1])
    for _ in range(round(TIME / STEP)):
        one = slope(at)
        two = slope(at + STEP / 2 * one)
        three = slope(at + STEP / 2 * two)
        four = slope(at + STEP * three)
        at = at + STEP / 6 * (one + 2 * two + 2 * three + four)
        stray = np.maximum(stray, np.abs(np.square(at[0]) - np.square(at[1]) - kept))
    return at, stray


def toy(seeds: Sequence[int]) -> Result:
    """Return where the toy ends from the published start and from one of each seed.

    `predictor` and `encoder` are φ and θ at the end, `drift` how far φ² − θ² strays, and
    `limit_error` how far θ ends from √(1 − φ² + θ²) of the start, where φ is 1.
    """
    starts = [PUBLISHED_START] + [
        (rng.uniform(0.2, 0.7), rng.uniform(0.05, 0.5))
        for rng in (np.random.default_rng(seed) for seed in seeds)
    ]
    start = np.array(starts).T
    limit = np.sqrt(1 - np.square(start[0]) + np.square(start[1]))
    published, drawn = ArmScores("toy, published start"), ArmScores("toy, drawn starts")
    for arm, stopped in (("stop-gradient", True), ("no stop-gradient", False)):
        end, stray = flow(start, stopped=stopped)
        error = np.abs(end[1] - limit)
        metrics = {"predictor": end[0], "encoder": end[1], "drift": stray, "limit_error": error}
        for metric, values in metrics.items():
            published.add(metric, values[0], 1, arm=arm, seed=seeds[0])
            for seed, value in zip(seeds, values[1:].tolist(), strict=True):
                drawn.add(metric, value, 1, arm=arm, seed=seed)
    return Result((*published.scores, *drawn.scores))


def on_digits(
    optimiser: Literal["SGD", "Adam", "Newton-like"],
    normalised: bool,
    speeds: Sequence[float],
    steps: int,
    batch: int,
    seeds: list[int],
    report: Report | None = None,
) -> Result:
    """Return how far the features of new digits are spread, and what neighbours say of them.

    `spread` is the collapse number, 0 to 1, and `knn` the accuracy of five neighbours. The arms
    without a predictor have no speed, and are the same in every setting.

    Args:
        optimiser: Its name.
        normalised: Whether hidden layers are normalised.
        speeds: Learning rates of the predictor over that of the encoder.
        steps: Steps of training.
        batch: Images of a step.
        seeds: One network of each arm for each.
        report: Called with the groups of arms done and all of them.
    """
    from evaluators.experiments._digits import draw_rows
    from evaluators.experiments._siamese_networks import (
        KEPT,
        Siamese,
        Steps,
        Variant,
        neighbours_accuracy,
        spreads,
        variations,
        views,
    )

    known, new = draw_rows(seeds, KNOWN)
    pairs: dict[tuple[str, float | None], Variant] = {
        **{("SimSiam", speed): Variant(speed=speed) for speed in speeds},
        **{("no stop-gradient", speed): Variant(stopped=False, speed=speed) for speed in speeds},
        ("no predictor", None): Variant(predicted=False),
    }
    averages: dict[tuple[str, float | None], Variant] = {
        ("mean augmentation", None): Variant(stopped=False, predicted=False, averaged=True)
    }
    found: dict[str, dict[tuple[str, float | None], Sequence[float]]] = {
        "spread": {},
        "variation": {},
        "knn": {},
    }
    for at, group in enumerate((pairs, averages)):
        networks = Siamese(list(group.values()), seeds, normalised=normalised)
        stepper = Steps(networks, optimiser, RATES[optimiser])
        generators = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
        sides = [each.inputs.repeat(len(group), 1, 1) for each in (known, new)]
        labels = [each.labels.repeat(len(group), 1) for each in (known, new)]

        def measured(networks: Siamese = networks, sides: Any = sides, labels: Any = labels) -> Any:
            old, other = (networks.encode(KEPT * side) for side in sides)
            right = neighbours_accuracy(old, labels[0], other, labels[1])
            return {"spread": spreads(other), "variation": variations(other), "knn": right}

        if at == 0:
            untrained = {name: values[: len(seeds)] for name, values in measured().items()}
        for pieces in views(known.inputs, batch, steps, generators):
            stepper.step(*networks.losses(pieces))
        for metric, values in measured().items():
            table = values.view(len(group), len(seeds)).tolist()
            found[metric].update(zip(group, table, strict=True))
        if report is not None:
            report(at + 1, 2)
    for metric, values in untrained.items():
        found[metric]["untrained", None] = values.tolist()
    scores = []
    for speed in speeds:
        arms = ArmScores(
            f"{_named(optimiser, normalised)}, predictor speed {speed:g}, {steps} steps"
        )
        for metric, by_arm in found.items():
            for (arm, own), numbers in by_arm.items():
                if own in (None, speed):
                    for seed, value in zip(seeds, numbers, strict=True):
                        arms.add(metric, value, new.labels.shape[1], arm=arm, seed=seed)
        scores += arms.scores
    return Result(tuple(scores))
