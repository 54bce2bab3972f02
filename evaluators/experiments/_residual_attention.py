"""Attention whose scores are added to those of the layer before, and what its rows look like.

RealFormer (arXiv 2012.11747) carries the scores on, before the softmax. Two controls have the same
parameters. In one the carried scores are multiplied by 0: it must be plain attention to the last
bit. In the other heads get the scores of each other's, by a permutation that is drawn anew in every
step and layer; a fixed one would only give the heads of a layer other names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor

from evaluators.language_models.networks import Draw
from evaluators.language_models.transformer import Attention, Shape, Transformer, causal_mask

Carried = Literal["nothing", "scores", "shuffled", "zeroed"]


class ResidualAttention(Attention):
    """Attention that carries its scores on.

    Args:
        draw: First weights.
        shape: Sizes.
        layer: Its number, from 0.
        carried: What is added to its scores.
    """

    def __init__(self, draw: Draw, shape: Shape, layer: int, carried: Carried) -> None:
        super().__init__(draw, shape)
        self.layer, self.kind = layer, carried
        self.step = 0
        self.watched: list[Tensor] | None = None

    def attend(
        self, queries: Tensor, keys: Tensor, values: Tensor, carried: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Return the mixed values, and the scores that are carried on: (S · B, heads, T, T)."""
        scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(-1, -2)
        if carried is not None:
            scores = scores + self._arriving(carried)
        shown = scores
        if self.shape.causal:
            shown = scores + causal_mask(scores.shape[-1], scores.device)
        weights = shown.softmax(dim=-1)
        if self.watched is not None:
            self.watched.append(entropies(weights.detach(), len(self.inputs.weight)))
        return weights @ values, None if self.kind == "nothing" else scores

    def _arriving(self, carried: Tensor) -> Tensor:
        if self.kind == "zeroed":
            return 0 * carried
        if self.kind == "shuffled":
            generator = torch.Generator().manual_seed(self.step * self.shape.layers + self.layer)
            order = torch.randperm(self.shape.heads, generator=generator)
            return carried[:, order.to(carried.device)]
        return carried


class ResidualTransformer(Transformer):
    """S transformers with `ResidualAttention`.

    Args:
        seeds: Of the first weights.
        shape: Sizes.
        carried: What is added to the scores of each layer but the first.
    """

    def __init__(self, seeds: list[int], shape: Shape, carried: Carried) -> None:
        super().__init__(
            seeds, shape, lambda layer, draw, sizes: ResidualAttention(draw, sizes, layer, carried)
        )

    def states(self, tokens: Tensor) -> Tensor:
        """Return the last states (S, B, T, width) of tokens (S, B, T)."""
        for attention in self._attentions():
            attention.step = self.step
        return super().states(tokens)

    @contextmanager
    def watch(self) -> Iterator[list[list[Tensor]]]:
        """Yield lists, one for each layer, to which each pass adds its `entropies`."""
        attentions = list(self._attentions())
        watched: list[list[Tensor]] = [[] for _ in attentions]
        for attention, kept in zip(attentions, watched, strict=True):
            attention.watched = kept
        try:
            yield watched
        finally:
            for attention in attentions:
                attention.watched = None

    def _attentions(self) -> Iterator[ResidualAttention]:
        for module in self.modules():
            if isinstance(module, ResidualAttention):
                yield module


def entropies(weights: Tensor, networks: int) -> Tensor:
    """Return the mean entropy of attention rows of each network in nats, (S,).

    Args:
        weights: (S · B, heads, T, T), rows add up to 1.
        networks: S.
    """
    rows = torch.special.entr(weights.double()).sum(dim=-1)
    means: Tensor = rows.reshape(networks, -1).mean(dim=1)
    return means
