"""Crops, flips and colours of views, as SimCLR has them (arXiv 2002.05709), without the hue."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)
_ASPECT = 4 / 3


@dataclass(frozen=True)
class Crop:
    """How far crops and colours may go; half of all views are flipped.

    Attributes:
        smallest: Smallest share of the image's area that is kept.
        contrast: Largest relative change of contrast.
        saturation: Largest relative change of saturation.
        grey: Share of views without colour.
    """

    smallest: float
    contrast: float
    saturation: float
    grey: float


def cropped(maps: Tensor, how: Crop, drawn: Tensor) -> Tensor:
    """Return maps from places in a view to places in its image that show a part of it only.

    Args:
        maps: (S, n, 2, 3), of the whole image.
        how: How small a part may be.
        drawn: (S, n, 8) numbers in 0…1, of which the first five are used.
    """
    area = how.smallest + (1 - how.smallest) * drawn[..., 0]
    stretch = torch.exp((2 * drawn[..., 1] - 1) * torch.log(torch.tensor(_ASPECT)) / 2)
    sides = torch.stack([area.sqrt() * stretch, area.sqrt() / stretch], dim=-1).clamp(max=1)
    # A part of this size lies anywhere inside the image, which spans −1…1.
    middle = (1 - sides) * (2 * drawn[..., 2:4] - 1)
    flip = torch.where(drawn[..., 4] < 0.5, -1.0, 1.0)
    sides = sides * torch.stack([flip, torch.ones_like(flip)], dim=-1)
    turned = maps[..., :2]
    offset = maps[..., 2:] + turned @ middle[..., None]
    return torch.cat([turned * sides[..., None, :], offset], dim=-1)


def recoloured(views: Tensor, how: Crop, drawn: Tensor) -> Tensor:
    """Return views with other contrast and saturation, some of them grey.

    Args:
        views: (S, n, C, H, W); what has no three channels has no colour to lose.
        how: How far.
        drawn: As for `cropped`; the last three are used here.
    """
    amount = drawn[..., None, None, None]
    contrast, saturation = (
        1 + (2 * amount[:, :, place] - 1) * most
        for place, most in ((5, how.contrast), (6, how.saturation))
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
