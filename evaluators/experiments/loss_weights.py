"""Measure whether weights of losses make training invariant to their scale and zero.

A network with two tasks trains twice: with the losses as they are, and with one of them (or both)
turned into c·L + b. A scheme of weights is invariant where both trainings take the same way. All in
float64, by gradient descent on all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

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
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

Optimiser = Literal["SGD", "Adam"]
Changed = Literal["one loss", "both losses"]

ROWS, INPUTS, HIDDEN, CLASSES = 64, 10, 16, 4
TINY = 1e-100
"""Adam's ε. The usual 1e-8 is a scale of its own, beside which c would matter."""

SCHEMES = ("equal", "initial", "current", "gradient norm")
"""Weights 1, 1 / L at the start, 1 / L at each step, 1 / ‖∇L‖ at each step."""


class LossWeightsRequest(Request):
    """The keys of an `evaluator: loss_weights` entry in a plan.

    Attributes:
        scales: Factors c; each is a setting, without a shift. Under a large one gradient descent on
            the plain sum diverges, which is an error.
        shifts: Constants b, at least 0; each is a setting, without a scale.
        steps: Number of steps.
        rate: Learning rate of gradient descent; Adam's is a tenth of it.
        seeds: Seeds; each draws a network and data.
    """

    scales: Distinct[Positive] = (0.001, 5.0)
    shifts: Distinct[Annotated[float, Field(ge=0, allow_inf_nan=False)]] = (1.0, 100.0)
    steps: Count = 100
    rate: Positive = 0.02
    seeds: Seeds = tuple(range(1000, 1010))


