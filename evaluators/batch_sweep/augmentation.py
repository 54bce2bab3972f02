"""Make random views of images, for many seeds at once, each with its own generator."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

_LUMA = (0.299, 0.587, 0.114)
_ASPECT = 4 / 3

BLOCK = 256
"""Number of images whose views are made at once, so that views do not depend on the batch size."""


@dataclass(frozen=True)
class Crop:
    """Ranges of crops and colours, as in SimCLR (arXiv 2002.05709) without the hue.

    Half of all views are flipped.

    Attributes:
        smallest: Smallest share of the image's area that a crop shows.
        contrast: Largest relative change of contrast.
        saturation: Largest relative change of saturation.
        grey: Share of views without colour.
    """

    smallest: float
    contrast: float
    saturation: float
    grey: float


@dataclass(frozen=True)
class Augmentation:
    """Ranges of the changes of a view; every amount is drawn for each view.

    Attributes:
        rotation: Largest rotation, in degrees.
        scale: Largest relative change of size.
        shift: Largest shift, as a share of half the image.
        brightness: Largest relative change of brightness.
        noise: Standard deviation of the noise on each pixel.
        crop: Crops and colours as in SimCLR; None for neither.
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
"""`weak` makes positives easy: ξ becomes tiny, and only then can FlatNCE and InfoNCE differ."""


def augmented(
    images: Tensor,
    how: Augmentation,
    generators: Sequence[torch.Generator],
    *,
    noise: Sequence[torch.Generator] | None = None,
) -> Tensor:
    """Return one random view of each image for each of S generators, (S, n, C, H, W).

    Args:
        images: (n, C, H, W) in 0…1, or (S, n, C, H, W).
        how: Ranges of the changes.
        generators: One for each seed, on the CPU, so that every device gets the same views.
        noise: One for each seed, on the images' device, for the noise of pixels; None draws it
            from `generators`, which is slow for many pixels.
    """
    seeds, (count, *size) = len(generators), images.shape[-4:]
    draws = (
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
    angle = draws[..., 0] * math.radians(how.rotation)
    scale = 1 + draws[..., 1] * how.scale
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    # Rows of the affine map from a place in the view to a place in the image.
    across = torch.stack([cosine, -sine, draws[..., 2] * how.shift], dim=-1)
    down = torch.stack([sine, cosine, draws[..., 3] * how.shift], dim=-1)
    maps = torch.stack([across, down], dim=-2)
    crop_draws = torch.empty(0)
    if how.crop:
        crop_draws = torch.stack([torch.rand(count, 8, generator=source) for source in generators])
        maps = cropped(maps, how.crop, crop_draws)
    grid = affine_grid(
        maps.reshape(-1, 2, 3).to(images.device), [seeds * count, *size], align_corners=False
    )
    views = grid_sample(
        images.expand(seeds, -1, -1, -1, -1).reshape(-1, *size),
        grid,
        padding_mode="border",
        align_corners=False,
    ).reshape(seeds, count, *size)
    brightness = 1 + draws[..., 4] * how.brightness
    views = views * brightness[..., None, None, None].to(images.device)
    if how.crop:
        views = recoloured(views, how.crop, crop_draws.to(images.device))
    return views if grain is None else views + how.noise * grain


def cropped(maps: Tensor, how: Crop, drawn: Tensor) -> Tensor:
    """Restrict maps from places in a view to places in its image to a random crop.

    Args:
        maps: (S, n, 2, 3), affine maps to the whole image.
        how: Ranges of the crops.
        drawn: (S, n, 8) numbers in 0…1, of which the first five are used.
    """
    area = how.smallest + (1 - how.smallest) * drawn[..., 0]
    stretch = torch.exp((2 * drawn[..., 1] - 1) * torch.log(torch.tensor(_ASPECT)) / 2)
    sides = torch.stack([area.sqrt() * stretch, area.sqrt() / stretch], dim=-1).clamp(max=1)
    # The crop lies anywhere inside the image, which spans −1…1.
    middle = (1 - sides) * (2 * drawn[..., 2:4] - 1)
    flip = torch.where(drawn[..., 4] < 0.5, -1.0, 1.0)
    sides = sides * torch.stack([flip, torch.ones_like(flip)], dim=-1)
    turned = maps[..., :2]
    offset = maps[..., 2:] + turned @ middle[..., None]
    return torch.cat([turned * sides[..., None, :], offset], dim=-1)


def recoloured(views: Tensor, how: Crop, drawn: Tensor) -> Tensor:
    """Change contrast and saturation of views, and make some of them grey.

    Args:
        views: (S, n, C, H, W); only views with three channels have colours.
        how: Ranges of the changes.
        drawn: As in `cropped`; the last three are used here.
    """
    amount = drawn[..., None, None, None]
    contrast, saturation = (
        1 + (2 * amount[:, :, place] - 1) * largest
        for place, largest in ((5, how.contrast), (6, how.saturation))
    )
    if views.shape[2] != len(_LUMA):
        mean = views.mean(dim=(2, 3, 4), keepdim=True)
        return mean + (views - mean) * contrast
    luma = views.new_tensor(_LUMA)[:, None, None]
    grey = (views * luma).sum(dim=2, keepdim=True)
    mean = grey.mean(dim=(3, 4), keepdim=True)
    views, grey = mean + (views - mean) * contrast, mean + (grey - mean) * contrast
    saturation = torch.where(amount[:, :, 7] < how.grey, 0.0, saturation)
    return grey + (views - grey) * saturation


class Views(NamedTuple):
    """Two views of the same images, each (S, n, pixels)."""

    first: Tensor
    second: Tensor


def views_of(
    images: Tensor,
    order: Tensor,
    how: Augmentation,
    streams: Sequence[torch.Generator],
    noise: Sequence[torch.Generator] | None,
) -> Iterator[Views]:
    """Yield the views of images in an order.

    Args:
        images: (N, C, H, W), on the device of the views.
        order: (S, n) indices of images, on the same device.
        how: Ranges of the changes.
        streams: One generator for each seed, on the CPU.
        noise: One generator for each seed, on the images' device, for the noise of pixels: then
            views of `BLOCK` images are made at a time, so that an epoch of many images fits into
            memory. None makes all of them at once, and draws everything from `streams`.
    """
    place = torch.arange(len(streams), device=images.device)[:, None]
    if noise is None:
        sides = [augmented(images, how, streams).flatten(2)[place, order] for _ in range(2)]
        yield Views(*sides)
        return
    for part in torch.split(order, BLOCK, dim=1):
        block = images[part]
        yield Views(*(augmented(block, how, streams, noise=noise).flatten(2) for _ in range(2)))


def in_batches(pieces: Iterable[Views], batch: int) -> Iterator[Views]:
    """Regroup pieces into batches; an incomplete last batch is dropped."""
    held: list[Views] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += piece.first.shape[1]
        if count < batch:
            continue
        sides = zip(*held, strict=True)
        whole = piece if len(held) == 1 else Views(*(torch.cat(side, dim=1) for side in sides))
        for start in range(0, count - batch + 1, batch):
            yield Views(*(side[:, start : start + batch] for side in whole))
        rest = count - count % batch
        held = [Views(*(side[:, rest:] for side in whole))] if rest < count else []
        count -= rest
