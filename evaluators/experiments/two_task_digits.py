"""Train one small network on two overlaid digits, with weights of the two losses, on other scales.

An image is the larger, pixel by pixel, of a digit at the upper left and another at the lower right;
a network with one hidden layer names both. The loss of the second is c·L + b. All arms train at
once by Adam, whose rate falls to 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from evaluators.evaluator import (
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from torch import Tensor

SIDE, APART, DIGITS = 8, 3, 10
TRAINING = 1200
"""Images of single digits of which training pairs are made; the other 597 make test pairs."""

TESTED = 1000
ARMS = ("equal", "initial", "current", "gradient norm", "uncertainty", "gradnorm")
"""Weights 1; 1 / L at the start; 1 / L; 1 / ‖∇L‖; Kendall et al. 2018; Chen et al. 2018."""

ALPHA, GRADNORM_RATE, UNCERTAINTY_RATE = 1.5, 0.025, 0.025
"""GradNorm's α and rate as published, and the rate of the logarithms of variances."""

LEAST = 1e-3
"""Smallest weight of GradNorm; its steps could pass 0 otherwise."""


class TwoTaskDigitsRequest(Request):
    """The keys of an `evaluator: two_task_digits` entry in a plan.

    Attributes:
        scales: Factors c of the second loss; each is a setting, without a shift.
        shifts: Constants b that the second loss gets, at least 0; each is a setting.
        seeds: Seeds; each splits the digits and draws a network and pairs.
        steps: Number of steps, each with new pairs.
        batch: Pairs a step.
        hidden: Width of the hidden layer that the tasks share.
        rate: Learning rate of Adam at the start.
    """

    scales: Distinct[Positive] = (0.01, 1.0)
    shifts: Distinct[Annotated[float, Field(gt=0, allow_inf_nan=False)]] = (10.0,)
    seeds: Seeds = tuple(range(1010, 1017))
    steps: Count = 8000
    batch: Count = 64
    hidden: Count = 32
    rate: Positive = 1e-2


