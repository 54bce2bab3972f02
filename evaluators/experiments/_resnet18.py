"""ResNet-18 for images of 32 × 32 pixels, and SimSiam's projector and predictor.

He and others 2015, arXiv:1512.03385, with the stem that is usual for CIFAR: one 3 × 3 convolution
and no pooling. SimSiam as in Chen and He 2020, arXiv:2011.10566, section 3 and appendix D. Their
code of later has no gain and bias in the projector's last normalisation, which the text has: with
neither, outputs have mean 0 over a batch, and cannot all be one point.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from evaluators.experiments._resumable import Bench

BLOCKS = 2
"""Of each of the four stages."""


class Block(nn.Module):
    """Two convolutions with a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.around = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.around.append(nn.Conv2d(inputs, outputs, 1, stride, bias=False))
            self.around.append(nn.BatchNorm2d(outputs))

    def forward(self, states: Tensor) -> Tensor:
        """Return states (n, outputs, H, W)."""
        inside = relu(self.first_norm(self.first(states)))
        return relu(self.second_norm(self.second(inside)) + self.around(states))


class ResNet18(nn.Module):
    """The network up to the mean over places.

    Args:
        width: Channels of the first stage; 64 is published.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.stages = nn.Sequential()
        inputs = width
        for stage in range(4):
            outputs = width * 2**stage
            for place in range(BLOCKS):
                stride = 2 if stage and not place else 1
                self.stages.append(Block(inputs, outputs, stride))
                inputs = outputs
        self.width = inputs

    def forward(self, images: Tensor) -> Tensor:
        """Return features (n, 8 · width) of images (n, 3, 32, 32)."""
        features: Tensor = self.stages(self.stem(images)).mean(dim=(2, 3))
        return features


class SimSiam(nn.Module):
    """A backbone with a projector of two layers and a predictor of two.

    Args:
        width: As in `ResNet18`.
        outputs: Of the projector; 2,048 is published.
        bottleneck: Hidden width of the predictor; 512 is published.
    """

    def __init__(self, width: int = 64, outputs: int = 2048, bottleneck: int = 512) -> None:
        super().__init__()
        self.backbone = ResNet18(width)
        self.projector = nn.Sequential(
            nn.Linear(self.backbone.width, outputs, bias=False),
            nn.BatchNorm1d(outputs),
            nn.ReLU(),
            nn.Linear(outputs, outputs, bias=False),
            nn.BatchNorm1d(outputs),
        )
        self.predictor = nn.Sequential(
            nn.Linear(outputs, bottleneck, bias=False),
            nn.BatchNorm1d(bottleneck),
            nn.ReLU(),
            nn.Linear(bottleneck, outputs),
        )


@torch.no_grad()
def encoded(model: SimSiam, images: Tensor, bench: Bench, at_once: int = 1000) -> list[Tensor]:
    """Return features of backbone and projector, (n, 8 · width) and (n, outputs), in float32.

    Args:
        model: With the statistics of its training.
        images: As the network takes them, (n, 3, 32, 32), on any device.
        bench: Its device.
        at_once: Images in one pass.
    """
    model.eval()
    parts = []
    for some in torch.split(images, at_once):
        features = model.backbone(some.to(bench.device))
        parts.append((features, model.projector(features)))
    return [torch.cat(each) for each in zip(*parts, strict=True)]
