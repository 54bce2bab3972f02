"""Variational autoencoders of handwritten digits, one for each seed, trained together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.contrastive.one_thread import one_thread
from evaluators.experiments._digits import draw_rows
from evaluators.progress import Report
from evaluators.result import ArmScores, Result
from evaluators.training_curve import TrainingCurve

PIXELS, HIDDEN, LATENTS = 64, 64, 6
TRAINED, BATCH = 1297, 64
"""Digits to train on, of 1,797; digits of a step."""

TESTED, SAMPLES = 100, 1024
"""New digits that are scored for each seed, and latents behind the estimate of each."""


def compare(
    deviation: float,
    seeds: list[int],
    steps: int,
    importance: int,
    rate: float,
    report: Report | None = None,
) -> Result:
    """Return what the two ways of training make of new digits.

    `log_p` is the estimate of log p(x) in nats and `elbo` the same with one latent; `ess` is the
    effective sample size as a share of the latents, with latents from the encoder, and `prior_ess`
    with latents from the prior.

    Args:
        deviation: Standard deviation of the decoder.
        seeds: One network each.
        steps: Steps of training.
        importance: Latents behind the loss of the arm `iwae`; `vae` has one.
        rate: Learning rate of Adam at the start.
        report: Called with the arms done and all of them.
    """
    scores = ArmScores(
        f"digits, deviation {deviation:g}, {steps} steps, importance {importance}, rate {rate:g}"
    )
    with one_thread():
        train, test = draw_rows(seeds, TRAINED)
        for at, (arm, samples) in enumerate({"vae": 1, "iwae": importance}.items()):
            generators = [torch.Generator().manual_seed(seed) for seed in seeds]
            model = Autoencoders.drawn(deviation, generators)
            curve = fit(model, train.inputs, samples, steps, rate, generators)
            scores.add_curve(curve, arm=arm, seeds=seeds)
            found = measure(model, test.inputs[:, :TESTED], generators)
            for metric, values in found.items():
                for seed, value in zip(seeds, values.tolist(), strict=True):
                    scores.add(metric, value, TESTED, arm=arm, seed=seed)
            if report is not None:
                report(at + 1, 2)
    return Result(tuple(scores.scores), tuple(scores.curves))


class Autoencoders(NamedTuple):
    """S autoencoders with one hidden layer on either side.

    Attributes:
        deviation: Standard deviation of the decoders.
        layers: Weights (S, inputs, outputs) and biases (S, 1, outputs) of four layers.
    """

    deviation: float
    layers: Sequence[tuple[Tensor, Tensor]]

    @classmethod
    def drawn(cls, deviation: float, generators: Sequence[torch.Generator]) -> Autoencoders:
        """Return autoencoders with random weights."""
        shapes = ((PIXELS, HIDDEN), (HIDDEN, 2 * LATENTS), (LATENTS, HIDDEN), (HIDDEN, PIXELS))
        layers = []
        for inputs, outputs in shapes:
            drawn = [torch.randn(inputs, outputs, generator=each) for each in generators]
            gain = math.sqrt((2 if outputs == HIDDEN else 1) / inputs)
            bias = torch.zeros(len(generators), 1, outputs)
            layers.append(((gain * torch.stack(drawn)).requires_grad_(), bias.requires_grad_()))
        return cls(deviation, layers)

    def log_weights(self, points: Tensor, noise: Tensor, *, prior: bool = False) -> Tensor:
        """Return log q(x|z) q(z) / p(z|x) of latents for every point, (S, n, m).

        Args:
            points: (S, n, 64).
            noise: Standard normal numbers that make the latents, (S, n, m, 6).
            prior: Whether latents are the noise itself, not what the encoder makes of it.
        """
        to_hidden, to_latents, from_latents, to_pixels = self.layers
        latents, shift = noise, torch.zeros(())
        if not prior:
            hidden = torch.relu(torch.baddbmm(to_hidden[1], points, to_hidden[0]))
            mean, spread = torch.baddbmm(to_latents[1], hidden, to_latents[0]).chunk(2, dim=-1)
            spread = spread - 1  # begin with narrow latents, which tell digits apart
            latents = mean[:, :, None] + spread.exp()[:, :, None] * noise
            weight = (noise.square() - latents.square()).sum(dim=-1) / 2
            shift = weight + spread.sum(dim=-1)[:, :, None]
        inside = torch.relu(torch.baddbmm(from_latents[1], latents.flatten(1, 2), from_latents[0]))
        decoded = torch.baddbmm(to_pixels[1], inside, to_pixels[0])
        away = (points[:, :, None] - decoded.view(*noise.shape[:3], PIXELS)) / self.deviation
        volume = PIXELS * math.log(self.deviation * math.sqrt(2 * math.pi))
        return shift - away.square().sum(dim=-1) / 2 - volume


def fit(
    model: Autoencoders,
    points: Tensor,
    samples: int,
    steps: int,
    rate: float,
    generators: Sequence[torch.Generator],
) -> TrainingCurve:
    """Train on −log (1/M) Σ weights, and return the losses of each seed.

    Args:
        model: Trained in place.
        points: (S, n, 64).
        samples: M.
        steps: Steps of training.
        rate: Learning rate of Adam, which falls to 0 in a straight line.
        generators: Draw batches and latents.
    """
    optimiser = torch.optim.Adam([part for layer in model.layers for part in layer], lr=rate)
    rows, curve = torch.arange(len(points))[:, None], TrainingCurve(steps)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - step / steps)
        chosen = [torch.randint(points.shape[1], (BATCH,), generator=each) for each in generators]
        noise = [torch.randn(BATCH, samples, LATENTS, generator=each) for each in generators]
        weights = model.log_weights(points[rows, torch.stack(chosen)], torch.stack(noise))
        losses = math.log(samples) - weights.logsumexp(dim=-1).mean(dim=1)
        optimiser.zero_grad()
        torch.autograd.backward(losses.sum())
        optimiser.step()
        curve.add(losses)
    return curve


@torch.no_grad()
def measure(
    model: Autoencoders, points: Tensor, generators: Sequence[torch.Generator]
) -> dict[str, Tensor]:
    """Return the metrics of `compare` on points (S, n, 64), each (S,)."""
    each: dict[str, list[Tensor]] = {"log_p": [], "elbo": [], "ess": [], "prior_ess": []}
    for some in torch.split(points, 10, dim=1):
        drawn = [torch.randn(10, SAMPLES, LATENTS, generator=one) for one in generators]
        noise = torch.stack(drawn)
        for prior, name in ((False, "ess"), (True, "prior_ess")):
            # As float64: the estimates are sums of a thousand numbers of very different size.
            weights = model.log_weights(some, noise, prior=prior).double()
            total = weights.logsumexp(dim=-1)
            share = 2 * total - (2 * weights).logsumexp(dim=-1) - math.log(SAMPLES)
            each[name].append(share.exp())
            if not prior:
                each["log_p"].append(total - math.log(SAMPLES))
                each["elbo"].append(weights.mean(dim=-1))
    return {name: torch.cat(parts, dim=1).mean(dim=1) for name, parts in each.items()}