class TwoTaskDigits(Evaluator[TwoTaskDigitsRequest]):
    """The arms are weights of losses; a seed draws everything else."""

    VERSION = "1"
    BUDGET = ("steps",)
    Request = TwoTaskDigitsRequest

    def jobs(
        self, request: TwoTaskDigitsRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each scale and shift, all seeds and arms of it at once."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        changes = [(scale, 0.0) for scale in sorted(request.scales)]
        changes += [(1.0, shift) for shift in sorted(request.shifts)]
        return [
            self.job(
                "overlaid digits",
                {"scale": scale, "shift": shift, "seeds": sorted(request.seeds), **recipe},
            )
            for scale, shift in changes
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        recipe = Recipe(**{key: params.pop(key) for key in Recipe._fields})
        stage = f"two digits, scale {params['scale']:g}, shift {params['shift']:g}"
        return compare(**params, recipe=recipe, report=stage_progress(session.progress, stage))


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    steps: int
    batch: int
    hidden: int
    rate: float


def compare(scale: float, shift: float, seeds: list[int], recipe: Recipe, report: Report) -> Result:
    """Return the accuracies of every arm on test pairs.

    `balanced` is the mean of both accuracies, `first` and `second` are each task's.

    Args:
        scale: c of the second loss.
        shift: b of the second loss.
        seeds: One split and network each.
        recipe: Settings of the training.
        report: Called with the steps done and all of them.
    """
    from evaluators.contrastive.one_thread import one_thread

    scores = ArmScores(
        f"scale {scale:g}, shift {shift:g}, steps {recipe.steps}, batch {recipe.batch}, hidden"
        f" {recipe.hidden}, rate {recipe.rate:g}"
    )
    with one_thread():
        worlds = [Digits(seed) for seed in seeds]
        first, second, curves = train(worlds, scale, shift, recipe, report)
        for arm, curve in zip(ARMS, curves, strict=True):
            scores.add_curve(curve, arm=arm, seeds=seeds)
        tested = zip(*(world.tested for world in worlds), strict=True)
        images, labels = (torch.stack(each) for each in tested)
        repeats = len(first) // len(seeds)
        logits = outputs(first, second, images.repeat(repeats, 1, 1))
        right = (logits.argmax(dim=-1) == labels.repeat(repeats, 1, 1)).double().mean(dim=1)
        for place, (one, two) in enumerate(right.tolist()):
            arm, seed = ARMS[place // len(seeds)], seeds[place % len(seeds)]
            for metric, value in (("balanced", (one + two) / 2), ("first", one), ("second", two)):
                scores.add(metric, value, TESTED, arm=arm, seed=seed)
    return Result(tuple(scores.scores), tuple(scores.curves))


class Digits:
    """The digits of one seed.

    Args:
        seed: Splits them, and draws pairs.
    """

    def __init__(self, seed: int) -> None:
        from sklearn.datasets import load_digits

        images, digits = load_digits(return_X_y=True)
        self._images = torch.tensor(images, dtype=torch.float32).view(-1, SIDE, SIDE) / 16
        self._digits = torch.tensor(digits)
        self.draws = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(images), generator=self.draws)
        self._train, test = order[:TRAINING], order[TRAINING:]
        self.tested = self._pairs(test, TESTED)

    def batch(self, count: int) -> tuple[Tensor, Tensor]:
        """Return images (count, 121) of new training pairs and their labels (count, 2)."""
        return self._pairs(self._train, count)

    def _pairs(self, among: Tensor, count: int) -> tuple[Tensor, Tensor]:
        chosen = among[torch.randint(len(among), (count, 2), generator=self.draws)]
        canvas = torch.zeros(2, count, SIDE + APART, SIDE + APART)
        canvas[0, :, :SIDE, :SIDE] = self._images[chosen[:, 0]]
        canvas[1, :, APART:, APART:] = self._images[chosen[:, 1]]
        return canvas.amax(dim=0).flatten(1), self._digits[chosen]


def outputs(first: Tensor, second: Tensor, images: Tensor) -> Tensor:
    """Return logits of both tasks, (N, n, 2, 10), of N networks.

    Args:
        first: Weights of the shared layer, (N, 122, hidden), the last row a bias.
        second: Weights of both tasks, (N, hidden + 1, 20), the last row a bias.
        images: (N, n, 121).
    """
    hidden = torch.relu(torch.baddbmm(first[:, -1:], images, first[:, :-1]))
    logits = torch.baddbmm(second[:, -1:], hidden, second[:, :-1])
    return logits.view(*logits.shape[:2], 2, DIGITS)


def train(
    worlds: list[Digits], scale: float, shift: float, recipe: Recipe, report: Report
) -> tuple[Tensor, Tensor, list[TrainingCurve]]:
    """Return the weights of all arms and seeds, as `outputs` takes them, and each arm's curve.

    The curves are of the sum of both losses as they are, before scale and shift.

    Args:
        worlds: Digits of each seed.
        scale: c.
        shift: b.
        recipe: Settings of the training.
        report: Called with the steps done and all of them.
    """
    seeds, networks = len(worlds), len(worlds) * len(ARMS)
    inputs = (SIDE + APART) ** 2
    shapes = ((inputs + 1, recipe.hidden), (recipe.hidden + 1, 2 * DIGITS))
    layers = [
        torch.stack([torch.randn(shape, generator=w.draws) * (2 / shape[0]) ** 0.5 for w in worlds])
        .repeat(len(ARMS), 1, 1)
        .requires_grad_()
        for shape in shapes
    ]
    optimiser = torch.optim.Adam(layers, lr=recipe.rate)
    weigh = Weights(seeds)
    curves = [TrainingCurve(recipe.steps) for _ in ARMS]
    for step in range(recipe.steps):
        if step % 100 == 0:
            report(step, recipe.steps)
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * (1 - step / recipe.steps)
        drawn = [world.batch(recipe.batch) for world in worlds]
        images, labels = (
            torch.stack(each).repeat(len(ARMS), 1, 1) for each in zip(*drawn, strict=True)
        )
        logs = torch.log_softmax(outputs(layers[0], layers[1], images), dim=-1)
        plain = -logs.gather(3, labels[..., None]).mean(dim=(1, 3)).T  # (2, N)
        factors = torch.tensor([[1.0], [scale]])
        losses = factors * plain + torch.tensor([[0.0], [shift]])
        gradients = [
            torch.autograd.grad(loss.sum(), layers, retain_graph=task == 0)
            for task, loss in enumerate(losses)
        ]
        norms = torch.stack(
            [torch.cat([part.flatten(1) for part in each], dim=1).norm(dim=1) for each in gradients]
        )
        shared = torch.stack([each[0].norm(dim=(1, 2)) for each in gradients])
        shares = weigh(
            losses.detach().view(2, -1, seeds), norms.view(2, -1, seeds), shared.view(2, -1, seeds)
        )
        for layer, parts in zip(layers, zip(*gradients, strict=True), strict=True):
            layer.grad = sum(
                share.view(networks, 1, 1) * part for share, part in zip(shares, parts, strict=True)
            )
        optimiser.step()
        for curve, each in zip(curves, plain.detach().sum(dim=0).view(-1, seeds), strict=True):
            curve.add(each)
    return layers[0].detach(), layers[1].detach(), curves


class Weights:
    """The weights of both losses under every arm, step by step.

    Args:
        seeds: How many networks each arm has.
    """

    def __init__(self, seeds: int) -> None:
        self._initial: Tensor | None = None
        self._log_variances = torch.nn.Parameter(torch.zeros(2, seeds))
        self._gradnorm = torch.ones(2, seeds)
        self._adam = torch.optim.Adam([self._log_variances], lr=UNCERTAINTY_RATE)

    def __call__(self, losses: Tensor, norms: Tensor, shared: Tensor) -> Tensor:
        """Return the weights of this step, and learn those that are learned.

        Args:
            losses: Of this step as they are weighed, (2, arms, seeds).
            norms: Lengths of their gradients, (2, arms, seeds).
            shared: Lengths of their gradients by the shared layer, (2, arms, seeds).
        """
        if self._initial is None:
            self._initial = losses.clone()
        uncertainty, gradnorm = ARMS.index("uncertainty"), ARMS.index("gradnorm")
        shares = {
            "equal": torch.ones_like(losses[:, 0]),
            "initial": 1 / self._initial[:, ARMS.index("initial")],
            "current": 1 / losses[:, ARMS.index("current")],
            "gradient norm": 1 / norms[:, ARMS.index("gradient norm")],
            "uncertainty": torch.exp(-self._log_variances.detach()),
            "gradnorm": self._gradnorm.clone(),
        }
        self._learn_uncertainty(losses[:, uncertainty])
        self._learn_gradnorm(losses[:, gradnorm] / self._initial[:, gradnorm], shared[:, gradnorm])
        return torch.stack([shares[arm] for arm in ARMS], dim=1)

    def _learn_uncertainty(self, losses: Tensor) -> None:
        """Take a step on Σ exp(−s) L + s / 2, of classification (arXiv:1705.07115)."""
        self._log_variances.grad = 0.5 - torch.exp(-self._log_variances.detach()) * losses
        self._adam.step()

    def _learn_gradnorm(self, left: Tensor, shared: Tensor) -> None:
        """Take a step on Σ |w G − mean(w G) · r^α| with the mean fixed (arXiv:1711.02257)."""
        lengths = self._gradnorm * shared
        target = lengths.mean(dim=0) * (left / left.mean(dim=0)).pow(ALPHA)
        moved = self._gradnorm - GRADNORM_RATE * torch.sign(lengths - target) * shared
        moved = moved.clamp(min=LEAST)
        self._gradnorm = 2 * moved / moved.sum(dim=0)
