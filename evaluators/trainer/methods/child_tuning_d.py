"""Training of the parameters that matter: Child-Tuning by the task (arXiv 2109.05687, section 2.3).

The Fisher information of parameter i is Fᵢ = mean over the training set's batches of (∂loss/∂θᵢ)²,
before the first step. The share p with the largest Fᵢ is trained, the rest keeps its value: g ←
g ∘ M with one fixed M, not divided by p. As in the authors' code only the encoder's layers are
masked, and batches stand for examples; their clipping of each tensor's gradient is left out, as
the article's formula has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from evaluators.errors import MethodError
from evaluators.trainer.methods._masking import validate_share
from evaluators.trainer.methods.plain import Plain

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from evaluators.trainer.training.model import Batch, TaskModel


@dataclass(frozen=True)
class Options:
    """Options of the method child-tuning-d.

    Attributes:
        p: Share of the masked parameters that is trained.
        among: Part of the names of parameters that are masked; empty for all of them.
    """

    p: float = 0.3
    among: str = "layer"

    def __post_init__(self) -> None:
        validate_share("child-tuning-d", self.p)


class ChildTuningD(Plain):
    """Train only the parameters with the largest Fisher information."""

    def __init__(self, p: float, among: str) -> None:
        self.p = p
        self.among = among
        self._masks: dict[str, Tensor] = {}

    def prepare(self, model: TaskModel, batches: Iterable[Batch]) -> None:
        """Fix the mask by the Fisher information, measured with dropout as in training."""
        masked = {
            name: parameter
            for name, parameter in model.named_parameters()
            if parameter.requires_grad and self.among in name
        }
        if not masked:
            known = ", ".join(sorted(name for name, _ in model.named_parameters())[:5])
            raise MethodError(
                f"child-tuning-d: no parameter has {self.among!r} in its name ({known} …): set"
                " `among` to a part of the names to be masked, or to '' for all"
            )
        self._masks = largest(fisher(self, model, masked, batches), self.p)

    def edit_gradients(self, model: TaskModel, generator: torch.Generator) -> None:
        """Set the gradients of all masked parameters that were not chosen to 0."""
        for name, parameter in model.named_parameters():
            if name in self._masks and parameter.grad is not None:
                parameter.grad.mul_(self._masks[name].to(parameter.grad.device))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the mask, so that a resumed run does not choose another one."""
        return dict(self._masks)

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Restore the mask of a run that is resumed."""
        self._masks = dict(state)


def fisher(
    method: ChildTuningD,
    model: TaskModel,
    parameters: Mapping[str, torch.nn.Parameter],
    batches: Iterable[Batch],
) -> dict[str, Tensor]:
    """Return the mean over batches of each parameter's squared gradient.

    Raises:
        MethodError: There is no batch, or a gradient is not finite.
    """
    import torch

    information = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
    model.train()
    count = 0
    for batch in batches:
        count += 1
        loss = method.loss(model, batch)
        gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
        for squares, gradient in zip(information.values(), gradients, strict=True):
            if gradient is not None:
                squares.add_(gradient.detach().square())
    if not count:
        raise MethodError(
            "child-tuning-d: at least one training batch is needed to choose parameters"
        )
    for name, squares in information.items():
        squares.div_(count)
        if not bool(squares.isfinite().all()):
            raise MethodError(
                f"child-tuning-d: the gradient of {name} is not finite on the training set: train"
                " in float32, or look for a faulty example"
            )
    return information


def largest(values: Mapping[str, Tensor], p: float) -> dict[str, Tensor]:
    """Return masks that are true for the largest share `p` of all elements, at least one.

    Of equal elements at the edge the first ones are taken, so that the count is exact.
    """
    import torch

    flat = torch.cat([tensor.flatten() for tensor in values.values()])
    count = max(1, round(p * flat.numel()))
    edge = flat.kthvalue(flat.numel() - count + 1).values
    mask = flat > edge
    ties = flat == edge
    mask |= ties & (ties.cumsum(0) <= count - mask.sum())
    ends = accumulate(tensor.numel() for tensor in values.values())
    return {
        name: mask[end - tensor.numel() : end].view(tensor.shape).clone()
        for (name, tensor), end in zip(values.items(), ends, strict=True)
    }


def make(options: Options) -> ChildTuningD:
    """Return the method."""
    return ChildTuningD(options.p, options.among)
