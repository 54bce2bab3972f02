"""Random views of small colour images as SimSiam takes them: crops, flips and colours, no blur.

Chen and He 2020, arXiv:2011.10566, appendix D: crops of 0.2 to 1 of the area, a flip of half the
views, ColorJitter(0.4, 0.4, 0.4, 0.1) of 80% of them, and grey for 20%. All views of a batch are
made at once on its device. Colours change in one order, where torchvision draws the order.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from evaluators.batch_sweep.augmentation import Crop, cropped

SMALLEST, JITTER, HUE = 0.2, 0.4, 0.1
JITTERED, GREY = 0.8, 0.2
CROP = Crop(smallest=SMALLEST, contrast=JITTER, saturation=JITTER, grey=GREY)
LUMA = (0.299, 0.587, 0.114)


def view(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return a random view of each image, of the same shape.

    Args:
        images: (n, 3, H, W), in 0 to 1.
        generator: On their device.
    """
    count, device = len(images), images.device
    drawn = torch.rand(2, count, 8, generator=generator, device=device)
    maps = torch.eye(2, 3, device=device).expand(1, count, 2, 3)
    maps = cropped(maps, CROP, drawn[:1])[0]
    grid = affine_grid(maps, list(images.shape), align_corners=False)
    cut = grid_sample(images, grid, padding_mode="border", align_corners=False)
    amounts = drawn[1, :, :, None, None, None]
    brightness, contrast, saturation = (
        1 + JITTER * (2 * amounts[:, place] - 1) for place in range(3)
    )
    changed = (cut * brightness).clamp(0, 1)
    mean = grey_of(changed).mean(dim=(1, 2, 3), keepdim=True)
    changed = (mean + contrast * (changed - mean)).clamp(0, 1)
    grey = grey_of(changed)
    changed = (grey + saturation * (changed - grey)).clamp(0, 1)
    changed = turned(changed, HUE * (2 * amounts[:, 3] - 1))
    seen = torch.where(amounts[:, 4] < JITTERED, changed, cut)
    return torch.where(amounts[:, 5] < GREY, grey_of(seen), seen)


def grey_of(images: Tensor) -> Tensor:
    """Return the brightness of colour images, (n, 1, H, W)."""
    weights = images.new_tensor(LUMA)[:, None, None]
    grey: Tensor = (images * weights).sum(dim=1, keepdim=True)
    return grey


def turned(images: Tensor, hue: Tensor) -> Tensor:
    """Return images (n, 3, H, W) in 0 to 1 whose hue is turned by shares of a circle.

    Args:
        images: The images.
        hue: Broadcast over (n, 1, H, W).
    """
    value = images.amax(dim=1, keepdim=True)
    chroma = value - images.amin(dim=1, keepdim=True)
    red, green, blue = torch.split(images, 1, dim=1)
    some = chroma.clamp(min=1e-12)
    angle = torch.where(
        value == red,
        (green - blue) / some,
        torch.where(value == green, 2 + (blue - red) / some, 4 + (red - green) / some),
    )
    angle = angle + 6 * hue
    # HSV to RGB without cases: each colour is the value less what the angle takes of the chroma.
    parts = []
    for offset in (5, 3, 1):
        place = (offset + angle) % 6
        parts.append(value - chroma * torch.minimum(place, 4 - place).clamp(0, 1))
    return torch.cat(parts, dim=1)
