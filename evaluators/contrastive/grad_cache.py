"""The gradient of a large batch in the memory of a small one (GradCache, arXiv 2101.06983).

A contrastive loss is no sum over samples, so adding up the gradients of chunks is the gradient of
another loss; `accumulated_backward` does just that, to show by how much. But the loss depends on a
sample through its features alone. So: encode all chunks without a graph and keep the features;
differentiate the loss for the features, a block of rows at a time; encode each chunk again, with a
graph, and send its features' gradient through. Each chunk's random state is kept from the first
time and replayed the second, so that both see the same dropout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from evaluators.contrastive.logits import block_logits, checked
from evaluators.contrastive.losses import Loss

Encode = Callable[[Tensor], Tensor]
"""From (m, ...) inputs to (m, d) features."""


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
        rows: How many rows of similarities exist at once.
        dtype: What the loss is computed in; None takes the features' own.
        two_way: NT-Xent over 2B views; otherwise each first view against the second views.

    Raises:
        ScoreError: As `two_view_logits`.
    """
    batch = checked(first, second, temperature, None)
    leaves = [side.detach().to(dtype or side.dtype).requires_grad_() for side in (first, second)]
    with torch.enable_grad():
        sides = [normalize(leaf, dim=-1) for leaf in leaves]
        every = torch.cat(sides) if two_way else sides[0]
        candidates = every if two_way else sides[1]
    # The graph below the unit vectors is small and stays; the similarities' is freed block by
    # block, and what reaches the unit vectors is added up.
    row_leaf, candidate_leaf = every.detach(), candidates.detach().requires_grad_()
    row_gradient = torch.zeros_like(row_leaf)
    total = torch.zeros((), dtype=row_leaf.dtype, device=row_leaf.device)
    for start, stop in _blocks(batch, rows, sides=2 if two_way else 1):
        mine = row_leaf[start:stop].requires_grad_()
        with torch.enable_grad():
            logits = block_logits(
                mine,
                candidate_leaf,
                partner=(start + batch) % (2 * batch) if two_way else start,
                itself=start if two_way else None,
                temperature=temperature,
            )
            value = loss(logits).sum() / len(row_leaf)
        value.backward()  # type: ignore[no-untyped-call]
        total += value.detach()
        assert mine.grad is not None  # noqa: S101 - the loss depends on every row
        row_gradient[start:stop] = mine.grad
    assert candidate_leaf.grad is not None  # noqa: S101
    if two_way:
        every.backward(row_gradient + candidate_leaf.grad)  # type: ignore[no-untyped-call]
    else:
        torch.autograd.backward([every, candidates], [row_gradient, candidate_leaf.grad])
    made = [leaf.grad for leaf in leaves]
    assert made[0] is not None  # noqa: S101
    assert made[1] is not None  # noqa: S101
    return CachedGradient(total, made[0].to(first.dtype), made[1].to(second.dtype))


def _blocks(batch: int, rows: int, *, sides: int) -> Iterator[tuple[int, int]]:
    """Yield first row and end of each block; none holds views of both sides."""
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
    """Add the gradient of the whole batch to the parameters, chunk by chunk.

    Args:
        encode: The encoder, with the parameters that get the gradient.
        first: The batch's first views in chunks, as `encode` takes them.
        second: Its second views, in the same chunks.
        loss: One of `LOSSES`.
        temperature: τ > 0.
        rows: As in `feature_gradient`.
        dtype: As in `feature_gradient`.
        two_way: As in `feature_gradient`.
        replay: Whether the second pass sees the first one's dropout; without, with dropout, the
            gradient is wrong: only there to show it.

    Returns:
        The loss of the whole batch, detached.

    Raises:
        ScoreError: As `two_view_logits`.
    """
    chunks = [*first, *second]
    states, features = [], []
    with torch.no_grad():
        for chunk in chunks:
            states.append(random_state(chunk.device))
            features.append(encode(chunk))
    half = len(first)
    found = feature_gradient(
        torch.cat(features[:half]),
        torch.cat(features[half:]),
        loss,
        temperature,
        rows=rows,
        dtype=dtype,
        two_way=two_way,
    )
    sizes = [len(part) for part in features]
    gradients = torch.split(torch.cat([found.first, found.second]), sizes)
    del features
    for chunk, state, gradient in zip(chunks, states, gradients, strict=True):
        with _replayed(chunk.device, state if replay else []), torch.enable_grad():
            encode(chunk).backward(gradient)  # type: ignore[no-untyped-call]
    return found.loss


def accumulated_backward(
    encode: Encode,
    first: Sequence[Tensor],
    second: Sequence[Tensor],
    loss: Callable[[Tensor, Tensor], Tensor],
) -> Tensor:
    """Add the mean of the chunks' own gradients: what plain accumulation does, and no more.

    Args:
        encode: The encoder.
        first: First views in chunks of 2 samples or more.
        second: Second views in the same chunks.
        loss: From the features of both views of a chunk to a number.

    Returns:
        The mean of the chunks' losses, detached.
    """
    total = torch.zeros(())
    for one, two in zip(first, second, strict=True):
        value = loss(encode(one), encode(two)) / len(first)
        value.backward()  # type: ignore[no-untyped-call]
        total = total.to(value) + value.detach()
    return total


def surrogate_targets(features: Tensor, wanted: Tensor) -> Tensor:
    """Return (B, d): h̃ such that ∇ Σ_i ⟨h_i, h̃_i⟩ is the gradient of −Σ_ij t_ij log p_ij.

    p is the softmax over j of s_ij = ⟨h_i, h_j⟩ without the diagonal, and t is symmetric with rows
    that sum to 1 (kexue.fm/archives/8471). h̃_i = 2 Σ_j (½ (p_ij + p_ji) − t_ij) h_j.

    Args:
        features: (B, d).
        wanted: (B, B) t.
    """
    with torch.no_grad():
        scores = (features @ features.T).fill_diagonal_(-torch.inf)
        p = scores.softmax(dim=-1)
        return 2 * ((p + p.T) / 2 - wanted) @ features


def random_state(device: torch.device) -> list[Tensor]:
    """Return what decides the dropout of a network on a device."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states


@contextmanager
def _replayed(device: torch.device, states: list[Tensor]) -> Iterator[None]:
    """Run the block with a random state of before; afterwards the generators are as they were."""
    if not states:
        yield
        return
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        set_random_state(device, states)
        yield


def set_random_state(device: torch.device, states: list[Tensor]) -> None:
    """Bring the generators back to a state of `random_state`."""
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
