"""The diffusion of DDPM in T steps, and small networks that undo it, trained together.

x_t = α_t x_(t−1) + β_t ε_t with α_t² + β_t² = 1, so that x_t = ᾱ_t x_0 + β̄_t ε.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.training_curve import TrainingCurve

TOTAL = 20.0
"""At T = 1000 the schedule that is rescaled is the published one: α_t² = 1 − 0.02 t/T, nearly."""

CONSTANT = 1.0
"""−log α_t² of each step of the schedule that does not know T; ten make noise of anything."""

FEATURES = 7
"""Numbers by which a network knows t."""


class Schedule(NamedTuple):
    """How much of x is kept at each step; entry 0 is before the first: ᾱ = 1, β̄ = 0.

    Attributes:
        alpha: α_t, (T + 1,), float64 as all of them.
        beta: β_t.
        alpha_bar: ᾱ_t, the product of α up to t.
        beta_bar: β̄_t, the root of 1 − ᾱ_t².
    """

    alpha: Tensor
    beta: Tensor
    alpha_bar: Tensor
    beta_bar: Tensor

    @classmethod
    def rescaled(cls, steps: int) -> Schedule:
        """Return the published schedule with 1,000 steps, and the same way in more or fewer."""
        time = torch.arange(steps + 1).double() / steps
        return cls._of(TOTAL / steps * time)

    @classmethod
    def constant(cls, steps: int) -> Schedule:
        """Return steps that stay as large however many there are."""
        lost = torch.full((steps + 1,), CONSTANT).double()
        lost[0] = 0
        return cls._of(lost)

    @classmethod
    def _of(cls, lost: Tensor) -> Schedule:
        """Return the schedule of −log α_t²."""
        total = lost.cumsum(0)
        return cls(
            (-lost / 2).exp(),
            (-(-lost).expm1()).sqrt(),
            (-total / 2).exp(),
            (-(-total).expm1()).sqrt(),
        )

    def features(self) -> Tensor:
        """Return what a network sees of each t, (T + 1, 7), float32."""
        ratio = (self.alpha_bar / self.beta_bar.clamp(min=1e-3)).clamp(min=1e-3).log()
        waves = [wave(ratio * speed) for speed in (0.5, 1.5) for wave in (torch.sin, torch.cos)]
        return torch.stack([self.alpha_bar, self.beta_bar, ratio / 5, *waves], dim=1).float()


class Denoisers(NamedTuple):
    """S networks with two hidden layers that tell the noise in x_t.

    Attributes:
        layers: Weights (S, inputs, outputs) and biases (S, 1, outputs) of three layers.
    """

    layers: Sequence[tuple[Tensor, Tensor]]

    @classmethod
    def drawn(cls, size: int, hidden: int, seeds: Sequence[int]) -> Denoisers:
        """Return networks for points of `size` numbers; equal seeds give equal networks."""
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        layers = []
        for inputs, outputs in ((size + FEATURES, hidden), (hidden, hidden), (hidden, size)):
            drawn = [torch.randn(inputs, outputs, generator=each) for each in generators]
            weight = math.sqrt((2 if outputs == hidden else 1) / inputs) * torch.stack(drawn)
            layers.append((weight, torch.zeros(len(seeds), 1, outputs)))
        return cls([(weight.requires_grad_(), bias.requires_grad_()) for weight, bias in layers])

    def __call__(self, points: Tensor, features: Tensor) -> Tensor:
        """Return the noise in points (S, n, size) at times with these features (S, n, 7)."""
        states = torch.cat([points, features], dim=2)
        for weight, bias in self.layers[:-1]:
            states = torch.nn.functional.silu(torch.baddbmm(bias, states, weight))
        weight, bias = self.layers[-1]
        noise: Tensor = torch.baddbmm(bias, states, weight)
        return noise


class Way(NamedTuple):
    """A way of training.

    Attributes:
        schedule: Its schedule.
        loss: `simple`, ‖ε − ε_θ‖²; `merged`, the same with the weight (β_t/β̄_t)² that the
            derivation has; or `unmerged`, ‖ε_t − (β_t/β̄_t) ε_θ‖², of which `merged` is the mean
            over what ε_t has beside ε, but for a constant.
    """

    schedule: Schedule
    loss: str


def fit(
    data: Sequence[Tensor],
    ways: Sequence[Way],
    seeds: Sequence[int],
    *,
    hidden: int,
    updates: int,
    batch: int,
    rate: float,
) -> tuple[Denoisers, TrainingCurve]:
    """Train a network for every way and seed, (ways · seeds) of them, and return the losses too.

    The ways of a seed begin with the same weights, and see the same points, times and noise.

    Args:
        data: Training points of each seed, (n, size).
        ways: All of one T.
        seeds: Seeds of weights, points, times and noise.
        hidden: Width of the hidden layers.
        updates: Steps of training.
        batch: Points of an update.
        rate: Learning rate of Adam, which falls to 0 in a straight line.
    """
    size, last = data[0].shape[1], len(ways[0].schedule.alpha) - 1
    networks = Denoisers.drawn(size, hidden, [seed for _ in ways for seed in seeds])
    generators = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
    parameters = [part for layer in networks.layers for part in layer]
    optimiser, curve = torch.optim.Adam(parameters, lr=rate), TrainingCurve(updates)
    tables = [(way.schedule.features(), *(part.float() for part in way.schedule)) for way in ways]
    for update in range(updates):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - update / updates)
        drawn = []
        for points, each in zip(data, generators, strict=True):
            chosen = torch.randint(len(points), (batch,), generator=each)
            time = torch.randint(1, last + 1, (batch,), generator=each)
            drawn.append((points[chosen], time, torch.randn(2, batch, size, generator=each)))
        clean, times, noises = (torch.stack(part) for part in zip(*drawn, strict=True))
        inputs, seen, targets, weights = [], [], [], []
        for way, (features, alpha, beta, alpha_bar, beta_bar) in zip(ways, tables, strict=True):
            a, b, kept = alpha[times], beta[times], alpha_bar[times]
            before, after = beta_bar[times - 1], beta_bar[times]
            step, earlier = noises[:, 0], noises[:, 1]
            noise = ((a * before)[..., None] * earlier + b[..., None] * step) / after[..., None]
            inputs.append(kept[..., None] * clean + after[..., None] * noise)
            seen.append(features[times])
            targets.append(step if way.loss == "unmerged" else noise)
            share = (b / after)[..., None]
            ones = torch.ones_like(share)
            weights.append(
                {"simple": (ones, ones), "merged": (ones, share), "unmerged": (share, ones)}[
                    way.loss
                ]
            )
        told = networks(torch.cat(inputs), torch.cat(seen))
        inner, outer = (torch.cat(part) for part in zip(*weights, strict=True))
        off = outer * (torch.cat(targets) - inner * told)
        losses = off.square().mean(dim=(1, 2))
        optimiser.zero_grad()
        torch.autograd.backward(losses.sum())
        optimiser.step()
        curve.add(losses)
    return networks, curve


@torch.no_grad()
def sample(
    networks: Denoisers,
    schedules: Sequence[Schedule],
    count: int,
    seeds: Sequence[int],
    largest: float,
) -> Tensor:
    """Return points that networks make from noise, (S, count, size).

    At each step the x_0 that a network sees in x_t is cut to ±`largest`, as Ho et al. (2020) do:
    otherwise errors grow from step to step where steps are large.

    Args:
        networks: S of them.
        schedules: Of each network, all of one T.
        count: How many points.
        seeds: Of each network.
        largest: The largest number in the data.
    """
    size = networks.layers[-1][1].shape[2]
    unique = sorted(set(seeds))
    generators = [torch.Generator().manual_seed(seed + 2_000_003) for seed in unique]
    place = torch.tensor([unique.index(seed) for seed in seeds])

    def noise() -> Tensor:
        drawn = torch.stack([torch.randn(count, size, generator=each) for each in generators])
        return drawn[place]

    features = torch.stack([each.features() for each in schedules])
    alpha, beta, alpha_bar, beta_bar = (
        torch.stack([each[part] for each in schedules]).float()[..., None, None]
        for part in range(4)
    )
    points = noise()
    for time in range(features.shape[1] - 1, 0, -1):
        told = networks(points, features[:, time, None].expand(-1, count, -1))
        kept, after = alpha_bar[:, time].clamp(min=1e-9), beta_bar[:, time]
        clean = ((points - after * told) / kept).clamp(-largest, largest)
        told = (points - kept * clean) / after
        step = beta[:, time] ** 2 / after
        points = (points - step * told) / alpha[:, time]
        if time > 1:  # what the last step adds would stay in the points
            points = points + beta[:, time] * noise()
    return points


def energy_distance(first: Tensor, second: Tensor) -> float:
    """Return 2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖ of points (n, size), (m, size), without bias."""
    first, second = first.double(), second.double()
    n, m = len(first), len(second)
    inside = torch.cdist(first, first).sum() / (n * (n - 1))
    other = torch.cdist(second, second).sum() / (m * (m - 1))
    return float(2 * torch.cdist(first, second).mean() - inside - other)
