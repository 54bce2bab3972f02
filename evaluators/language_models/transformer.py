"""S transformers, with LayerNorm before or after each sublayer and any mixer of tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, gelu, scaled_dot_product_attention

from evaluators.errors import TrainingError
from evaluators.language_models.networks import Draw, Embedding, LanguageModel, Linear, Norm

NormPlace = Literal["pre", "post"]


@dataclass(frozen=True)
class Shape:
    """Sizes of a transformer.

    Attributes:
        vocabulary: Number of different tokens that it reads.
        length: Largest number of tokens of a sequence.
        width: Of the states; the feed-forward layers are four times as wide.
        layers: Number of layers.
        heads: Number of attention heads, which divides `width`.
        norm: LayerNorm `pre`, before each sublayer and once at the end, as in GPT-2; or `post`,
            after each sum, as in BERT.
        causal: Whether a token sees only itself and those before.
        dropout: Share of the numbers that are dropped after embeddings and sublayers.
        classes: Number of classes of a sequence; None predicts tokens.
    """

    vocabulary: int
    length: int
    width: int = 64
    layers: int = 4
    heads: int = 4
    norm: NormPlace = "pre"
    causal: bool = True
    dropout: float = 0.0
    classes: int | None = None

    def __post_init__(self) -> None:
        if self.heads < 1 or self.width % self.heads:
            raise TrainingError(f"heads must divide the width of {self.width}, got {self.heads}")

    @property
    def deviation(self) -> float:
        """Standard deviation of first weights: BERT's 0.02 at a width of 768, and in proportion."""
        return 0.02 * math.sqrt(768 / self.width)


class Mixer(nn.Module):
    """What mixes the tokens of a layer; attention, or whatever stands in its place."""

    def forward(self, states: Tensor, carried: Any) -> tuple[Tensor, Any]:
        """Return the mixed states, and what the next layer's mixer gets as `carried`.

        Args:
            states: (S, B, T, width).
            carried: What the mixer of the layer before returned; None in the first.
        """
        raise NotImplementedError


class Attention(Mixer):
    """Attention of several heads.

    Args:
        draw: First weights.
        shape: Sizes.
    """

    def __init__(self, draw: Draw, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.inputs = Linear(draw, shape.width, 3 * shape.width, shape.deviation)
        self.outputs = Linear(draw, shape.width, shape.width, shape.deviation)

    def forward(self, states: Tensor, carried: Any) -> tuple[Tensor, Any]:
        """Return the mixed states, and what `attend` carries on."""
        networks, batch, length, width = states.shape
        heads = self.shape.heads
        parts = self.inputs(states).view(networks * batch, length, 3, heads, width // heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        mixed, carried = self.attend(queries, keys, values, carried)
        return self.outputs(mixed.transpose(1, 2).reshape(states.shape)), carried

    def attend(
        self, queries: Tensor, keys: Tensor, values: Tensor, carried: Any
    ) -> tuple[Tensor, Any]:
        """Return the mixed values (S · B, heads, T, width / heads), and what is carried on.

        A variant of attention overrides this; all arguments have that shape, with S · B networks
        and sequences in one dimension.
        """
        causal = self.shape.causal
        return scaled_dot_product_attention(queries, keys, values, is_causal=causal), None


class Layer(nn.Module):
    """One layer: a mixer of tokens, and a feed-forward part for each token."""

    def __init__(self, draw: Draw, shape: Shape, mixer: Mixer) -> None:
        super().__init__()
        self.shape, self.mixer = shape, mixer
        width, deviation = shape.width, shape.deviation
        self.mixer_norm, self.norm = Norm(draw, width), Norm(draw, width)
        self.up = Linear(draw, width, 4 * width, deviation)
        self.down = Linear(draw, 4 * width, width, deviation)

    def forward(self, states: Tensor, carried: Any) -> tuple[Tensor, Any]:
        """Return the layer's states (S, B, T, width), and what its mixer carries on."""
        if self.shape.norm == "pre":
            mixed, carried = self.mixer(self.mixer_norm(states), carried)
            states = states + self._dropped(mixed)
            return states + self._dropped(self._forward_part(self.norm(states))), carried
        mixed, carried = self.mixer(states, carried)
        states = self.mixer_norm(states + self._dropped(mixed))
        return self.norm(states + self._dropped(self._forward_part(states))), carried

    def _forward_part(self, states: Tensor) -> Tensor:
        risen: Tensor = self.up(states)
        fallen: Tensor = self.down(gelu(risen, approximate="tanh"))
        return fallen

    def _dropped(self, states: Tensor) -> Tensor:
        if not self.shape.dropout:
            return states
        return dropout(states, self.shape.dropout, self.training)


class Transformer(LanguageModel):
    """S transformers; the output layer is the embedding's, unless they classify.

    Args:
        seeds: Of the first weights, one for each of S networks.
        shape: Sizes.
        mixer: Makes the mixer of each layer, from its number (0 is the first); None is attention.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        shape: Shape,
        mixer: Callable[[int, Draw, Shape], Mixer] | None = None,
    ) -> None:
        super().__init__()
        self.shape = shape
        draw = Draw(seeds)
        self.tokens = Embedding(draw, shape.vocabulary, shape.width, shape.deviation)
        self.positions = draw.normal(shape.length, shape.width, deviation=shape.deviation)
        self.layers = nn.ModuleList(
            Layer(draw, shape, mixer(i, draw, shape) if mixer else Attention(draw, shape))
            for i in range(shape.layers)
        )
        self.last_norm = Norm(draw, shape.width)  # pre: of the last states; post: of embeddings
        self.head: Linear | None = None
        if shape.classes is not None:
            self.head = Linear(draw, shape.width, shape.classes, shape.deviation)

    def states(self, tokens: Tensor) -> Tensor:
        """Return the last states (S, B, T, width) of tokens (S, B, T)."""
        states = self.tokens(tokens) + self.positions[:, None, : tokens.shape[-1]]
        if self.shape.norm == "post":
            states = self.last_norm(states)
        if self.shape.dropout:
            states = dropout(states, self.shape.dropout, self.training)
        carried = None
        for layer in self.layers:
            states, carried = layer(states, carried)
        normed: Tensor = self.last_norm(states) if self.shape.norm == "pre" else states
        return normed

    def pooled(self, states: Tensor) -> Tensor:
        """Return the mean state of each sequence where sequences are classified."""
        return states if self.head is None else states.mean(dim=2)

    def logits(self, states: Tensor) -> Tensor:
        """Return logits (S, n, tokens or classes) of states (S, n, width)."""
        if self.head is None:
            return self.tokens.scores(states)
        outputs: Tensor = self.head(states)
        return outputs


def parameters_each(model: nn.Module) -> int:
    """Return the number of parameters of one network."""
    return sum(parameter[0].numel() for parameter in model.parameters())


def causal_mask(length: int, device: torch.device) -> Tensor:
    """Return what is added to scores (…, T, T) so that a token sees none after it."""
    return torch.full((length, length), float("-inf"), device=device).triu(1)
