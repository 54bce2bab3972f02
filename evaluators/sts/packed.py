"""Faster linear layers on x86 with AVX-512: oneDNN's float32 kernels, weights laid out for them.

torch hands `nn.Linear` to MKL, which leaves half of an AMD processor's 512-bit vectors unused
(205 against 475 GFLOP/s on two Zen 5 cores). oneDNN takes the widest vectors of either maker. With
vectors of 256 bits MKL uses all of them and is the faster of the two (80 to 87 against 72 to 77
GFLOP/s on a Zen 3 core), so nothing is replaced there. The operator is the one torch's own
compiler calls; where it is missing, or gives other numbers, nothing is replaced.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

TOLERANCE = 1e-5
"""Largest accepted change of a pooled vector's number, relative to the largest number."""


class PackedLinear(nn.Module):
    """A linear layer whose weight is in oneDNN's own layout.

    `weight` stays readable for models that ask for its dtype, but only the operator can use it.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())
        self.bias = linear.bias

    def forward(self, inputs: Tensor) -> Tensor:
        """Return inputs @ weight.T + bias."""
        output: Tensor = torch.ops.mkldnn._linear_pointwise(
            inputs, self.weight, self.bias, "none", [], ""
        )
        return output


Replaced = list[tuple[nn.Module, str, nn.Linear]]


def pack_linear(model: nn.Module, probe: Callable[[], list[Tensor]]) -> bool:
    """Replace a model's linear layers, unless that changes what it computes.

    Args:
        model: In evaluation mode; changed in place.
        probe: Runs the model on a few inputs and returns its outputs.

    Returns:
        Whether the layers were replaced.
    """
    if not _can_pack(model):
        return False
    before = probe()
    replaced: Replaced = []
    try:
        for parent in list(model.modules()):
            for name, child in list(parent.named_children()):
                if type(child) is nn.Linear:
                    replaced.append((parent, name, child))
                    setattr(parent, name, PackedLinear(child))
        same = all(_near(a, b) for a, b in zip(before, probe(), strict=True))
    except (RuntimeError, AttributeError, TypeError, NotImplementedError):
        same = False  # a model that uses a weight in its own way, or a torch without the operator
    if not same:
        for parent, name, child in replaced:
            setattr(parent, name, child)
    return same and bool(replaced)


def _can_pack(model: nn.Module) -> bool:
    parameter = next(model.parameters(), None)
    return (
        parameter is not None
        and parameter.device.type == "cpu"
        and parameter.dtype == torch.float32
        and platform.machine().lower() in ("x86_64", "amd64")
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(_operators(), "_linear_pointwise")
        and hasattr(_operators(), "_reorder_linear_weight")
        and vectors_are_wide()
    )


def vectors_are_wide() -> bool:
    """Return whether the processor computes with vectors of 512 bits."""
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")


def _operators() -> Any:
    return torch.ops.mkldnn


def _near(before: Tensor, after: Tensor) -> bool:
    largest = float(before.abs().max())
    return bool(torch.isfinite(after).all()) and bool(
        (before - after).abs().max() <= TOLERANCE * largest
    )
