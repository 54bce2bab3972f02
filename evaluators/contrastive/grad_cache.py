"""Compute the gradient of a large batch in the memory of a small one (GradCache, 2101.06983).

A contrastive loss is not a sum over samples, so the sum of the chunks' gradients is the gradient of
another loss; `accumulated_backward` computes it for comparison. But the loss depends on a sample
only through its features. So: encode all chunks without a graph and keep the features;
differentiate the loss for the features, a block of rows at a time; encode each chunk again, with a
graph, and send its features' gradient through. Each chunk's random state is kept from the first
time and replayed the second, so that both see the same dropout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.nn.functional import normalize

from evaluators.contrastive.logits import block_logits, checked
from evaluators.contrastive.losses import Loss

Chunk = TypeVar("Chunk")
Encode = Callable[[Tensor], Tensor]
"""Function from (m, ...) inputs to (m, d) features."""


class CachedGradient(NamedTuple):
    """The loss of a batch and its gradient for the features.

    Attributes:
        loss: Mean over rows.
        first: (B, d).
        second: (B, d).
    """

    loss: Tensor
    first: Tensor
    second: Tensor


def feature_gradient(
    first: Tensor,
    second: Tensor,
    loss: Loss,
    temperature: float,
    *,
    rows: int = 256,
    dtype: torch.dtype | None = None,
    two_way: bool = True,
) -> CachedGradient:
    """Differentiate a contrastive loss for features, with `rows` × 2B similarities at a time.

    Args:
        first: (B, d) features of the first views.
        second: (B, d) features of the second views.
        loss: One of `LOSSES`.
        temperature: τ > 0.
        rows: Number of rows of similarities in memory at once.
        dtype: Floating-point type of the loss; None takes that of the features.
        two_way: NT-Xent over 2B views; otherwise each first view against the second views.

    Raises:
        ScoreError: As in `two_view_logits`.
    """
    batch = checked(first, second, temperature, None)
    leaves = [side.detach().to(dtype or side.dtype).requires_grad_() for side in (first, second)]
    with torch.enable_grad():
        sides = [normalize(leaf, dim=-1) for leaf in leaves]
        views = torch.cat(sides) if two_way else sides[0]
        candidates = views if two_way else sides[1]
    # The graph below the unit vectors is small and stays; the similarities' is freed block by
    # block, and what reaches the unit vectors is added up.
    row_leaf, candidate_leaf = views.detach(), candidates.detach().requires_grad_()
    row_gradient = torch.zeros_like(row_leaf)
    total = torch.zeros((), dtype=row_leaf.dtype, device=row_leaf.device)
    for start, stop in _blocks(batch, rows, sides=2 if two_way else 1):
        block = row_leaf[start:stop].requires_grad_()
        with torch.enable_grad():
            logits = block_logits(
                block,
                candidate_leaf,
                partner=(start + batch) % (2 * batch) if two_way else start,
                itself=start if two_way else None,
                temperature=temperature,
            )
            value = loss(logits).sum() / len(row_leaf)
        value.backward()  # type: ignore[no-untyped-call]
        total += value.detach()
        assert block.grad is not None  # noqa: S101 - the loss depends on every row
        row_gradient[start:stop] = block.grad
    assert candidate_leaf.grad is not None  # noqa: S101
    if two_way:
        views.backward(row_gradient + candidate_leaf.grad)  # type: ignore[no-untyped-call]
    else:
        torch.autograd.backward([views, candidates], [row_gradient, candidate_leaf.grad])
    gradients = [leaf.grad for leaf in leaves]
    assert gradients[0] is not None  # noqa: S101
    assert gradients[1] is not None  # noqa: S101
    return CachedGradient(total, gradients[0].to(first.dtype), gradients[1].to(second.dtype))


def _blocks(batch: int, rows: int, *, sides: int) -> Iterator[tuple[int, int]]:
    """Yield first row and end of each block; no block holds views of both sides."""
    for side in range(sides):
        for start in range(0, batch, rows):
            yield side * batch + start, side * batch + min(start + rows, batch)


def cached_backward(
    encode: Encode,
    first: Sequence[Tensor],
    second: Sequence[Tensor],
    loss: Loss,
    temperature: float,
    *,
    rows: int = 256,
    dtype: torch.dtype | None = None,
    two_way: bool = True,
    replay: bool = True,
) -> Tensor:
    """Add the gradient of the whole batch to the parameters' gradients, chunk by chunk.

    Args:
        encode: The encoder, with the parameters that get the gradient.
        first: The batch's first views in chunks, as `encode` takes them.
        second: Its second views, in the same chunks.
        loss: One of `LOSSES`.
        temperature: τ > 0.
        rows: As in `feature_gradient`.
        dtype: As in `feature_gradient`.
        two_way: As in `feature_gradient`.
        replay: Whether the second pass has the first one's dropout; False gives a wrong gradient
            with dropout, for comparison.

    Returns:
        The loss of the whole batch, detached.

    Raises:
        ScoreError: As in `two_view_logits`.
    """

    def gradient(features: Tensor) -> tuple[Tensor, Tensor]:
        one, other = torch.split(features, [sum(map(len, first)), sum(map(len, second))])
        found = feature_gradient(
            one, other, loss, temperature, rows=rows, dtype=dtype, two_way=two_way
        )
        return found.loss, torch.cat([found.first, found.second])

    return replayed_backward(encode, [*first, *second], gradient, first[0].device, replay=replay)


def replayed_backward(
    encode: Callable[[Chunk], Tensor],
    chunks: Sequence[Chunk],
    gradient: Callable[[Tensor], tuple[Tensor, Tensor]],
    device: torch.device,
    *,
    replay: bool = True,
) -> Tensor:
    """Add the gradient of any loss of the features of a batch, chunk by chunk.

    Args:
        encode: Function from a chunk to its features, (m, d), with the parameters that get the
            gradient.
        chunks: The batch in chunks.
        gradient: Function from all features, (B, d), to the loss and its gradient for them.
        device: Device whose random state decides dropout.
        replay: As in `cached_backward`.

    Returns:
        The loss, detached.
    """
    states, features = [], []
    with torch.no_grad():
        for chunk in chunks:
            states.append(random_state(device))
            features.append(encode(chunk))
    sizes = [len(part) for part in features]
    loss, whole = gradient(torch.cat(features))
    del features
    gradients = torch.split(whole, sizes)
    for chunk, state, part in zip(chunks, states, gradients, strict=True):
        with _replayed(device, state if replay else []), torch.enable_grad():
            encode(chunk).backward(part)  # type: ignore[no-untyped-call]
    return loss


def accumulated_backward(
    encode: Encode,
    first: Sequence[Tensor],
    second: Sequence[Tensor],
    loss: Callable[[Tensor, Tensor], Tensor],
) -> Tensor:
    """Add the mean of the chunks' own gradients, as plain accumulation does.

    Args:
        encode: The encoder.
        first: First views in chunks of 2 samples or more.
        second: Second views in the same chunks.
        loss: Function of the features of both views of a chunk.

    Returns:
        The mean of the chunks' losses, detached.
    """
    total = torch.zeros(())
    for first_chunk, second_chunk in zip(first, second, strict=True):
        value = loss(encode(first_chunk), encode(second_chunk)) / len(first)
        value.backward()  # type: ignore[no-untyped-call]
        total = total.to(value) + value.detach()
    return total


def surrogate_targets(features: Tensor, targets: Tensor) -> Tensor:
    """Return h̃, (B, d), such that ∇ Σ_i ⟨h_i, h̃_i⟩ is the gradient of −Σ_ij t_ij log p_ij.

    p is the softmax over j of s_ij = ⟨h_i, h_j⟩ without the diagonal, and t is symmetric with rows
    that sum to 1 (kexue.fm/archives/8471). h̃_i = 2 Σ_j (½ (p_ij + p_ji) − t_ij) h_j.

    Args:
        features: (B, d).
        targets: (B, B) t.
    """
    with torch.no_grad():
        scores = (features @ features.T).fill_diagonal_(-torch.inf)
        p = scores.softmax(dim=-1)
        return 2 * ((p + p.T) / 2 - targets) @ features


def random_state(device: torch.device) -> list[Tensor]:
    """Return the generators' states, which decide dropout on a device."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states


@contextmanager
def _replayed(device: torch.device, states: list[Tensor]) -> Iterator[None]:
    """Run the block with an earlier random state, and restore the generators afterwards."""
    if not states:
        yield
        return
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        set_random_state(device, states)
        yield


def set_random_state(device: torch.device, states: list[Tensor]) -> None:
    """Set the generators to a state returned by `random_state`."""
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
