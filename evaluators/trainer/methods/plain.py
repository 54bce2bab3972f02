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
    """It has none."""


class Plain:
    """Does nothing special; other methods inherit what they leave as it is."""

    def prepare(self, model: TaskModel, batches: Iterable[Batch]) -> None:
        """Look at nothing."""

    def loss(self, model: TaskModel, batch: Batch) -> Tensor:
        """Return the head's own loss."""
        return model.loss(model(batch), batch)

    def edit_gradients(self, model: TaskModel, generator: torch.Generator) -> None:
        """Leave them."""

    def edit_update(self, model: TaskModel, generator: torch.Generator) -> None:
        """Leave it."""

    def state_dict(self) -> dict[str, Tensor]:
        """There is none."""
        return {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """There is none."""


def make(options: Options) -> Plain:
    """Return the method."""
    return Plain()
