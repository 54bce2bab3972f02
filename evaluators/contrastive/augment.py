"""Random views of images, many seeds at once, each seed with its own generator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from evaluators.contrastive.crops import Crop, cropped, recoloured


@dataclass(frozen=True)
class Augmentation:
    """How far a view may differ from its image; every amount is drawn for each view anew.

    Attributes:
        rotation: Largest turn, in degrees.
        scale: Largest relative change of size.
        shift: Largest shift, as a share of half the image.
        brightness: Largest relative change of brightness.
        noise: Standard deviation of the noise on each pixel.
        crop: Crops and colours as in SimCLR; None leaves both.
    """

    rotation: float
    scale: float
    shift: float
    brightness: float
    noise: float
    crop: Crop | None = None


AUGMENTATIONS: Mapping[str, Augmentation] = MappingProxyType(
    {
        "ordinary": Augmentation(rotation=20, scale=0.2, shift=0.25, brightness=0.3, noise=0.1),
        "weak": Augmentation(rotation=4, scale=0.03, shift=0.03, brightness=0.05, noise=0.03),
        "simclr": Augmentation(
            rotation=0,
            scale=0,
            shift=0,
            brightness=0.4,
            noise=0,
            crop=Crop(smallest=0.2, contrast=0.4, saturation=0.4, grey=0.2),
        ),
    }
)
"""`weak` makes positives easy: ξ becomes tiny, where FlatNCE and InfoNCE can differ at all."""


def augmented(
    images: Tensor,
    how: Augmentation,
    generators: Sequence[torch.Generator],
    *,
    noise: Sequence[torch.Generator] | None = None,
) -> Tensor:
    """Return (S, n, C, H, W): one random view of each image for each of S generators.

    Args:
        images: (n, C, H, W) in 0…1, or (S, n, C, H, W).
        how: How far views may differ.
        generators: One a seed, on the CPU, so that every device sees the same views.
        noise: One a seed, on the images' device, for the noise of pixels; None draws it from
            `generators`, which is slow where there are many pixels.
    """
    seeds, (count, *size) = len(generators), images.shape[-4:]
    drawn = (
        torch.stack([torch.rand(count, 5, generator=generator) for generator in generators])
        .mul(2)
        .sub(1)
    )
    grain = None
    if how.noise:
        grain = torch.stack(
            [
                torch.randn((count, *size), generator=generator, device=generator.device)
                for generator in noise or generators
            ]
        ).to(images.device)
    angle = drawn[..., 0] * math.radians(how.rotation)
    scale = 1 + drawn[..., 1] * how.scale
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    # Rows of the map from a place in the view to a place in the image.
    across = torch.stack([cosine, -sine, drawn[..., 2] * how.shift], dim=-1)
    down = torch.stack([sine, cosine, drawn[..., 3] * how.shift], dim=-1)
    maps = torch.stack([across, down], dim=-2)
    more = torch.empty(0)
    if how.crop:
        more = torch.stack([torch.rand(count, 8, generator=each) for each in generators])
        maps = cropped(maps, how.crop, more)
    grid = affine_grid(
        maps.reshape(-1, 2, 3).to(images.device), [seeds * count, *size], align_corners=False
    )
    views = grid_sample(
        images.expand(seeds, -1, -1, -1, -1).reshape(-1, *size),
        grid,
        padding_mode="border",
        align_corners=False,
    ).reshape(seeds, count, *size)
    brightness = 1 + drawn[..., 4] * how.brightness
    views = views * brightness[..., None, None, None].to(images.device)
    if how.crop:
        views = recoloured(views, how.crop, more.to(images.device))
    return views if grain is None else views + how.noise * grain
