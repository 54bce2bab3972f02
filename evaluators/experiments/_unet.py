"""The U-Net of DDPM for images, and the diffusion of images with it.

Ho, Jain and Abbeel 2020, arXiv:2006.11239, appendix B and their code: four resolutions of two
residual blocks each, self-attention at 16 × 16, the time by sine waves, GroupNorm and SiLU.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention, silu

from evaluators.experiments._diffusion import Schedule
from evaluators.experiments._resumable import SAMPLES, Bench
from evaluators.experiments._sngan import doubled
from evaluators.progress import Report

FACTORS, BLOCKS, ATTENDED, GROUPS = (1, 2, 2, 2), 2, 16, 32
LONGEST = 10_000
"""Of the waves by which a network knows the time, relative to the shortest."""

PUBLISHED_STEPS = 1000
"""Times of any T are stretched to the published range."""


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(math.gcd(GROUPS, channels), channels, eps=1e-6)


def _zero(module: nn.Conv2d) -> nn.Conv2d:
    """Make a convolution begin as nothing, so that a block begins as the way around it."""
    for part in module.parameters():
        nn.init.zeros_(part)
    return module


class Block(nn.Module):
    """A residual block that knows the time, with attention behind it or without."""

    def __init__(
        self, inputs: int, outputs: int, time: int, dropout: float, *, attends: bool = False
    ) -> None:
        super().__init__()
        self.first_norm, self.second_norm = _norm(inputs), _norm(outputs)
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(time, outputs)
        self.dropout = nn.Dropout(dropout)
        self.second = _zero(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.around = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        self.attention = Attention(outputs) if attends else nn.Identity()

    def forward(self, states: Tensor, time: Tensor) -> Tensor:
        """Return states (n, outputs, H, W)."""
        inside = self.first(silu(self.first_norm(states)))
        inside = inside + self.time(silu(time))[:, :, None, None]
        inside = self.second(self.dropout(silu(self.second_norm(inside))))
        found: Tensor = self.attention(self.around(states) + inside)
        return found


class Attention(nn.Module):
    """Self-attention of one head over all places."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = _norm(channels)
        self.inputs = nn.Conv2d(channels, 3 * channels, 1)
        self.outputs = _zero(nn.Conv2d(channels, channels, 1))

    def forward(self, states: Tensor) -> Tensor:
        """Return states of the same shape."""
        parts = self.inputs(self.norm(states)).flatten(2).transpose(1, 2).chunk(3, dim=2)
        query, key, value = (part.contiguous() for part in parts)
        seen = scaled_dot_product_attention(query, key, value).transpose(1, 2)
        found: Tensor = states + self.outputs(seen.reshape(states.shape))
        return found


class UNet(nn.Module):
    """The network that tells the noise in an image.

    Args:
        width: Channels of the first resolution; 128 is published, with 35.7 million parameters.
        side: Height and width of an image.
        dropout: 0.1 is published for CIFAR-10.
        channels: Of an image.
    """

    def __init__(
        self, width: int = 128, side: int = 32, dropout: float = 0.1, channels: int = 3
    ) -> None:
        super().__init__()
        time = 4 * width
        self.width = width
        self.time = nn.Sequential(nn.Linear(width, time), nn.SiLU(), nn.Linear(time, time))
        self.stem = nn.Conv2d(channels, width, 3, padding=1)
        kept, now = [width], width
        self.down, self.up = nn.ModuleList(), nn.ModuleList()

        def level(inputs: int, outputs: int) -> nn.Module:
            return Block(inputs, outputs, time, dropout, attends=side == ATTENDED)

        for place, factor in enumerate(FACTORS):
            if place:
                self.down.append(nn.Conv2d(now, now, 3, stride=2))
                kept.append(now)
                side //= 2
            for _ in range(BLOCKS):
                self.down.append(level(now, factor * width))
                now = factor * width
                kept.append(now)
        self.middle = nn.ModuleList(
            [Block(now, now, time, dropout, attends=True), Block(now, now, time, dropout)]
        )
        for place, factor in reversed(list(enumerate(FACTORS))):
            for _ in range(BLOCKS + 1):
                self.up.append(level(now + kept.pop(), factor * width))
                now = factor * width
            if place:
                self.up.append(nn.Conv2d(now, now, 3, padding=1))
                side *= 2
        self.norm, self.last = _norm(now), _zero(nn.Conv2d(now, channels, 3, padding=1))

    def forward(self, images: Tensor, times: Tensor) -> Tensor:
        """Return the noise in images (n, channels, side, side) at times (n,), in 0 to 1,000."""
        time = self.time(waves(times, self.width))
        states = self.stem(images)
        kept = [states]
        for part in self.down:
            if isinstance(part, nn.Conv2d):
                states = part(pad(states, (0, 1, 0, 1)))
            else:
                states = part(states, time)
            kept.append(states)
        for part in self.middle:
            states = part(states, time)
        for part in self.up:
            if isinstance(part, nn.Conv2d):
                states = part(doubled(states))
            else:
                states = part(torch.cat([states, kept.pop()], dim=1), time)
        noise: Tensor = self.last(silu(self.norm(states)))
        return noise


def waves(times: Tensor, width: int) -> Tensor:
    """Return sines and cosines of times (n,) at many speeds, (n, width)."""
    half = width // 2
    speeds = torch.arange(half, device=times.device) * (-math.log(LONGEST) / (half - 1))
    angles = times.float()[:, None] * speeds.exp()
    return torch.cat([angles.sin(), angles.cos()], dim=1)


Denoiser = Callable[[Tensor, Tensor], Tensor]
"""From images and times in 0 to 1,000 to noise, as `UNet`."""


def stretched(times: Tensor, steps: int) -> Tensor:
    """Return times 1 … T as the network sees them, in 0 to 1,000."""
    return times * (PUBLISHED_STEPS / steps)


@torch.no_grad()
def sample(
    network: Denoiser,
    schedule: Schedule,
    count: int,
    shape: tuple[int, int, int],
    bench: Bench,
    *,
    at_once: int = 500,
    report: Report | None = None,
) -> Tensor:
    """Return images that a network makes from noise, (count, *shape), in −1 to 1, on the CPU.

    As published, the image that the network sees in x_t is cut to −1 to 1 in every step, and the
    noise that a step adds has the deviation β_t.

    Args:
        network: In the state for measuring.
        schedule: Of its training.
        count: How many.
        shape: Channels, height and width.
        bench: Device, number format and seed.
        at_once: Images that are made together; it bounds the memory, and decides which are made.
        report: Called with the images done and all of them.
    """
    last = len(schedule.alpha) - 1
    found = []
    for number, start in enumerate(range(0, count, at_once)):
        generator = bench.generator(SAMPLES, number)
        size = (min(at_once, count - start), *shape)

        def noise(size: tuple[int, ...] = size, generator: torch.Generator = generator) -> Tensor:
            return torch.randn(size, generator=generator, device=bench.device)

        points = noise()
        for time in range(last, 0, -1):
            alpha, beta, kept, after = (float(part[time]) for part in schedule)
            times = stretched(torch.full((size[0],), time, device=bench.device), last)
            with bench.autocast():
                told = network(points, times)
            clean = ((points - after * told.float()) / max(kept, 1e-9)).clamp(-1, 1)
            told = (points - kept * clean) / after
            points = (points - beta**2 / after * told) / alpha
            if time > 1:
                points = points + beta * noise()
        found.append(points.clamp(-1, 1).cpu())
        if report is not None:
            report(start + size[0], count)
    return torch.cat(found)
