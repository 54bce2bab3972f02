"""Slopes and jumps of normalised critics, against formulas and by hand."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import torch

from evaluators.claims import RowEvidence, find
from evaluators.experiments._critics import EPSILON, Activation, Networks
from evaluators.experiments.gradient_normalisation import (
    JUMP,
    SLOPE,
    compare,
    largest_jump,
    largest_slope,
    slope_of,
)


def critic(activation: Activation = "relu", widths: tuple[int, ...] = (3, 16, 16, 1)) -> Networks:
    return Networks(widths, [0, 1], activation=activation, dtype=torch.float64, gain=2.0)


def generators() -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in (0, 1)]


def test_inside_a_piece_the_slopes_are_those_of_the_formulas() -> None:
    points = torch.randn(2, 50, 3, dtype=torch.float64, generator=generators()[0])
    networks = critic()
    w, values = slope_of("plain", networks, points), networks(points)[..., 0].detach()
    expected = {
        "wu": w.square() / (w + values.abs()).square(),
        "bhaskara": w.square() / (w.square() + EPSILON),
        "linear-form": torch.ones_like(w),
    }
    for form in ("wu", "bhaskara", "linear-form"):
        assert torch.allclose(slope_of(form, networks, points), expected[form], rtol=1e-9), form


def test_the_search_climbs_to_the_top_of_a_slope_that_is_known() -> None:
    # D = tanh(x): its slope is 1 - tanh², at most 1, at 0.
    one = Networks((1, 1, 1), [0], activation="tanh", dtype=torch.float64)
    with torch.no_grad():
        for weight, bias in zip(one.weights, one.biases, strict=True):
            weight.fill_(1.0)
            bias.fill_(0.0)
    found = largest_slope("plain", one, 4, 200, generators()[:1])
    assert float(found) == pytest.approx(1.0, abs=1e-6)
    assert float(found) <= 1


def test_a_jump_by_hand() -> None:
    # D = relu(x) + relu(-3x): slope 1 right of 0 and -3 left of it, D(0) = 0; plus 1, so that
    # D/‖∇D‖ is 1 on the right of 0 and 1/3 on the left.
    one = Networks((1, 2, 1), [0], dtype=torch.float64)
    with torch.no_grad():
        one.weights[0].copy_(torch.tensor([[[1.0, -3.0]]]))
        one.weights[1].fill_(1.0)
        one.biases[0].fill_(0.0)
        one.biases[1].fill_(1.0)
    right, left = 1 / (1 + 1), 1 / (3 + 1)
    found = largest_jump("wu", one, 8, generators()[:1])
    assert float(found) == pytest.approx(right - left, abs=1e-12)
    assert float(largest_jump("plain", one, 8, generators()[:1])) < 1e-14


def test_without_edges_nothing_jumps() -> None:
    for activation in ("none", "tanh"):
        for form in ("wu", "bhaskara"):
            jumps = largest_jump(form, critic(activation), 32, generators())
            assert jumps.max() < 1e-9, (activation, form)


def test_without_pieces_the_bound_is_broken() -> None:
    steepest = {
        form: largest_slope(form, critic("tanh"), 64, 60, generators())
        for form in ("wu", "bhaskara", "linear-form")
    }
    assert steepest["bhaskara"].min() > 1.5
    assert steepest["linear-form"].min() > 1.5


def test_measured_critics_decide_the_identities() -> None:
    scores = compare("relu", 2, 16, 2.0, 64, 30, [0, 1, 2]).scores
    rows: list[dict[str, Any]] = [
        {**score.variant, "metric": score.metric, "value": score.value} for score in scores
    ]
    for name in ("normalised-critics-are-flat-in-pieces", "normalised-critics-jump"):
        verdict = find(name).decide(RowEvidence(rows, level="identity"))
        assert verdict.verdict == "holds", verdict.detail
    linear = defaultdict(list)
    for score in compare("none", 2, 16, 2.0, 16, 5, [0, 1]).scores:
        linear[score.variant["arm"], score.metric].append(score.value)
    assert max(linear["wu", JUMP]) < 1e-9
    assert max(linear["wu", SLOPE]) <= 1 + 1e-9
