"""Protocols of a model with a head, and of a training method, as the training loop uses them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

Batch = Mapping[str, "Tensor"]
"""Tensors of equal first size: what a family's collation makes of examples, on the device."""


class TaskModel(Protocol):
    """An `nn.Module`: encoder and head of one family.

    Everything takes the same `Batch`; `logits` is whatever the head's own `loss` and `decode` read.
    """

    def __call__(self, batch: Batch) -> Tensor:
        """Return logits; with dropout where the module trains, other masks at each call."""

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean loss of a batch, a scalar in float32."""

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return log distributions, shape (rows, classes), which R-Drop compares.

        A row is an example (classification, choice), an end of a span, or a token with a label.
        Positions that cannot be chosen are -inf; padding has no row.

        Raises:
            MethodError: The head has no distribution (the pointers of an entity head).
        """

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return one answer for each row, in the family's terms (see `Predictions`)."""

    def named_parameters(self) -> Iterator[tuple[str, torch.nn.Parameter]]:
        """As of a module."""

    def train(self, mode: bool = True) -> Any:
        """As of a module."""

    def eval(self) -> Any:
        """As of a module."""


class Method(Protocol):
    """A way of training, independent of the task; one file each in `evaluators/trainer/methods`.

    The loop calls `prepare` once before the first step, then for each batch `loss`, backward,
    `edit_gradients` (once per optimiser step, after accumulation and before clipping), the
    optimiser's step and `edit_update`. Its state travels with the checkpoint of an epoch, so that
    a resumed run continues as if it had never stopped.
    """

    def prepare(self, model: TaskModel, batches: Iterable[Batch]) -> None:
        """Prepare on the training set before the first step."""

    def loss(self, model: TaskModel, batch: Batch) -> Tensor:
        """Return the loss of a batch; may call the model several times."""

    def edit_gradients(self, model: TaskModel, generator: torch.Generator) -> None:
        """Change the gradients in place, drawing from the run's own generator."""

    def edit_update(self, model: TaskModel, generator: torch.Generator) -> None:
        """Change the parameters that the optimiser has just stepped, in place."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return what `load_state_dict` needs: tensors only, as safetensors stores nothing else."""

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Restore the state of an interrupted run."""
