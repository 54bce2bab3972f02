"""S transformers that are encoder and decoder of a variational autoencoder by their mask.

One sequence holds what the encoder reads and what the decoder has written so far. The decoder sees
its own past and the encoder's first state, [CLS], no other. Before a layer that state is narrowed
to a latent, which is drawn, widened again and put in its place, as in github.com/bojone/univae;
latents here are Gaussian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from evaluators.language_models.batches import Batch
from evaluators.language_models.networks import Draw, Embedding, LanguageModel, Linear, Norm
from evaluators.language_models.transformer import Attention, Layer, Shape

START, BEGIN = 0, 1
"""Tokens behind the words: [CLS], which the encoder reads first, and what the decoder does."""

FIRST_DEVIATION = 0.3
"""About the deviation of a latent, given the sentence, before training."""

_NOISE = 4


@dataclass(frozen=True)
class Way:
    """What a network has of a UniVAE.

    Attributes:
        several: Whether there is a latent before each layer in which the decoder sees [CLS], or
            one in the middle of those, with as many numbers as all have together.
        masked: Whether the decoder sees no state of the encoder but [CLS].
    """

    several: bool = True
    masked: bool = True


class Sizes(NamedTuple):
    """Sizes of the networks.

    Attributes:
        words: Vocabulary.
        length: Words of a sentence.
        width: Of the states.
        layers: How many.
        separate: First layers, in which the decoder does not see [CLS]; at least 1.
        latent: Numbers of the latent of a level.
    """

    words: int
    length: int
    width: int = 32
    layers: int = 4
    separate: int = 1
    latent: int = 8

    @property
    def levels(self) -> int:
        """Layers before which there is a latent."""
        return self.layers - self.separate


class Written(NamedTuple):
    """What a pass over encoder and decoder brings.

    Attributes:
        states: Last states of the decoder, (S, B, m, width).
        mean: Of the latents, given the sentence, (S, B, levels, numbers).
        log_variance: The same.
    """

    states: Tensor
    mean: Tensor
    log_variance: Tensor


class SeenAttention(Attention):
    """Attention to what a mask shows, which is what is carried from layer to layer."""

    def attend(
        self, queries: Tensor, keys: Tensor, values: Tensor, carried: Any
    ) -> tuple[Tensor, Any]:
        """Return mixed values; `carried` is true where a row sees a column, (S · B, 1, T, T)."""
        return scaled_dot_product_attention(queries, keys, values, attn_mask=carried), None


class UniVae(LanguageModel):
    """S networks, each its own way.

    Args:
        seeds: Of first weights and of the noise of latents, one for each network.
        ways: One for each network.
        sizes: Sizes.

    Attributes:
        gates: 1 where a network has a latent number, else 0, (S, levels, numbers).
        seen: Which column each row sees in each layer, (S, layers, T, T).
    """

    gates: Tensor
    seen: Tensor

    def __init__(self, seeds: Sequence[int], ways: Sequence[Way], sizes: Sizes) -> None:
        super().__init__()
        self.sizes, self.seeds = sizes, seeds
        width, numbers = sizes.width, sizes.levels * sizes.latent
        shape = Shape(sizes.words + 2, sizes.length + 1, width, sizes.layers, heads=2)
        draw = Draw(seeds)
        self.tokens = Embedding(draw, shape.vocabulary, width, shape.deviation)
        self.positions = draw.normal(shape.length, width, deviation=shape.deviation)
        self.sides = draw.normal(2, width, deviation=shape.deviation)
        self.layers = nn.ModuleList(
            Layer(draw, shape, SeenAttention(draw, shape)) for _ in range(sizes.layers)
        )
        self.last_norm = Norm(draw, width)
        self.narrow = nn.ModuleList(
            Linear(draw, width, 2 * numbers, shape.deviation) for _ in range(sizes.levels)
        )
        self.widen = nn.ModuleList(
            Linear(draw, numbers, width, shape.deviation) for _ in range(sizes.levels)
        )
        self.register_buffer("gates", torch.stack([_gate(way, sizes) for way in ways]))
        self.register_buffer("seen", torch.stack([_seen(way, sizes) for way in ways]))

    def embedded(self, words: Tensor) -> Tensor:
        """Return what the encoder reads of words (S, B, n), behind [CLS], (S, B, n + 1, width)."""
        return self._embedded(words, START, 0)

    def _embedded(self, words: Tensor, first: int, side: int) -> Tensor:
        start = words.new_full((*words.shape[:-1], 1), self.sizes.words + first)
        whole = torch.cat([start, words], dim=-1)
        places = self.positions[:, None, : whole.shape[-1]]
        embedded: Tensor = self.tokens(whole) + places + self.sides[:, side, None, None]
        return embedded

    def write(
        self,
        read: Tensor,
        past: Tensor,
        *,
        latents: Tensor | None = None,
        noise: Tensor | None = None,
    ) -> Written:
        """Return the decoder's states after each word that it has written.

        Args:
            read: What the encoder reads, as `embedded` returns it.
            past: Words written so far, (S, B, m − 1), with m ≥ 1.
            latents: Held in place of the encoder's, (S, B, levels, numbers).
            noise: Standard normal; None takes the means of latents.
        """
        begun = self._embedded(past, BEGIN, 1)
        states = torch.cat([read, begun], dim=2)
        networks, batch, size, _ = states.shape
        means, log_variances = [], []
        for number, layer in enumerate(self.layers):
            level = number - self.sizes.separate
            if level >= 0:
                told = self.narrow[level](states[:, :, 0])
                mean, log_variance = told.chunk(2, dim=-1)
                log_variance = log_variance + 2 * float(np.log(FIRST_DEVIATION))
                means.append(mean)
                log_variances.append(log_variance)
                if latents is not None:
                    latent = latents[:, :, level]
                elif noise is not None:
                    latent = mean + (0.5 * log_variance).exp() * noise[:, :, level]
                else:
                    latent = mean
                wide = self.widen[level](latent * self.gates[:, None, level])
                states = torch.cat([wide[:, :, None], states[:, :, 1:]], dim=2)
            mask = self.seen[:, number, None, None, :size, :size]
            mask = mask.expand(networks, batch, 1, size, size).flatten(0, 1)
            states, _ = layer(states, mask)
        last = self.last_norm(states[:, :, read.shape[2] :])
        return Written(last, torch.stack(means, dim=2), torch.stack(log_variances, dim=2))

    def logits(self, states: Tensor) -> Tensor:
        """Return logits (S, n, words) of states (S, n, width)."""
        return self.tokens.scores(states)[..., : self.sizes.words]

    def told(self, states: Tensor) -> Tensor:
        """Return logits (S, B, m, words) of states (S, B, m, width)."""
        return self.logits(states.flatten(1, 2)).view(*states.shape[:-1], -1)

    def noise(self, batch: int) -> Tensor:
        """Return the noise of this step, (S, batch, levels, numbers): by seed and step alone."""
        shape = (batch, *self.gates.shape[1:])
        distinct = list(dict.fromkeys(self.seeds))
        drawn = torch.stack(
            [
                torch.from_numpy(
                    np.random.default_rng([seed, _NOISE, self.step]).standard_normal(
                        shape, dtype=np.float32
                    )
                )
                for seed in distinct
            ]
        )
        return drawn[[distinct.index(seed) for seed in self.seeds]].to(self.gates.device)

    def divergences(self, written: Written) -> Tensor:
        """Return KL(latents | sentence ‖ standard normal) by level in nats, (S, B, levels)."""
        mean, log_variance = written.mean, written.log_variance
        each = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
        return (each * self.gates[:, None]).sum(dim=-1)


def _gate(way: Way, sizes: Sizes) -> Tensor:
    gate = torch.zeros(sizes.levels, sizes.levels * sizes.latent)
    if way.several:
        gate[:, : sizes.latent] = 1
    else:
        gate[sizes.levels // 2] = 1
    return gate


def _seen(way: Way, sizes: Sizes) -> Tensor:
    """Return what each row sees in each layer, (layers, T, T) of all words."""
    read, written = sizes.length + 1, sizes.length
    size = read + written
    seen = torch.zeros(sizes.layers, size, size, dtype=torch.bool)
    seen[:, :read, :read] = True
    seen[:, read:, read:] = torch.ones(written, written).tril().bool()
    shown = 1 if way.masked else read
    seen[sizes.separate :, read:, :shown] = True
    return seen


@dataclass(frozen=True)
class Objective:
    """The loss: cross-entropy of the sentence and KL of its latents, in nats a word.

    Attributes:
        free: KL of a level that costs nothing, in nats.
        rising: Steps in which the weight of the KL rises from 0 to 1.
    """

    free: float
    rising: int

    def __call__(self, model: LanguageModel, batch: Batch) -> Tensor:
        """Return the loss of each network, (S,)."""
        return self.of(cast("UniVae", model), batch)

    def of(self, model: UniVae, batch: Batch) -> Tensor:
        """Return the loss of each network, (S,)."""
        words = batch.inputs
        noise = model.noise(words.shape[1]) if model.training else None
        written = model.write(model.embedded(words), words[..., :-1], noise=noise)
        logits = model.told(written.states)
        losses = cross_entropy(logits.flatten(0, 2), words.flatten(), reduction="none")
        nats = losses.view(len(words), -1).mean(dim=1)
        paid = model.divergences(written).mean(dim=1)
        # One level has as much for free as several have together.
        free = self.free * model.gates.sum(dim=-1) / model.sizes.latent
        paid = torch.maximum(paid, free)
        weight = min(1.0, model.step / self.rising) if model.training else 1.0
        return nats + weight * paid.sum(dim=1) / words.shape[-1]


def decode(model: UniVae, read: Tensor, latents: Tensor | None = None) -> Tensor:
    """Return the likeliest word after word, (S, B, n), of what the encoder reads or of latents.

    Args:
        model: Networks.
        read: As `UniVae.embedded` returns it.
        latents: Held in place of the encoder's, (S, B, levels, numbers).
    """
    past = torch.zeros(*read.shape[:2], 0, dtype=torch.int64)
    with torch.no_grad():
        for _ in range(model.sizes.length):
            states = model.write(read, past, latents=latents).states[:, :, -1:]
            past = torch.cat([past, model.told(states).argmax(dim=-1)], dim=-1)
    return past
