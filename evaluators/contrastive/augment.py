"""Random views of images, many seeds at once, each seed with its own generator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


@dataclass(frozen=True)
class Augmentation:
    """How far a view may differ from its image; every amount is drawn for each view anew.

    Attributes:
        rotation: Largest turn, in degrees.
        scale: Largest relative change of size.
        shift: Largest shift, as a share of half the image.
        brightness: Largest relative change of brightness.
        noise: Standard deviation of the noise on each pixel.
    """

    rotation: float
    scale: float
    shift: float
    brightness: float
    noise: float


AUGMENTATIONS: Mapping[str, Augmentation] = MappingProxyType(
    {
        "ordinary": Augmentation(rotation=20, scale=0.2, shift=0.25, brightness=0.3, noise=0.1),
        "weak": Augmentation(rotation=4, scale=0.03, shift=0.03, brightness=0.05, noise=0.03),
    }
)
"""`weak` makes positives easy: ξ becomes tiny, where FlatNCE and InfoNCE can differ at all."""


def augmented(images: Tensor, how: Augmentation, generators: Sequence[torch.Generator]) -> Tensor:
    """Return (S, n, C, H, W): one random view of each image for each of S generators.

    Args:
        images: (n, C, H, W) in 0…1.
        how: How far views may differ.
        generators: One a seed, on the CPU, so that every device sees the same views.
    """
    count, channels, height, width = images.shape
    drawn = (
        torch.stack([torch.rand(count, 5, generator=generator) for generator in generators])
        .mul(2)
        .sub(1)
    )
    noise = torch.stack(
        [torch.randn(images.shape, generator=generator) for generator in generators]
    )
    angle = drawn[..., 0] * math.radians(how.rotation)
    size = 1 + drawn[..., 1] * how.scale
    cosine, sine = torch.cos(angle) / size, torch.sin(angle) / size
    # Rows of the map from a place in the view to a place in the image.
    across = torch.stack([cosine, -sine, drawn[..., 2] * how.shift], dim=-1)
    down = torch.stack([sine, cosine, drawn[..., 3] * how.shift], dim=-1)
    seeds = len(generators)
    maps = torch.stack([across, down], dim=-2).reshape(-1, 2, 3).to(images.device)
    grid = affine_grid(maps, [seeds * count, channels, height, width], align_corners=False)
    views = grid_sample(
        images.expand(seeds, -1, -1, -1, -1).reshape(-1, channels, height, width),
        grid,
        padding_mode="border",
        align_corners=False,
    ).reshape(seeds, count, channels, height, width)
    brightness = 1 + drawn[..., 4] * how.brightness
    views = views * brightness[..., None, None, None].to(images.device)
    return views + how.noise * noise.to(images.device)
