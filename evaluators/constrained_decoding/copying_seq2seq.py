"""S small networks that write a sequence token by token and can copy from what they read.

A bidirectional GRU reads, another writes. At each step the writer points at a place of the source
by attention; a gate mixes the source's token there with a softmax over the tokens that are known to
occur in answers (See, Liu and Manning 2017, "Get to the point"). The attention's query holds the
token written last and each key the token before its place, so that copying on is easy to learn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from evaluators.experiments._sentence_vectors import batches, rows_of
from evaluators.progress import Report
from evaluators.training_curve import TrainingCurve

PAD, END = 0, 1
FIRST = 2
"""The first token that stands for a character."""

FLOOR = 1e-4
"""Share of every step's probability that is spread evenly over all tokens."""


class Encoded(NamedTuple):
    """Sources of S networks, read.

    Attributes:
        source: (S, n, T) tokens.
        keys: (S, n, T, A) of the attention.
        states: (S, n, T, 2H).
        start: (S, n, H), the writer's first state.
    """

    source: Tensor
    keys: Tensor
    states: Tensor
    start: Tensor

    def rows(self, chosen: slice) -> Encoded:
        """Return some of the n sources."""
        return Encoded(*(part[:, chosen] for part in self))


class CopyingSeq2Seq:
    """S networks of one shape.

    Args:
        seeds: One for each network's first weights.
        size: Number V of tokens.
        width: H, also the width of embeddings and of the attention.
        written: Tokens that the softmax can write; all others are copied, or come from the floor.
    """

    def __init__(self, seeds: Sequence[int], size: int, width: int, written: Sequence[int]) -> None:
        self.size, self.width = size, width
        self.written = torch.tensor(sorted({END, *written}))
        self._place = torch.full((size,), -1)
        self._place[self.written] = torch.arange(len(self.written))
        h = width
        shapes = {"embedding": (size, h)}
        for gru in ("forward", "backward", "writer"):
            shapes |= {f"{gru}.input": (h, 3 * h), f"{gru}.state": (h, 3 * h)}
        shapes |= {
            "start": (2 * h, h),
            "key": (3 * h, h),
            "query": (2 * h, h),
            "mixed": (3 * h, h),
            "softmax": (h, len(self.written)),
            "gate": (3 * h, 1),
        }
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.parameters: Mapping[str, Tensor] = {
            name: torch.stack([torch.randn(*shape, generator=each) for each in generators])
            .mul_(0.5 if name == "embedding" else shape[0] ** -0.5)
            .requires_grad_()
            for name, shape in shapes.items()
        }
        self.biases: Mapping[str, Tensor] = {
            name: torch.zeros(len(seeds), 1, shape[1]).requires_grad_()
            for name, shape in shapes.items()
            if name != "embedding" and not name.endswith(".state")
        }

    def encode(self, source: Tensor) -> Encoded:
        """Read sources (S, n, T), padded at their ends."""
        embedded = self._embed(source)
        there = (source != PAD)[..., None]
        forward = self._gru("forward", embedded, there)
        backward = self._gru("backward", embedded.flip(2), there.flip(2)).flip(2)
        states = torch.cat([forward, backward], dim=-1)
        # The last place is padding or the last token, and its forward state is that of the latter.
        ends = torch.cat([forward[:, :, -1], backward[:, :, 0]], dim=-1)
        before = F.pad(embedded, (0, 0, 1, 0))[:, :, :-1]
        keys = self._linear("key", torch.cat([states, before], dim=-1))
        return Encoded(source, keys, states, torch.tanh(self._linear("start", ends)))

    def log_probabilities(self, encoded: Encoded, targets: Tensor) -> Tensor:
        """Return log p of each token of targets (S, n, L), given those before it."""
        before = F.pad(targets, (1, 0), value=END)[:, :, :-1]
        embedded = self._embed(before)
        states = self._gru("writer", embedded, None, encoded.start)
        attention, logits, gate = self._attend(encoded, states, embedded)
        copied = attention * (encoded.source[:, :, None] == targets[..., None])
        place = self._place[targets]
        soft = logits.log_softmax(-1).gather(-1, place.clamp(min=0)[..., None])[..., 0].exp()
        soft = torch.where(place >= 0, soft, 0.0)
        mixed = gate * soft + (1 - gate) * copied.sum(-1)
        return self.floored(mixed).log()

    def floored(self, probabilities: Tensor) -> Tensor:
        """Return probabilities with the floor, as `step` returns them without."""
        return (1 - FLOOR) * probabilities + FLOOR / self.size

    def step(self, encoded: Encoded, states: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Write one more token in each of K beams of each source.

        Args:
            encoded: n sources.
            states: (S, n, K, H), the writer's.
            last: (S, n, K), the tokens written last; `END` at the beginning.

        Returns:
            p of every token without the floor, (S, n, K, V), and the next states.
        """
        networks, n, beams, _ = states.shape
        embedded = self._embed(last)
        flat = embedded.reshape(networks, n * beams, 1, self.width)
        after = self._gru("writer", flat, None, states.reshape(networks, n * beams, self.width))
        after = after.reshape(states.shape)
        attention, logits, gate = self._attend(encoded, after, embedded)
        spread = torch.zeros(networks, n, beams, self.size)
        where = encoded.source[:, :, None].expand_as(attention)
        spread.scatter_add_(-1, where, (1 - gate)[..., None] * attention)
        spread[..., self.written] += gate[..., None] * logits.softmax(-1)
        return spread, after

    def _attend(
        self, encoded: Encoded, states: Tensor, embedded: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return attention (S, n, L, T), logits of the softmax (S, n, L, W), gate (S, n, L)."""
        query = self._linear("query", torch.cat([states, embedded], dim=-1))
        scores = query @ encoded.keys.transpose(-1, -2)
        scores = scores.masked_fill((encoded.source == PAD)[:, :, None], -torch.inf)
        attention = scores.softmax(-1)
        seen = torch.cat([states, attention @ encoded.states], dim=-1)
        mixed = torch.tanh(self._linear("mixed", seen))
        gate = torch.sigmoid(self._linear("gate", seen))[..., 0]
        return attention, self._linear("softmax", mixed), gate

    def _embed(self, tokens: Tensor) -> Tensor:
        table = self.parameters["embedding"]
        shift = torch.arange(len(table)).reshape(-1, *(1,) * (tokens.dim() - 1)) * self.size
        return F.embedding(tokens + shift, table.flatten(0, 1))

    def _linear(self, name: str, values: Tensor) -> Tensor:
        weight, bias = self.parameters[name], self.biases[name]
        rows = values.reshape(len(weight), -1, values.shape[-1])
        return torch.baddbmm(bias, rows, weight).reshape(*values.shape[:-1], weight.shape[-1])

    def _gru(
        self, name: str, inputs: Tensor, there: Tensor | None, state: Tensor | None = None
    ) -> Tensor:
        """Return the states (S, n, T, H); where nothing is there, a state stays as it was."""
        given = self._linear(f"{name}.input", inputs)
        recurrent = self.parameters[f"{name}.state"]
        if state is None:
            state = given.new_zeros(*given.shape[:2], self.width)
        states = []
        # unbind and not an index at each step, whose gradient would be a tensor of all steps.
        resets, keeps, news = (part.unbind(2) for part in given.chunk(3, dim=-1))
        masks: Sequence[Tensor | None] = [None] * given.shape[2]
        if there is not None:
            masks = there.unbind(2)
        for reset, keep, new, mask in zip(resets, keeps, news, masks, strict=True):
            own_reset, own_keep, own_new = (state @ recurrent).chunk(3, dim=-1)
            fresh = torch.tanh(new + torch.sigmoid(reset + own_reset) * own_new)
            after = torch.lerp(fresh, state, torch.sigmoid(keep + own_keep))
            state = after if mask is None else torch.where(mask, after, state)
            states.append(state)
        return torch.stack(states, dim=2)


def train(
    network: CopyingSeq2Seq,
    sources: Tensor,
    targets: Tensor,
    generators: Sequence[torch.Generator],
    curve: TrainingCurve,
    report: Report,
    *,
    epochs: int,
    batch: int,
    rate: float,
) -> None:
    """Train by Adam, whose rate falls to 0, on the cross-entropy of a target's tokens.

    Args:
        network: S networks.
        sources: (S, n, T).
        targets: (S, n, L), padded at their ends.
        generators: One for each network; they draw the orders.
        curve: Takes the losses of each step.
        report: Called with the epochs done and all of them.
        epochs: Number of epochs.
        batch: Questions of a network a step.
        rate: Largest learning rate.
    """
    weights = [*network.parameters.values(), *network.biases.values()]
    optimiser = torch.optim.Adam(weights, lr=rate)
    count = sources.shape[1]
    steps = epochs * (count // batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    for epoch, chosen in batches(count, batch, epochs, generators):
        report(epoch - 1, epochs)
        source, target = rows_of(sources, chosen), rows_of(targets, chosen)
        source = source[:, :, : int((source != PAD).any(0).any(0).sum())]
        target = target[:, :, : int((target != PAD).any(0).any(0).sum())]
        there = (target != PAD).to(torch.float32)
        logs = network.log_probabilities(network.encode(source), target)
        losses = -(logs * there).sum((1, 2)) / there.sum((1, 2))
        optimiser.zero_grad()
        torch.autograd.backward(losses.sum())
        optimiser.step()
        schedule.step()
        curve.add(losses)
