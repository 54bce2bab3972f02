"""What a method of training sentence vectors minimises: a function of a batch's vectors."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Batch(NamedTuple):
    """A batch of a training.

    Attributes:
        rows: Place of each encoded sentence among the training sentences, (m,). Of pairs and of
            twins the first half are first sentences, the second half their partners.
        labels: Labels of the m / 2 pairs: grades from 0 to 1 as float64, or classes; None for
            batches of sentences.
        allowed: Which classes belong to the task of each pair, (m / 2, classes); None for one task.
    """

    rows: Tensor
    labels: Tensor | None = None
    allowed: Tensor | None = None


class Objective(nn.Module):
    """The loss of a batch, with the weights that only training needs.

    Attributes:
        twins: Whether a batch of sentences is encoded twice, under two dropout masks.
        frozen: Whether the encoder stays as it is, and only the objective's own weights learn.
        layers: Number of layers that the encoder keeps; None for all.
        wants_teacher: Whether `teacher` is to be set to the vectors of the checkpoint as it was.
        teacher: Vectors of the training sentences before training, (sentences, d).
        projection: Linear map of the vectors that are scored, or None for the vectors themselves.
    """

    twins = False
    frozen = False
    layers: int | None = None
    wants_teacher = False

    def __init__(self) -> None:
        super().__init__()
        self.teacher: Tensor | None = None
        self.projection: nn.Linear | None = None

    def loss(self, vectors: Tensor, batch: Batch) -> Tensor:
        """Return the loss of a batch, a scalar.

        Args:
            vectors: Vectors of the batch's rows in float32 or wider, (m, d).
            batch: The batch.
        """
        raise NotImplementedError

    def scored(self, vectors: Tensor) -> Tensor:
        """Return the vectors that are scored, (n, d)."""
        return vectors if self.projection is None else self.projection(vectors)


def halves(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Return the vectors of first sentences and of their partners, (m / 2, d) each."""
    first, second = torch.chunk(vectors, 2)
    return first, second
