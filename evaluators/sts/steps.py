"""The steps of a recipe of sentence vectors: each reads one feature and writes one.

They compute what the modules of sentence-transformers 6 do, in float32 or wider.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

TOKENS = "token_embeddings"
SENTENCE = "sentence_embedding"


class States(NamedTuple):
    """States of m sentences of L tokens after one forward pass, in the encoder's dtype.

    Layers that no pooling needs are None. `mask` is None where no sentence is padded; padding is on
    the right.
    """

    last: Tensor  # (m, L, d)
    first: Tensor | None  # (m, L, d)
    before_last: Tensor | None  # (m, L, d)
    pooled: Tensor | None  # (m, d)
    mask: Tensor | None  # (m, L), 1 for a token and 0 for padding
    layers: tuple[Tensor, ...] | None = None  # embeddings and every layer, each (m, L, d)


@dataclass(frozen=True)
class Pool:
    """Pools token vectors, (m, L, d), to sentence vectors, (m, d for each mode).

    Attributes:
        modes: Names in `MODES`, concatenated in this order.
        include_prompt: Whether the prompt's tokens are pooled too.
    """

    modes: tuple[str, ...]
    include_prompt: bool = True

    def __call__(self, tokens: Tensor, mask: Tensor | None, prompt_length: int) -> Tensor:
        """Return the pooled vectors."""
        skip = 0 if self.include_prompt else prompt_length
        return torch.cat([MODES[mode](tokens, mask, skip) for mode in self.modes], dim=-1)


class WeightLayers(nn.Module):
    """Replaces token vectors by a weighted mean over layers."""

    def __init__(self, weights: Tensor, start: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights, requires_grad=False)
        self.start = start

    def forward(self, layers: tuple[Tensor, ...]) -> Tensor:
        """Return the mean of the layers from `start` on, (m, L, d)."""
        weighted = (
            w * wide(layer) for w, layer in zip(self.weights, layers[self.start :], strict=True)
        )
        return torch.stack(tuple(weighted)).sum(0) / self.weights.sum()


class Residual(nn.Module):
    """Adds a layer's input to its output, by a matrix where the widths differ."""

    def __init__(self, layer: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.layer, self.shortcut = layer, shortcut

    def forward(self, vectors: Tensor) -> Tensor:
        """Return layer(vectors) + shortcut(vectors)."""
        output: Tensor = self.layer(vectors) + self.shortcut(vectors)
        return output


class Normalize(nn.Module):
    """Scale every row to length 1."""

    def forward(self, vectors: Tensor) -> Tensor:
        """Return `vectors` with rows of length 1; a zero row stays zero."""
        return nn.functional.normalize(vectors, dim=-1)


class Step(NamedTuple):
    """One module of a recipe: what it computes, from which feature, and to which."""

    kind: str
    compute: Pool | WeightLayers | nn.Module
    reads: str
    writes: str


def wide(vectors: Tensor) -> Tensor:
    """Convert half precision to float32, in which it is summed and compared."""
    return vectors if vectors.dtype == torch.float64 else vectors.float()


def _pooled_mask(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor | None:
    """Return the mask of the pooled tokens, or None if all are pooled."""
    if skip == 0:
        return mask
    pooled = torch.ones(tokens.shape[:2], device=tokens.device) if mask is None else mask.clone()
    pooled[:, :skip] = 0
    return pooled


def _sum(tokens: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | float]:
    """Return the sum over unmasked tokens and their number."""
    tokens = wide(tokens)
    if mask is None:
        return tokens.sum(1), float(tokens.shape[1])
    weights = mask.to(tokens.dtype).unsqueeze(1)  # (m, 1, L)
    return torch.bmm(weights, tokens).squeeze(1), weights.sum(2).clamp(min=1e-9)


def mean(tokens: Tensor, mask: Tensor | None, skip: int = 0) -> Tensor:
    """Return the mean over unmasked tokens from `skip` on, (m, d)."""
    total, count = _sum(tokens, _pooled_mask(tokens, mask, skip))
    return total / count


def _mean_sqrt(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    total, count = _sum(tokens, _pooled_mask(tokens, mask, skip))
    return total / count**0.5


def _max(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    pooled = _pooled_mask(tokens, mask, skip)
    tokens = wide(tokens)
    if pooled is not None:
        tokens = tokens.masked_fill(pooled.unsqueeze(-1) == 0, -torch.inf)
    return tokens.amax(1)


def _cls(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    return wide(tokens[:, skip])


def last_token(tokens: Tensor, mask: Tensor | None, skip: int = 0) -> Tensor:
    """Return the vector of the last token that is not padding, (m, d)."""
    if mask is None:
        return wide(tokens[:, -1])
    ends = mask.sum(1).long() - 1
    return wide(tokens[torch.arange(len(tokens), device=tokens.device), ends])


def weighted_mean(tokens: Tensor, mask: Tensor | None, skip: int = 0) -> Tensor:
    """Return the mean weighted by position: token i has weight i, from 1; (m, d)."""
    pooled = _pooled_mask(tokens, mask, skip)
    position = torch.arange(1, tokens.shape[1] + 1, device=tokens.device, dtype=torch.float32)
    weights = position.expand(tokens.shape[:2])
    total, weight = _sum(tokens, weights if pooled is None else weights * pooled)
    return total / weight


MODES = {
    "cls": _cls,
    "max": _max,
    "mean": mean,
    "mean_sqrt_len_tokens": _mean_sqrt,
    "weightedmean": weighted_mean,
    "lasttoken": last_token,
}
"""Poolings of sentence-transformers, by the names in its configuration."""
