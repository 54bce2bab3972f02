"""Token vectors to one vector a sentence: every pooling out of one forward pass.

- `native`: the checkpoint's own (`evaluators.sts.recipe`).
- `cls`: last layer, first token.
- `pooler`: the trained dense layer and tanh over it, where the checkpoint has one.
- `last-mean`: last layer, mean over tokens, special tokens included.
- `first-last-mean`: mean of the first transformer layer's mean and the last's, as the published
  tables have it (`hidden_states[1]`; `hidden_states[0]` is the embedding layer).
- `last-2-mean`: mean of the last two layers' means.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.sts.recipe import Recipe


class States(NamedTuple):
    """What one forward pass leaves of m sentences of L tokens, in the encoder's dtype.

    Layers nobody pools are None. `mask` is None where no sentence is padded; padding stands on
    the right.
    """

    last: Tensor  # (m, L, d)
    first: Tensor | None  # (m, L, d)
    before_last: Tensor | None  # (m, L, d)
    pooled: Tensor | None  # (m, d)
    mask: Tensor | None  # (m, L), 1 for a token and 0 for padding


def pool(states: States, pooling: str, recipe: Recipe, prompt_length: int = 0) -> Tensor:
    """Return one vector a sentence, (m, d), float32 (float64 from a float64 encoder)."""
    if pooling == "native":
        skip = 0 if recipe.include_prompt else prompt_length
        parts = [_MODES[mode](states.last, states.mask, skip) for mode in recipe.modes]
        vectors = torch.cat(parts, dim=-1)
        for module in recipe.after:
            vectors = module(vectors)
        return vectors
    if pooling == "cls":
        return _wide(states.last[:, 0])
    if pooling == "pooler":
        assert states.pooled is not None  # noqa: S101 — asked for when the session was opened
        return _wide(states.pooled)
    mean = _mean(states.last, states.mask, 0)
    if pooling == "last-mean":
        return mean
    other = states.first if pooling == "first-last-mean" else states.before_last
    assert other is not None  # noqa: S101
    return (mean + _mean(other, states.mask, 0)) / 2


def _wide(vectors: Tensor) -> Tensor:
    """Half precision is summed and compared in float32."""
    return vectors if vectors.dtype == torch.float64 else vectors.float()


def _kept(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor | None:
    """Return the mask of the pooled tokens, or None where that is all of them."""
    if skip == 0:
        return mask
    kept = torch.ones(tokens.shape[:2], device=tokens.device) if mask is None else mask.clone()
    kept[:, :skip] = 0
    return kept


def _sum(tokens: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | float]:
    """Return the sum over unmasked tokens and how many there are."""
    tokens = _wide(tokens)
    if mask is None:
        return tokens.sum(1), float(tokens.shape[1])
    weights = mask.to(tokens.dtype).unsqueeze(1)  # (m, 1, L)
    return torch.bmm(weights, tokens).squeeze(1), weights.sum(2).clamp(min=1e-9)


def _mean(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    total, count = _sum(tokens, _kept(tokens, mask, skip))
    return total / count


def _mean_sqrt(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    total, count = _sum(tokens, _kept(tokens, mask, skip))
    return total / count**0.5


def _max(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    kept = _kept(tokens, mask, skip)
    tokens = _wide(tokens)
    if kept is not None:
        tokens = tokens.masked_fill(kept.unsqueeze(-1) == 0, -torch.inf)
    return tokens.amax(1)


def _cls(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    return _wide(tokens[:, skip])


def _last_token(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    if mask is None:
        return _wide(tokens[:, -1])
    ends = mask.sum(1).long() - 1
    return _wide(tokens[torch.arange(len(tokens), device=tokens.device), ends])


def _weighted_mean(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    """Position-weighted mean: token i weighs i, counted from 1."""
    kept = _kept(tokens, mask, skip)
    position = torch.arange(1, tokens.shape[1] + 1, device=tokens.device, dtype=torch.float32)
    weights = position.expand(tokens.shape[:2])
    total, weight = _sum(tokens, weights if kept is None else weights * kept)
    return total / weight


_MODES = {
    "cls": _cls,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt,
    "weightedmean": _weighted_mean,
    "lasttoken": _last_token,
}
