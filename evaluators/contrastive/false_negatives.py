"""Negatives that are none: pairs in one batch that show the same thing, counted as trained."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.contrastive.images import ImageData


class FalseNegatives(NamedTuple):
    """Of one network, over all its batches.

    Attributes:
        pairs: Pairs of samples that were each other's negatives.
        same_label: How many of them have the same label.
        copies: How many of them are the same image, pixel by pixel.
    """

    pairs: int
    same_label: int
    copies: int


class FalseNegativeCounter:
    """Counts over batches as they are drawn.

    Args:
        data: The images.
        batch: Samples a batch.
    """

    def __init__(self, data: ImageData, batch: int) -> None:
        self._labels = data.train_labels
        self._images = _kinds(data.train.flatten(1)) if data.duplicates else None
        self._batch = batch
        self._pairs = 0
        self._same_label: Tensor | None = None
        self._copies: Tensor | None = None

    def add(self, order: Tensor) -> None:
        """Take in an epoch: (S, n) places of images in the order in which they are drawn."""
        batches = order.shape[1] // self._batch
        drawn = order[:, : batches * self._batch].cpu().reshape(len(order), batches, self._batch)
        self._pairs += batches * self._batch * (self._batch - 1) // 2
        same = _equal_pairs(self._labels[drawn])
        none = torch.zeros_like(same)
        copies = none if self._images is None else _equal_pairs(self._images[drawn])
        self._same_label = same if self._same_label is None else self._same_label + same
        self._copies = copies if self._copies is None else self._copies + copies

    def found(self) -> tuple[FalseNegatives, ...]:
        """Return the counts, one a network."""
        if self._same_label is None or self._copies is None:
            return ()
        return tuple(
            FalseNegatives(self._pairs, same, copies)
            for same, copies in zip(self._same_label.tolist(), self._copies.tolist(), strict=True)
        )


def _kinds(rows: Tensor) -> Tensor:
    """Return (N,): equal numbers for equal rows."""
    _, kinds = torch.unique(rows, dim=0, return_inverse=True)
    found: Tensor = kinds
    return found


def _equal_pairs(kinds: Tensor) -> Tensor:
    """Return (S,): pairs of equal numbers within each batch of (S, batches, B)."""
    # In sorted order the r-th of equal numbers makes a pair with each of the r before it.
    ranked = kinds.sort(dim=-1).values
    places = torch.arange(ranked.shape[-1]).expand_as(ranked)
    fresh = torch.ones_like(ranked, dtype=torch.bool)
    fresh[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    first = torch.where(fresh, places, 0).cummax(dim=-1).values
    return (places - first).sum(dim=(-2, -1))
