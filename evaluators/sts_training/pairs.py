"""Objectives of labelled pairs, and of a teacher's similarities."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from evaluators.contrastive.pair_losses import (
    COSINE_LOSSES,
    cosines_of,
    features,
    masked_classes,
    similarity_distillation,
)
from evaluators.sts_training.objective import Batch, Objective, halves


class OfCosines(Objective):
    """A loss of the batch's cosines and grades.

    Args:
        loss: A key of `COSINE_LOSSES`.
        **settings: Further arguments of that loss.
    """

    def __init__(self, loss: str, **settings: Any) -> None:
        super().__init__()
        self._name, self._settings = loss, settings

    def loss(self, vectors: Tensor, batch: Batch) -> Tensor:
        """Return the loss of the batch."""
        loss: Any = COSINE_LOSSES[self._name]
        value: Tensor = loss(cosines_of(*halves(vectors)), batch.labels, **self._settings)
        return value


class Classes(Objective):
    """Cross-entropy of W[u; v; |u − v|], over the classes of each pair's own task.

    Args:
        width: Width of a vector.
        classes: Number of classes, of all tasks together.
    """

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.classes = nn.Linear(3 * width, classes, bias=False)

    def loss(self, vectors: Tensor, batch: Batch) -> Tensor:
        """Return the mean cross-entropy."""
        assert batch.labels is not None  # noqa: S101 - batches of pairs have labels
        logits = self.classes(features(*halves(vectors)))
        if batch.allowed is None:
            return cross_entropy(logits, batch.labels)
        return masked_classes(logits, batch.labels, batch.allowed)


class Distillation(Objective):
    """The squared difference of a student's and its teacher's cosines.

    Args:
        scale: λ.
        layers: Number of layers of the student.
    """

    wants_teacher = True

    def __init__(self, scale: float, layers: int) -> None:
        super().__init__()
        self._scale, self.layers = scale, layers

    def loss(self, vectors: Tensor, batch: Batch) -> Tensor:
        """Return the loss over all pairs of sentences of the batch."""
        assert self.teacher is not None  # noqa: S101 - set before the first step
        return similarity_distillation(vectors, self.teacher[batch.rows], self._scale)
