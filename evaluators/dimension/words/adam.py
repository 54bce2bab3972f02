"""Adam on gradients that are handed in, without a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class Adam:
    """Adam (arXiv 1412.6980) with the second moment over about 100 steps.

    Full-batch gradients have no noise to average away, so a short memory follows the curvature.
    """

    def __init__(self, parameters: Sequence[Tensor], rate: float) -> None:
        import torch

        self._parameters = list(parameters)
        self._rate = rate
        self._first = [torch.zeros_like(p) for p in self._parameters]
        self._second = [torch.zeros_like(p) for p in self._parameters]
        self._steps = 0

    def step(self, gradients: Sequence[Tensor]) -> None:
        """Move the parameters, in place."""
        self._steps += 1
        of_first, of_second = 1 - 0.9**self._steps, 1 - 0.99**self._steps
        for parameter, gradient, first, second in zip(
            self._parameters, gradients, self._first, self._second, strict=True
        ):
            first.mul_(0.9).add_(gradient, alpha=0.1)
            second.mul_(0.99).addcmul_(gradient, gradient, value=0.01)
            scale = (second / of_second).sqrt_().add_(1e-12)
            parameter.addcdiv_(first / of_first, scale, value=-self._rate)