class LossWeights(Evaluator[LossWeightsRequest]):
    """The arms are schemes of weights; a seed draws a network and data."""

    VERSION = "1"
    LEVEL = "identity"
    Request = LossWeightsRequest

    def jobs(
        self, request: LossWeightsRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each change of the losses and optimiser."""
        changes = [(scale, 0.0) for scale in sorted(request.scales)]
        changes += [(1.0, shift) for shift in sorted(request.shifts)]
        ways = [("SGD", "one loss"), ("Adam", "both losses")]
        recipe = {"steps": request.steps, "rate": request.rate, "seeds": sorted(request.seeds)}
        return [
            self.job(
                "two tasks",
                {"scale": scale, "shift": shift, "optimiser": name, "changed": what, **recipe},
            )
            for scale, shift in changes
            for name, what in ways
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        return compare(**job.parameters)


def compare(
    scale: float,
    shift: float,
    optimiser: Optimiser,
    changed: Changed,
    steps: int,
    rate: float,
    seeds: list[int],
) -> Result:
    """Return how far the two trainings part under each scheme.

    `trajectory_difference` is the largest distance of the two networks after a step, over the
    longest way of the first from its start. `mean_gradient_error` is the relative error of
    Σ ∇Lᵢ / Lᵢ beside n ∇M / M, for the geometric mean M (arm `geometric mean`) and the arithmetic
    one (arm `arithmetic mean`).
    """
    from evaluators.contrastive.one_thread import one_thread

    scores = ArmScores(
        f"scale {scale:g}, shift {shift:g}, on {changed}, {optimiser}, steps {steps}, rate {rate:g}"
    )
    with one_thread():
        start, data = draw(seeds)
        same = Change((1.0, 1.0), (0.0, 0.0))
        both = changed == "both losses"
        other = Change((scale if both else 1.0, scale), (shift if both else 0.0, shift))
        for arm in SCHEMES:
            one, two = (
                train(start, data, arm, each, optimiser, steps, rate) for each in (same, other)
            )
            apart = (one - two).norm(dim=2).amax(dim=0)
            way = (one - one[0]).norm(dim=2).amax(dim=0)
            for seed, value in zip(seeds, (apart / way).tolist(), strict=True):
                scores.add("trajectory_difference", value, steps, arm=arm, seed=seed)
        for arm, errors in mean_gradient_errors(start, data).items():
            for seed, value in zip(seeds, errors, strict=True):
                scores.add("mean_gradient_error", value, ROWS, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


class Data(NamedTuple):
    """Rows of S seeds and what two tasks want of them.

    Attributes:
        inputs: (S, 64, 10).
        labels: Of classification, (S, 64).
        targets: Of regression, (S, 64).
    """

    inputs: Tensor
    labels: Tensor
    targets: Tensor


class Change(NamedTuple):
    """What becomes of the two losses: c·L + b.

    Attributes:
        scales: c of each.
        shifts: b of each.
    """

    scales: Sequence[float]
    shifts: Sequence[float]


def draw(seeds: list[int]) -> tuple[Tensor, Data]:
    """Return the first weights of S networks, (S, P), and their data."""
    count = INPUTS * HIDDEN + HIDDEN * (CLASSES + 1)
    starts, rows = [], []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        starts.append(torch.randn(count, generator=generator, dtype=torch.float64) / 3)
        inputs = torch.randn(ROWS, INPUTS, generator=generator, dtype=torch.float64)
        labels = torch.randint(CLASSES, (ROWS,), generator=generator)
        noise = torch.randn(ROWS, generator=generator, dtype=torch.float64)
        rows.append((inputs, labels, inputs[:, 0] * inputs[:, 1] + 0.1 * noise))
    return torch.stack(starts), Data(*(torch.stack(each) for each in zip(*rows, strict=True)))


def losses_of(weights: Tensor, data: Data) -> Tensor:
    """Return cross-entropy and mean squared error of networks (S, P), shape (2, S)."""
    seeds = len(weights)
    first, last = weights[:, : INPUTS * HIDDEN], weights[:, INPUTS * HIDDEN :]
    hidden = torch.tanh(data.inputs @ first.reshape(seeds, INPUTS, HIDDEN))
    outputs = hidden @ last.reshape(seeds, HIDDEN, CLASSES + 1)
    logs = torch.log_softmax(outputs[..., :CLASSES], dim=-1)
    entropy = -logs.gather(2, data.labels[..., None]).mean(dim=(1, 2))
    error = (outputs[..., CLASSES] - data.targets).square().mean(dim=1)
    return torch.stack([entropy, error])


def losses_and_gradients(weights: Tensor, data: Data, change: Change) -> tuple[Tensor, Tensor]:
    """Return the changed losses (2, S) and their gradients (2, S, P)."""
    leaf = weights.detach().requires_grad_()
    scales, shifts = (torch.tensor(each, dtype=torch.float64)[:, None] for each in change)
    losses = scales * losses_of(leaf, data) + shifts
    gradients = [torch.autograd.grad(loss.sum(), leaf, retain_graph=True)[0] for loss in losses]
    return losses.detach(), torch.stack(gradients)


def train(
    start: Tensor,
    data: Data,
    scheme: str,
    change: Change,
    optimiser: Optimiser,
    steps: int,
    rate: float,
) -> Tensor:
    """Return the networks before the first and after each step, (steps + 1, S, P).

    Args:
        start: First weights, (S, P).
        data: Of all seeds.
        scheme: One of `SCHEMES`.
        change: What becomes of the losses.
        optimiser: Gradient descent, or Adam at a tenth of the rate.
        steps: Number of steps.
        rate: Learning rate.
    """
    weights = torch.nn.Parameter(start.clone())
    adam = torch.optim.Adam([weights], lr=rate / 10, eps=TINY)
    sgd = torch.optim.SGD([weights], lr=rate)
    initial, _ = losses_and_gradients(start, data, change)
    way = [start]
    for _ in range(steps):
        losses, gradients = losses_and_gradients(weights, data, change)
        shares = {
            "equal": torch.ones_like(losses),
            "initial": 1 / initial,
            "current": 1 / losses,
            "gradient norm": 1 / gradients.norm(dim=2),
        }[scheme]
        weights.grad = (shares[..., None] * gradients).sum(dim=0)
        (adam if optimiser == "Adam" else sgd).step()
        way.append(weights.detach().clone())
    return torch.stack(way)


def mean_gradient_errors(start: Tensor, data: Data) -> dict[str, list[float]]:
    """Return by mean how far Σ ∇Lᵢ / Lᵢ is from n ∇M / M, relative to itself, by seed."""
    losses, gradients = losses_and_gradients(start, data, Change((1.0, 1.0), (0.0, 0.0)))
    summed = (gradients / losses[..., None]).sum(dim=0)
    errors = {}
    for arm in ("geometric mean", "arithmetic mean"):
        leaf = start.clone().requires_grad_()
        values = losses_of(leaf, data)
        mean = values.prod(dim=0).sqrt() if arm == "geometric mean" else values.mean(dim=0)
        (gradient,) = torch.autograd.grad(mean.sum(), leaf)
        found = 2 * gradient / mean.detach()[:, None]
        errors[arm] = ((found - summed).norm(dim=1) / summed.norm(dim=1)).tolist()
    return errors
