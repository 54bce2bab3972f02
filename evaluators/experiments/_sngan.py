"""The residual generator and critic of Wasserstein GANs for images of 32 × 32 pixels.

As in Miyato and others 2018, arXiv:1802.05957, table 4: a generator of 4.3 and a critic of 1.05
million parameters. Gulrajani and others 2017, arXiv:1704.00028, appendix F, have the same with 128
channels in the generator.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, relu
from torch.nn.utils.parametrizations import spectral_norm
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

LATENT, SMALLEST, SIDE = 128, 4, 32


class UpBlock(nn.Module):
    """A residual block of the generator, which doubles the image."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first_norm, self.second_norm = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.around = nn.Conv2d(width, width, 1)

    def forward(self, states: Tensor) -> Tensor:
        """Return states (n, width, 2 H, 2 W)."""
        inside = self.first(doubled(relu(self.first_norm(states))))
        inside = self.second(relu(self.second_norm(inside)))
        found: Tensor = inside + self.around(doubled(states))
        return found


class Generator(nn.Module):
    """Images from noise.

    Args:
        width: Channels; 256 is published.
    """

    def __init__(self, width: int = 256) -> None:
        super().__init__()
        self.first = nn.Linear(LATENT, width * SMALLEST**2)
        self.blocks = nn.Sequential(*(UpBlock(width) for _ in range(3)))
        self.norm, self.last = nn.BatchNorm2d(width), nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, noise: Tensor) -> Tensor:
        """Return images in −1 to 1 as rows, (n, 3,072), of noise (n, 128)."""
        states = self.first(noise).unflatten(1, (-1, SMALLEST, SMALLEST))
        images = torch.tanh(self.last(relu(self.norm(self.blocks(states)))))
        return images.flatten(1).float()


class DownBlock(nn.Module):
    """A residual block of the critic, which halves the image or leaves its size.

    Args:
        inputs: Channels before it.
        outputs: Channels behind it.
        halves: Whether the image is halved.
        first: Whether it is the first block, which begins with a convolution of the pixels.
    """

    def __init__(self, inputs: int, outputs: int, *, halves: bool, first: bool = False) -> None:
        super().__init__()
        self.halves, self.begins = halves, first
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.around = nn.Conv2d(inputs, outputs, 1) if halves else nn.Identity()

    def forward(self, states: Tensor) -> Tensor:
        """Return states (n, outputs, …)."""
        inside = self.second(relu(self.first(states if self.begins else relu(states))))
        around = self.around(states)
        found: Tensor = inside + around
        return avg_pool2d(found, 2) if self.halves else found


class Critic(nn.Module):
    """A number for each image.

    Args:
        width: Channels; 128 is published.
        spectral: Whether weights are divided by their spectral norms.
    """

    def __init__(self, width: int = 128, *, spectral: bool = False) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            DownBlock(3, width, halves=True, first=True),
            DownBlock(width, width, halves=True),
            DownBlock(width, width, halves=False),
            DownBlock(width, width, halves=False),
        )
        self.last = nn.Linear(width, 1)
        if spectral:
            for part in self.modules():
                if isinstance(part, nn.Conv2d | nn.Linear):
                    spectral_norm(part)

    def forward(self, points: Tensor) -> Tensor:
        """Return numbers (1, n, 1) of images as rows, (1, n, 3,072), as `_critics` has them."""
        images = points[0].view(-1, 3, SIDE, SIDE)
        states = relu(self.blocks(images)).mean(dim=(2, 3))
        numbers: Tensor = self.last(states)[None].float()
        return numbers


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Count the floating-point operations of matrix products and convolutions in a block.

    As torch's `FlopCounterMode`, whose hooks on modules do not stand a gradient for an input.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func.overloadpacket)
        if count is not None:
            self.total += count(*args, **(kwargs or {}), out_val=out)
        return out


def doubled(states: Tensor) -> Tensor:
    """Return states (n, C, H, W) with each place twice in both directions."""
    count, channels, height, width = states.shape
    spread = states[:, :, :, None, :, None].expand(-1, -1, -1, 2, -1, 2)
    return spread.reshape(count, channels, 2 * height, 2 * width)
