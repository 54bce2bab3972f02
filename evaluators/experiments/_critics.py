"""Critics of Wasserstein GANs: small networks, and the ways to hold their slope down.

The networks of all seeds are one model, with a leading dimension S. A way is a `Constraint`: what a
critic says of points, what is added to its loss, and what is done to its weights after a step.

- `none`: nothing; the control.
- `clip` (Arjovsky and others 2017): weights are clipped.
- `spectral` (Miyato and others 2018): weights are divided by their spectral norm.
- `penalty` (Gulrajani and others 2017): λ(‖∇D‖ − 1)² at points between real and made.
- `wu` (Wu and others 2021, arXiv:2109.02235): D/(‖∇D‖ + |D|).
- `bhaskara` (Bhaskara and others 2021, arXiv:2111.03162): D‖∇D‖/(‖∇D‖² + ε).
- `linear-form` (Su, kexue.fm/archives/8757): ⟨∇D/‖∇D‖, x⟩.
- `c-transform` (Mallasto and others 2019, arXiv:1910.03875): what is made gets the c-transform of D
  over the real batch, so that no slope needs a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

Activation = Literal["relu", "leaky relu", "tanh", "none"]
Form = Literal["plain", "wu", "bhaskara", "linear-form"]
FORMS: tuple[Form, ...] = get_args(Form)

LEAK = 0.2
EPSILON = 0.1
"""ε of `bhaskara`; the slope stays below 1 whatever it is."""

Critic = Callable[[Tensor], Tensor]
"""S critics: from points (S, n, d) to numbers (S, n, 1), such as `Networks` with one output."""

TINY = 1e-12
"""Added to what is divided by: in a piece where a critic is 0 throughout, everything is 0/0."""


class Networks:
    """One small network for each seed, which does not depend on the other seeds.

    Args:
        widths: Inputs, hidden layers, outputs.
        seeds: Seeds of the first weights.
        activation: Between the layers.
        dtype: Number format.
        gain: Factor of all weights, beside those of He and others (2015).
        spectral: Whether weights are divided by their spectral norms.
    """

    def __init__(
        self,
        widths: Sequence[int],
        seeds: Sequence[int],
        *,
        activation: Activation = "relu",
        dtype: torch.dtype = torch.float32,
        gain: float = 1.0,
        spectral: bool = False,
    ) -> None:
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]

        def drawn(*shape: int) -> Tensor:
            each = [torch.randn(*shape, generator=one, dtype=dtype) for one in generators]
            return torch.stack(each)

        self.activation = activation
        self.weights = [
            (gain * (2 / inputs) ** 0.5 * drawn(inputs, outputs)).requires_grad_()
            for inputs, outputs in pairwise(widths)
        ]
        self.biases = [(gain * 0.1 * drawn(1, outputs)).requires_grad_() for outputs in widths[1:]]
        self.directions = [drawn(outputs, 1) for outputs in widths[1:]] if spectral else []

    @property
    def parameters(self) -> list[Tensor]:
        """All weights and biases."""
        return [*self.weights, *self.biases]

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return the outputs, (S, n, outputs), for inputs (S, n, d)."""
        return self.layers(inputs)[-1]

    def layers(self, inputs: Tensor) -> list[Tensor]:
        """Return what enters each activation, and the outputs last."""
        found, states = [], inputs
        for place, bias in enumerate(self.biases):
            found.append(torch.baddbmm(bias, states, self._weight(place)))
            states = self._activated(found[-1])
        return found

    def _activated(self, states: Tensor) -> Tensor:
        if self.activation == "relu":
            return torch.relu(states)
        if self.activation == "leaky relu":
            return leaky_relu(states, LEAK)
        return torch.tanh(states) if self.activation == "tanh" else states

    def _weight(self, place: int) -> Tensor:
        weight: Tensor = self.weights[place]
        if not self.directions:
            return weight
        right = self.directions[place]
        with torch.no_grad():
            left = _unit(weight @ right)
        norm: Tensor = left.transpose(1, 2) @ weight @ right
        return weight / norm

    @torch.no_grad()
    def iterate(self) -> None:
        """Take one step of the power iteration that finds the spectral norms."""
        for place, weight in enumerate(self.weights[: len(self.directions)]):
            left = _unit(weight @ self.directions[place])
            self.directions[place] = _unit(weight.transpose(1, 2) @ left)

    @torch.no_grad()
    def clip(self, limit: float) -> None:
        """Clip all weights and biases to ±limit."""
        for each in self.parameters:
            each.clamp_(-limit, limit)


def _unit(columns: Tensor) -> Tensor:
    found: Tensor = columns / (columns.norm(dim=1, keepdim=True) + TINY)
    return found


def slopes(values: Tensor, points: Tensor) -> Tensor:
    """Return the gradient of each value for its own point, (S, n, d), itself differentiable."""
    (found,) = torch.autograd.grad(values.sum(), points, create_graph=True)
    return found


def values_of(form: Form, critic: Critic, points: Tensor) -> Tensor:
    """Return what a critic in some form says of points, (S, n).

    Args:
        form: The form; `plain` is the critic itself.
        critic: S critics with one output.
        points: (S, n, d).
    """
    if form == "plain":
        return critic(points)[..., 0]
    if not points.requires_grad:
        points = points.detach().requires_grad_()
    values = critic(points)[..., 0]
    gradients = slopes(values, points)
    norms: Tensor = gradients.norm(dim=-1)
    found: Tensor = (gradients * points).sum(dim=-1) / (norms + TINY)
    if form == "wu":
        found = values / (norms + values.abs() + TINY)
    elif form == "bhaskara":
        found = values * norms / (norms.square() + EPSILON)
    return found


def gradient_penalty(
    critic: Critic, real: Tensor, made: Tensor, shares: Tensor, target: float = 1.0
) -> Tensor:
    """Return the mean of (‖∇D‖ − 1)² at points between real and made ones, (S,).

    Args:
        critic: S critics.
        real: (S, n, d).
        made: (S, n, d).
        shares: Share of the real one in each point, (S, n, 1).
        target: The slope that costs nothing.
    """
    points = (shares * real + (1 - shares) * made).detach().requires_grad_()
    norms: Tensor = slopes(critic(points)[..., 0], points).norm(dim=-1)
    return (norms - target).square().mean(dim=1)


def c_transform(critic: Critic, real: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    """Return D of real points and its c-transform at made ones, both (S, n).

    The c-transform of D at y is the least ‖x − y‖ − D(x) over the real batch. The mean of the one
    plus that of the other is never more than the distance of the two batches (weak duality).
    """
    potentials = critic(real)[..., 0]
    costs = (real[:, :, None] - made[:, None]).square().sum(dim=-1).clamp_min(TINY).sqrt()
    return potentials, (costs - potentials[..., None]).amin(dim=1)
