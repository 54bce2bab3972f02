"""Both views of every image of an epoch, in the order in which they are trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.contrastive.augment import Augmentation, augmented

BLOCK = 256
"""Places of the order whose views are made at once; views do not depend on the batch size."""


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
        images: (N, C, H, W), on the device where the views are wanted.
        order: (S, n) places of images, on the same device.
        how: How far views may differ.
        streams: One a seed, on the CPU.
        noise: One a seed, on the images' device, for the noise of pixels: then the views are made
            `BLOCK` places at a time, so that an epoch of many images fits into the memory. None
            makes all of them at once, and draws everything from `streams`.
    """
    place = torch.arange(len(streams), device=images.device)[:, None]
    if noise is None:
        sides = [augmented(images, how, streams).flatten(2)[place, order] for _ in range(2)]
        yield Views(*sides)
        return
    for part in torch.split(order, BLOCK, dim=1):
        mine = images[part]
        yield Views(*(augmented(mine, how, streams, noise=noise).flatten(2) for _ in range(2)))


def in_batches(pieces: Iterable[Views], batch: int) -> Iterator[Views]:
    """Cut pieces into batches; the last, incomplete one is left out."""
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
