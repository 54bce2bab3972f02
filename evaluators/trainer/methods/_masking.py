"""Masks over gradients and updates, drawn from a generator that the caller passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.errors import MethodError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from evaluators.trainer.training.model import TaskModel


def validate_share(method: str, p: float) -> None:
    """Validate the share of gradients or updates that is kept.

    Raises:
        MethodError: `p` is not above 0 and at most 1.
    """
    if not 0 < p <= 1:
        raise MethodError(f"{method}: p, the share that is kept, must be in (0, 1], got {p}")


def drop(values: Tensor, p: float, generator: torch.Generator) -> None:
    """Keep each element with probability `p`, divided by `p`, in place; the rest become 0.

    With p = 1 nothing is drawn and nothing changes.
    """
    import torch

    if p == 1:
        return
    mask = torch.empty(values.shape, dtype=values.dtype, device=generator.device)
    mask.bernoulli_(p, generator=generator)
    values.mul_(mask.to(values.device)).div_(p)


class Updates:
    """Parameters as they were before the optimiser's step, so that the step can be edited."""

    def __init__(self) -> None:
        self._before: dict[str, Tensor] = {}

    def remember(self, model: TaskModel) -> None:
        """Copy all parameters with a gradient; the copies' memory is reused at the next step."""
        for name, parameter in model.named_parameters():
            if parameter.grad is None:
                continue
            if name in self._before:
                self._before[name].copy_(parameter.detach())
            else:
                self._before[name] = parameter.detach().clone()

    def each(self, model: TaskModel) -> list[tuple[Tensor, Tensor]]:
        """Return (parameter after the step, parameter before it), without gradients."""
        return [
            (parameter.detach(), self._before[name])
            for name, parameter in model.named_parameters()
            if name in self._before
        ]
