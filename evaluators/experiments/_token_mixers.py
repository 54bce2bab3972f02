"""Small networks on sequences that differ in how tokens are mixed, of equally many parameters.

Every network embeds tokens and positions, has blocks with a residual connection about a normalised
input (Pre-LN), and reads the mean of the positions, or each. A block is a mixer of tokens and two
layers on each position alone, or a gated network that does both. All weights have a leading
dimension of S networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, layer_norm

from evaluators.errors import ScoreError
from evaluators.experiments import _nystrom
from evaluators.experiments._sequence_tasks import Sequences, Task, accuracies
from evaluators.language_models.networks import Draw, Embedding, LanguageModel, Linear
from evaluators.language_models.training import Trained
from evaluators.result import ArmScores, Result

Mixer = Literal["attention", "external", "fnet", "gmlp", "amlp", "mixer"]
MIXERS: tuple[Mixer, ...] = get_args(Mixer)
Attend = Callable[[Tensor, Tensor, Tensor], Tensor]

HEADS = 2

MEMORY = 32
"""Entries of the memory of external attention, and hidden units of MLP-Mixer along the tokens."""

POSITIONS = 0.5
"""Deviation of first vectors of positions; those of tokens have 1, so that contents come first."""

TINY = 8
"""Width of the one head that helps aMLP's gate, an eighth of its width or so, as published."""


def linear(draw: Draw, inputs: int, outputs: int) -> Linear:
    """Return S linear layers that keep the variance of their inputs."""
    return Linear(draw, inputs, outputs, inputs**-0.5)


def normalised(states: Tensor) -> Tensor:
    """Return states of mean 0 and variance 1; a scale would be undone by the layer behind it."""
    return layer_norm(states, states.shape[-1:])


class Attention(nn.Module):
    """Attention of two heads.

    Args:
        draw: First weights.
        width: d.
        attend: Outputs (S, B, heads, n, d / heads) of queries, keys and values.
    """

    def __init__(self, draw: Draw, width: int, attend: Attend = _nystrom.attend) -> None:
        super().__init__()
        self.attend = attend
        self.inner = linear(draw, width, 3 * width)
        self.outer = linear(draw, width, width)

    def forward(self, states: Tensor) -> Tensor:
        """Return what is added to states (S, B, n, d)."""
        parts = self.inner(states).unflatten(-1, (3 * HEADS, -1)).transpose(2, 3).chunk(3, dim=2)
        added: Tensor = self.outer(self.attend(*parts).transpose(2, 3).flatten(-2))
        return added


class External(nn.Module):
    """Attention to a memory that is learned (arXiv:2105.02358).

    Args:
        draw: First weights.
        width: d.
        doubly: Whether attention is normalised as in the authors' code: by a softmax over the
            positions, then to a sum of 1 over the memory; else by a softmax over the memory.
    """

    def __init__(self, draw: Draw, width: int, *, doubly: bool = False) -> None:
        super().__init__()
        self.doubly = doubly
        self.inner = linear(draw, width, width)
        self.keys = draw.normal(width, MEMORY, deviation=width**-0.5)
        self.values = draw.normal(MEMORY, width, deviation=1.0)
        self.outer = linear(draw, width, width)

    def forward(self, states: Tensor) -> Tensor:
        """Return what is added to states (S, B, n, d)."""
        logits = self.inner(states) @ self.keys[:, None]
        weights = logits.softmax(dim=2 if self.doubly else 3)
        if self.doubly:
            weights = weights / weights.sum(dim=3, keepdim=True)
        added: Tensor = self.outer(weights @ self.values[:, None])
        return added


class Fourier(nn.Module):
    """The real part of the Fourier transform over positions and width (arXiv:2105.03824)."""

    def forward(self, states: Tensor) -> Tensor:
        """Return what is added to states (S, B, n, d)."""
        added: Tensor = torch.fft.fft2(states, norm="ortho").real
        return added


