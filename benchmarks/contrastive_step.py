"""One step of a large contrastive batch in a process of its own, so that its peak memory is seen.

python -m benchmarks.contrastive_step SIDE BATCH CHUNK
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from evaluators.contrastive.grad_cache import (
    accumulated_backward,
    cached_backward,
    feature_gradient,
)
from evaluators.contrastive.logits import one_way_logits
from evaluators.contrastive.losses import LOSSES

PIXELS, HIDDEN, FEATURES, TEMPERATURE = 256, 4096, 128, 0.05
INFONCE = LOSSES["infonce"]
Step = Callable[[nn.Module, Tensor, Tensor, int], object]


def whole_loss(first: Tensor, second: Tensor) -> Tensor:
    """SimCSE's loss: each first view against all second views."""
    return INFONCE(one_way_logits(first, second, TEMPERATURE)).mean()


def plain(network: nn.Module, first: Tensor, second: Tensor, chunk: int) -> None:
    """Each chunk as a batch of its own: the plain step, time and again."""
    accumulated_backward(network, first.split(chunk), second.split(chunk), whole_loss)


def cached(network: nn.Module, first: Tensor, second: Tensor, chunk: int) -> None:
    """Ours."""
    sides = first.split(chunk), second.split(chunk)
    cached_backward(network, *sides, INFONCE, TEMPERATURE, rows=chunk, two_way=False)


def block(network: nn.Module, first: Tensor, second: Tensor, chunk: int) -> None:
    """What the similarities alone need, a block of rows at a time."""
    features = torch.randn(2, len(first), FEATURES)
    feature_gradient(*features, INFONCE, TEMPERATURE, rows=chunk, two_way=False)


def grad_cache(network: nn.Module, first: Tensor, second: Tensor, chunk: int) -> None:
    """The package GradCache by its public API."""
    wrapper = grad_cache_class()([network, network], chunk, whole_loss)
    wrapper(first, second)


def reference(network: nn.Module, first: Tensor, second: Tensor, chunk: int) -> None:
    """The same written down straightforwardly, with the whole matrix of similarities."""
    with torch.no_grad():
        made = [torch.cat([network(part) for part in x.split(chunk)]) for x in (first, second)]
    leaves = [features.requires_grad_() for features in made]
    whole_loss(*leaves).backward()
    for side, leaf in zip((first, second), leaves, strict=True):
        assert leaf.grad is not None
        for part, gradient in zip(side.split(chunk), leaf.grad.split(chunk), strict=True):
            network(part).backward(gradient)


SIDES: dict[str, Step] = {
    step.__name__: step for step in (plain, cached, block, grad_cache, reference)
}


def grad_cache_class() -> type:
    """Import GradCache's class; its wheel calls the package `gradcache`, its code `grad_cache`.

    Raises:
        ImportError: It is not installed.
    """
    found = importlib.util.find_spec("gradcache")
    if found is None or found.submodule_search_locations is None:
        raise ImportError("GradCache is not installed: pip install GradCache")
    if "grad_cache" not in sys.modules:
        package = types.ModuleType("grad_cache")
        package.__path__ = list(found.submodule_search_locations)
        sys.modules["grad_cache"] = package
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("grad_cache.grad_cache").GradCache


def encoder() -> nn.Sequential:
    """A network of 18 million weights."""
    torch.manual_seed(0)
    layers = (nn.Linear(PIXELS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU())
    return nn.Sequential(*layers, nn.Linear(HIDDEN, FEATURES))


def views(batch: int) -> tuple[Tensor, Tensor]:
    """Two random views of random images."""
    base = torch.randn(batch, PIXELS)
    return base, base + 0.3 * torch.randn(batch, PIXELS)


def main() -> None:
    side, batch, chunk = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    network, (first, second) = encoder(), views(batch)
    warm = 4 * chunk
    SIDES[side](network, first[:warm], second[:warm], chunk)  # gradients and libraries are there
    before = _peak(reset=True)
    started = time.perf_counter()
    SIDES[side](network, first, second, chunk)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "bytes": _peak() - before}))


def _peak(*, reset: bool = False) -> int:
    """Return the peak of resident memory in bytes; with `reset`, from now on."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
