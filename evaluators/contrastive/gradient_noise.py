"""How much a batch's gradient varies beside its mean, from running sums."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


class GradientNoise:
    """Adds up the gradients of batches, S networks at a time, without keeping them."""

    def __init__(self) -> None:
        self._count = 0
        self._sum: list[Tensor] = []
        self._squares: Tensor | None = None

    def add(self, parameters: Iterable[Tensor]) -> None:
        """Take in the gradients that the parameters, each (S, …), carry now."""
        gradients = [p.grad.flatten(1).double() for p in parameters if p.grad is not None]
        squares = torch.stack([(g * g).sum(dim=1) for g in gradients]).sum(dim=0)
        if self._squares is None:
            self._sum, self._squares = gradients, squares
        else:
            self._sum = [total + g for total, g in zip(self._sum, gradients, strict=True)]
            self._squares = self._squares + squares
        self._count += 1

    def relative(self) -> tuple[float | None, ...]:
        """Return tr(covariance) / |mean|² of each network; None where it cannot be told.

        Both parts are unbiased: |mean of n gradients|² exceeds |mean|² by tr(covariance) / n.
        """
        n = self._count
        if self._squares is None:
            return ()
        if n < 2:
            return (None,) * len(self._squares)
        of_sum = torch.stack([(g * g).sum(dim=1) for g in self._sum]).sum(dim=0)
        variance = (self._squares - of_sum / n) / (n - 1)
        mean = of_sum / n**2 - variance / n
        return tuple(float(v / m) if m > 0 else None for v, m in zip(variance, mean, strict=True))