class AlongTokens(nn.Module):
    """Two layers along the positions, the same for all coordinates (arXiv:2105.01601).

    Args:
        draw: First weights.
        length: n.
    """

    def __init__(self, draw: Draw, length: int) -> None:
        super().__init__()
        self.inner, self.outer = linear(draw, length, MEMORY), linear(draw, MEMORY, length)

    def forward(self, states: Tensor) -> Tensor:
        """Return what is added to states (S, B, n, d)."""
        added: Tensor = self.outer(gelu(self.inner(states.transpose(2, 3)))).transpose(2, 3)
        return added


class Gated(nn.Module):
    """gMLP (arXiv:2105.08050): X₁ ∘ (W X₂ + b) with W over positions; aMLP adds attention there.

    Args:
        draw: First weights.
        width: d.
        length: n.
        inner: Width of X₁ and X₂.
        helped: Whether a tiny attention is added.
    """

    def __init__(self, draw: Draw, width: int, length: int, inner: int, *, helped: bool) -> None:
        super().__init__()
        self.inner, self.outer = linear(draw, width, 2 * inner), linear(draw, inner, width)
        # Near 0 and 1, so that a block begins as one on each position alone, as published.
        self.mixing = draw.normal(length, length, deviation=1e-3 / length)
        self.bias = draw.full(length, 1, value=1.0)
        self.tiny = linear(draw, width, 3 * TINY) if helped else None
        self.back = linear(draw, TINY, inner) if helped else None

    def forward(self, states: Tensor) -> Tensor:
        """Return what is added to states (S, B, n, d)."""
        first, second = gelu(self.inner(states)).chunk(2, dim=-1)
        gate = self.mixing[:, None] @ normalised(second) + self.bias[:, None]
        if self.tiny is not None and self.back is not None:
            gate = gate + self.back(_nystrom.attend(*self.tiny(states).chunk(3, dim=-1)))
        added: Tensor = self.outer(first * gate)
        return added


class Positionwise(nn.Module):
    """Two layers on each position alone.

    Args:
        draw: First weights.
        width: d.
        hidden: Hidden units.
    """

    def __init__(self, draw: Draw, width: int, hidden: int) -> None:
        super().__init__()
        self.inner, self.outer = linear(draw, width, hidden), linear(draw, hidden, width)

    def forward(self, states: Tensor) -> Tensor:
        """Return what is added to states (S, B, n, d)."""
        added: Tensor = self.outer(gelu(self.inner(states)))
        return added


def mixing(name: str, draw: Draw, width: int, length: int, inner: int = 16) -> nn.Module:
    """Return what mixes tokens.

    Args:
        name: One of `MIXERS`, or `external, doubly normalised`.
        draw: First weights.
        width: d.
        length: n.
        inner: Width of gates.
    """
    makers: Mapping[str, Callable[[], nn.Module]] = {
        "attention": lambda: Attention(draw, width),
        "external": lambda: External(draw, width),
        "external, doubly normalised": lambda: External(draw, width, doubly=True),
        "fnet": Fourier,
        "mixer": lambda: AlongTokens(draw, length),
        "gmlp": lambda: Gated(draw, width, length, inner, helped=False),
        "amlp": lambda: Gated(draw, width, length, inner, helped=True),
    }
    return makers[name]()


