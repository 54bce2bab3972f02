"""The autoencoder of IWAE's paper with one stochastic layer, and its estimates of a density.

Burda, Grosse and Salakhutdinov 2015, arXiv:1509.00519, section 5: two hidden layers of 200 with
tanh on either side of 50 latents; the last bias begins at the mean image, weights as of Glorot and
Bengio 2010.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from evaluators.experiments._resumable import SAMPLES, Bench

ACTIVE = 0.01
"""Variance over images from which on a latent coordinate counts as active."""

AT_ONCE = 100_000
"""Latents of a pass without a graph."""


class Autoencoder(nn.Module):
    """An encoder with a diagonal Gaussian and a decoder of black and white pixels.

    Args:
        hidden: Width of hidden layers; 200 is published.
        latents: Latent coordinates; 50 is published.
        mean: The mean image, (pixels,), in 0 to 1.
    """

    def __init__(self, hidden: int, latents: int, mean: Tensor) -> None:
        super().__init__()
        pixels = len(mean)
        self.latents = latents
        self.encoder = nn.Sequential(
            nn.Linear(pixels, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()
        )
        self.centre, self.log_spread = nn.Linear(hidden, latents), nn.Linear(hidden, latents)
        last = nn.Linear(hidden, pixels)
        self.decoder = nn.Sequential(
            nn.Linear(latents, hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.Tanh(),
            last,
        )
        for part in self.modules():
            if isinstance(part, nn.Linear):
                nn.init.xavier_uniform_(part.weight)
                nn.init.zeros_(part.bias)
        with torch.no_grad():
            # As of Burda's code: a pixel that is always black has no finite logit.
            last.bias.copy_(torch.logit(mean.clamp(0.001, 0.999)))

    def log_weights(self, points: Tensor, noise: Tensor) -> Tensor:
        """Return log p(x|z) p(z) / q(z|x) of latents for every image, (n, m), in float32.

        Args:
            points: Zeros and ones, (n, pixels).
            noise: Standard normal numbers that make the latents, (n, m, latents).
        """
        states = self.encoder(points)
        centre, spread = self.centre(states).float(), self.log_spread(states).float()
        latents = centre[:, None] + spread.exp()[:, None] * noise
        weight = (noise.square() - latents.square()).sum(dim=2) / 2 + spread.sum(dim=1)[:, None]
        logits = self.decoder(latents).float()
        wrong = binary_cross_entropy_with_logits(
            logits, points[:, None].expand_as(logits), reduction="none"
        )
        found: Tensor = weight - wrong.sum(dim=2)
        return found


@torch.no_grad()
def estimates(model: Autoencoder, pixels: Tensor, samples: int, bench: Bench) -> dict[str, float]:
    """Return the means over images of what `vae_mnist.measure` describes, by metric.

    Args:
        model: The network.
        pixels: Probabilities of white, (n, pixels).
        samples: Latents of an estimate.
        bench: Its device; pixels and latents come from its seed.
    """
    model.eval()
    each: dict[str, list[Tensor]] = {"log_p": [], "elbo": [], "ess": []}
    centres = []
    for number, some in enumerate(torch.split(pixels, max(1, AT_ONCE // samples))):
        generator = bench.generator(SAMPLES, number)
        points = torch.bernoulli(some.to(bench.device), generator=generator)
        size = (len(points), samples, model.latents)
        noise = torch.randn(size, generator=generator, device=bench.device)
        # As float64: the estimates are sums of thousands of numbers of very different size.
        weights = model.log_weights(points, noise).double()
        total = weights.logsumexp(dim=1)
        each["log_p"].append(total - math.log(samples))
        each["elbo"].append(weights.mean(dim=1))
        each["ess"].append((2 * total - (2 * weights).logsumexp(dim=1) - math.log(samples)).exp())
        centres.append(model.centre(model.encoder(points)))
    found = {name: float(torch.cat(parts).mean()) for name, parts in each.items()}
    active = torch.cat(centres).double().var(dim=0) > ACTIVE
    return {**found, "active": float(active.sum())}
