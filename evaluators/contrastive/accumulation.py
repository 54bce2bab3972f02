"""How far the gradient of a large batch is from what is put together chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd import backward
from torch.nn.functional import cosine_similarity, log_softmax

from evaluators.contrastive.grad_cache import (
    accumulated_backward,
    cached_backward,
    random_state,
    set_random_state,
    surrogate_targets,
)
from evaluators.contrastive.logits import two_view_logits
from evaluators.contrastive.losses import LOSSES, relative_error
from evaluators.contrastive.one_thread import one_thread
from evaluators.errors import ScoreError

PIXELS, HIDDEN, FEATURES, NOISE, DROPOUT = 64, 128, 32, 0.3, 0.1
LOSS = LOSSES["infonce"]


class Difference(NamedTuple):
    """Of one way of putting the gradient together.

    Attributes:
        way: `plain`, `cached`, `cached, dropout`, `cached, dropout not replayed`, `surrogate`.
        relative_error: |gradient − whole| / |whole| over all parameters.
        cosine: Between the two.
    """

    way: str
    relative_error: float
    cosine: float


def differences(
    batch: int,
    chunk: int,
    *,
    temperature: float = 0.1,
    seed: int = 0,
    device: torch.device | None = None,
) -> tuple[Difference, ...]:
    """Compare each way with the whole batch, on a small network and random images.

    With dropout the reference is the same chunked forward with every chunk's graph kept: a forward
    over the whole batch draws other masks. The surrogate is measured in float64, the others in
    float32.

    Args:
        batch: Samples of the whole batch.
        chunk: Samples of a chunk.
        temperature: τ.
        seed: Of network, images and dropout.
        device: Where the gradients are computed; the CPU where None.

    Raises:
        ScoreError: Chunks that do not divide the batch, or that have no negatives.
    """
    if not 2 <= chunk < batch or batch % chunk:
        raise ScoreError(f"chunks of {chunk} do not divide a batch of {batch} into two or more")
    where = device or torch.device("cpu")
    forked = torch.random.fork_rng([where] if where.type == "cuda" else [])
    with one_thread(), forked, torch.enable_grad():
        torch.manual_seed(seed)
        return tuple(_measure(batch // chunk, batch, temperature, where))


def _measure(
    chunks: int, batch: int, temperature: float, device: torch.device
) -> Iterator[Difference]:
    sides = [torch.rand(batch, PIXELS)] * 2
    # Images and first weights are drawn on the CPU, so that every device has the same.
    sides = [(side + NOISE * torch.randn(side.shape)).to(device) for side in sides]
    first, second = (side.chunk(chunks) for side in sides)
    layers = (nn.Linear(PIXELS, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT))
    network = nn.Sequential(*layers, nn.Linear(HIDDEN, FEATURES)).to(device)

    def whole(one: Tensor, two: Tensor) -> Tensor:
        return LOSS(two_view_logits(one, two, temperature)).mean()

    network.eval()
    exact = _gradient(network, lambda: backward([whole(network(sides[0]), network(sides[1]))]))
    plain = _gradient(network, lambda: accumulated_backward(network, first, second, whole))
    yield _difference("plain", plain, exact)
    cached = _gradient(network, lambda: cached_backward(network, first, second, LOSS, temperature))
    yield _difference("cached", cached, exact)

    network.train()
    state = random_state(device)

    def kept_graphs() -> None:
        made = [network(part) for part in (*first, *second)]
        backward([whole(torch.cat(made[:chunks]), torch.cat(made[chunks:]))])

    exact = _gradient(network, kept_graphs)
    set_random_state(device, state)
    cached = _gradient(network, lambda: cached_backward(network, first, second, LOSS, temperature))
    yield _difference("cached, dropout", cached, exact)
    set_random_state(device, state)
    fresh = _gradient(
        network,
        lambda: cached_backward(network, first, second, LOSS, temperature, replay=False),
    )
    yield _difference("cached, dropout not replayed", fresh, exact)

    network.eval()
    yield _surrogate(network.double(), torch.cat(sides).double(), batch)


def _surrogate(network: nn.Module, views: Tensor, batch: int) -> Difference:
    """Article 8471's own way, for its own loss: plain inner products, labels that sum to 1."""
    wanted = torch.eye(2 * batch, dtype=views.dtype, device=views.device).roll(batch, dims=0)
    diagonal = torch.eye(2 * batch, dtype=torch.bool, device=views.device)

    def whole() -> None:
        features = network(views)
        scores = (features @ features.T).masked_fill(diagonal, -1e9)
        backward([-(wanted * log_softmax(scores, dim=-1)).sum()])

    def surrogate() -> None:
        with torch.no_grad():
            targets = surrogate_targets(network(views), wanted)
        for part, target in zip(views.chunk(8), targets.chunk(8), strict=True):
            backward([(network(part) * target).sum()])

    return _difference("surrogate", _gradient(network, surrogate), _gradient(network, whole))


def _gradient(network: nn.Module, way: Callable[[], object]) -> Tensor:
    network.zero_grad(set_to_none=True)
    way()
    return _flat([p.grad for p in network.parameters() if p.grad is not None])


def _flat(parts: Sequence[Tensor]) -> Tensor:
    return torch.cat([part.flatten() for part in parts])


def _difference(way: str, got: Tensor, exact: Tensor) -> Difference:
    cosine = float(cosine_similarity(got.double(), exact.double(), dim=0))
    return Difference(way, relative_error(got, exact), cosine)
