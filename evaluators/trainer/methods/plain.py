"""The mean loss of the head, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from evaluators.trainer.training.model import Batch, TaskModel


@dataclass(frozen=True)
class Options:
    """Options of the method plain: none."""


class Plain:
    """Plain training; other methods override only what they change."""

    def prepare(self, model: TaskModel, batches: Iterable[Batch]) -> None:
        """Do nothing: no data is needed before training."""

    def loss(self, model: TaskModel, batch: Batch) -> Tensor:
        """Return the head's own loss."""
        return model.loss(model(batch), batch)

    def edit_gradients(self, model: TaskModel, generator: torch.Generator) -> None:
        """Leave the gradients unchanged."""

    def edit_update(self, model: TaskModel, generator: torch.Generator) -> None:
        """Leave the update unchanged."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return no tensors: there is no state to keep."""
        return {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Restore nothing: there is no state to keep."""


def make(options: Options) -> Plain:
    """Return the method."""
    return Plain()