def block(name: Mixer, draw: Draw, width: int, length: int) -> list[nn.Module]:
    """Return the layers of a block, of as many parameters as attention's with 2 d hidden units.

    Hidden units of the layers on each position make up for what a mixer has more or less.

    Raises:
        ScoreError: The mixer alone has more.
    """
    # Attention has 4 d² + 4 d, and two layers with h hidden units have h (2 d + 1) + d.
    wanted = 4 * width * (width + 1) + 2 * width * (2 * width + 1) + width
    if name in ("gmlp", "amlp"):
        helped = name == "amlp"
        fixed = length**2 + length + width
        each = 2 * (width + 1) + width
        if helped:
            fixed += 3 * TINY * (width + 1)
            each += TINY + 1
        return [mixing(name, draw, width, length, _left(name, (wanted - fixed) // each, length))]
    mixer = mixing(name, draw, width, length)
    hidden = (wanted - count(mixer) - width) // (2 * width + 1)
    return [mixer, Positionwise(draw, width, _left(name, hidden, length))]


def _left(name: str, units: int, length: int) -> int:
    """Return the number of units, where there are some."""
    if units < 1:
        raise ScoreError(
            f"width must be larger for {name} and {length} tokens: its weights along the tokens"
            " alone are more than all of attention's"
        )
    return units


def count(module: nn.Module) -> int:
    """Return the number of parameters of one of S networks."""
    return sum(each[0].numel() for each in module.parameters())


class SequenceModel(LanguageModel):
    """S networks that answer a task on sequences.

    Args:
        task: The task.
        draw: First weights.
        width: d.
        blocks: Layers of each block.
    """

    def __init__(
        self, task: Task, draw: Draw, width: int, blocks: Sequence[Sequence[nn.Module]]
    ) -> None:
        super().__init__()
        self._pooled = task.pooled
        self.tokens = Embedding(draw, task.vocabulary, width, 1.0)
        self.positions = draw.normal(1, task.length, width, deviation=POSITIONS)
        self.layers = nn.ModuleList([layer for each in blocks for layer in each])
        self.head = linear(draw, width, task.classes)

    def states(self, tokens: Tensor) -> Tensor:
        states = self.tokens(tokens) + self.positions
        for layer in self.layers:
            states = states + layer(normalised(states))
        return normalised(states)

    def pooled(self, states: Tensor) -> Tensor:
        return states.mean(dim=2) if self._pooled else states

    def logits(self, states: Tensor) -> Tensor:
        logits: Tensor = self.head(states)
        return logits


def networks(seeds: Sequence[int], rates: Sequence[float]) -> tuple[list[int], list[float]]:
    """Return seed and rate of each network that trains: all seeds at the first rate, and so on."""
    return [*seeds] * len(rates), [rate for rate in rates for _ in seeds]


def best_rate(trained: Trained, rates: Sequence[float]) -> float:
    """Return the rate with the least mean validation loss over seeds."""
    losses = np.reshape(trained.course.validation[-1], (len(rates), -1)).mean(axis=1)
    return rates[int(losses.argmin())]


def rows_at(rate: float, rates: Sequence[float], seeds: int) -> range:
    """Return the places of the networks at a rate, by seed."""
    first = rates.index(rate) * seeds
    return range(first, first + seeds)


def at_end(rate: float, rates: Sequence[float]) -> float:
    """Return 1 where a rate is the smallest or largest of several: a better one may lie beyond."""
    return float(len(rates) > 1 and rate in (rates[0], rates[-1]))


def score_at_best_rate(
    trained: Trained,
    data: Sequences,
    seeds: Sequence[int],
    rates: Sequence[float],
    scores: ArmScores,
    *,
    arm: str,
) -> Result:
    """Return the scores of an arm on the test part, at the rate with the least validation loss.

    `best_rate` is that rate, and `at_end` 1 where it is the smallest or largest of several.

    Args:
        trained: The networks, as `networks` orders them.
        data: What they read.
        seeds: Distinct seeds.
        rates: Their rates, ascending.
        scores: The scores of the setting, which are added to.
        arm: The arm's name.
    """
    best = best_rate(trained, rates)
    rows = rows_at(best, rates, len(seeds))
    accuracy = accuracies(trained.model, data, networks(seeds, rates)[0])
    losses = trained.score("test").tolist()
    steps = len(trained.losses)
    for row, seed in zip(rows, seeds, strict=True):
        for metric, value, n in (
            ("accuracy", accuracy[row], data.scored),
            ("loss", losses[row], data.scored),
            ("parameters", count(trained.model), steps),
            ("best_rate", best, data.scored),
            ("at_end", at_end(best, rates), data.scored),
        ):
            scores.add(metric, value, n, arm=arm, seed=seed)
    scores.add_curve(trained.curve(rows), arm=arm, seeds=seeds)
    return Result(tuple(scores.scores), tuple(scores.curves), {"seconds": trained.course.seconds})
