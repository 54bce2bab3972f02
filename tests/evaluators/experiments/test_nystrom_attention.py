"""Nyström attention, against transformers' and on tokens whose neighbours are alike or not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import NystromformerConfig
from transformers.models.nystromformer.modeling_nystromformer import NystromformerSelfAttention

from evaluators.experiments import _nystrom
from evaluators.experiments.nystrom_attention import compare, draw


def tokens(length: int, seed: int = 0, width: int = 16) -> torch.Tensor:
    drawn = torch.Generator().manual_seed(seed)
    return torch.randn(3, 2, 4, length, width, generator=drawn, dtype=torch.float64)


def mean(
    likeness: float, arm: str, *, metric: str = "output_error", length: int = 128, count: int = 16
) -> float:
    result = compare(likeness, length, [count], [3, 6], 2.0, 2, [0, 1], lambda *_: None)
    values = [s.value for s in result.scores if (s.variant["arm"], s.metric) == (arm, metric)]
    assert len(values) == 2
    return float(np.mean(values))


def test_outputs_are_those_of_transformers() -> None:
    config = NystromformerConfig(
        hidden_size=32,
        num_attention_heads=2,
        num_landmarks=8,
        segment_means_seq_len=64,
        attention_probs_dropout_prob=0.0,
    )
    torch.manual_seed(0)
    theirs = NystromformerSelfAttention(config).eval()  # type: ignore[no-untyped-call]
    torch.nn.init.zeros_(theirs.conv.weight)  # the convolution of V is no part of ours
    theirs.requires_grad_(False)
    states = 3 * torch.randn(3, 64, 32)
    parts = [
        layer(states).unflatten(-1, (2, 16)).transpose(1, 2)
        for layer in (theirs.query, theirs.key, theirs.value)
    ]
    (expected,) = theirs(states)
    middle = _nystrom.landmark_attention(*parts[:2], landmarks=8)
    # Their code begins with one norm for all texts and heads.
    begin = middle.mT / middle.sum(dim=-2).max()

    def ours(steps: int) -> torch.Tensor:
        inverse = _nystrom.iterated_inverse(middle, steps, begin=begin)
        return (
            _nystrom.attend_by_landmarks(*parts, landmarks=8, inverse=inverse)
            .transpose(1, 2)
            .flatten(2)
        )

    assert torch.allclose(ours(6), expected, atol=1e-5)
    assert not torch.allclose(ours(5), expected, atol=1e-4), "five steps are not six"


def test_attention_is_that_of_torch() -> None:
    parts = tokens(24)
    expected = torch.nn.functional.scaled_dot_product_attention(*parts)
    assert torch.allclose(_nystrom.attend(*parts), expected, atol=1e-12)
    near = torch.ones(24, 24, dtype=torch.bool).tril(2).triu(-2)
    expected = torch.nn.functional.scaled_dot_product_attention(
        parts[0], parts[1], parts[2], attn_mask=near
    )
    assert torch.allclose(_nystrom.attend_near(*parts, width=5), expected, atol=1e-12)
    assert torch.allclose(
        _nystrom.attend_near(*parts, width=48), _nystrom.attend(*parts), atol=1e-12
    )


def test_linear_attention_is_a_loop_over_positions() -> None:
    queries, keys, values = (part[0, 0] for part in tokens(6))

    def positive(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x + 1, x.exp())

    for i in range(6):
        weights = torch.stack([positive(queries[i]) @ positive(keys[j]) for j in range(6)])
        expected = (weights[:, None] * values).sum(dim=0) / weights.sum()
        found = _nystrom.attend_linearly(queries, keys, values)[i]
        assert torch.allclose(found, expected, atol=1e-12)


def test_many_steps_reach_the_inverse_of_scipy() -> None:
    from scipy.linalg import pinv

    matrix = _nystrom.landmark_attention(*tokens(32)[:2], landmarks=8)
    expected = torch.tensor(np.stack([pinv(one) for one in matrix.flatten(0, 1).numpy()]))
    found = _nystrom.iterated_inverse(matrix, 30).flatten(0, 1)
    assert torch.allclose(found, expected, rtol=1e-8, atol=1e-8)
    assert not torch.allclose(_nystrom.iterated_inverse(matrix, 2).flatten(0, 1), expected, atol=1)


def test_landmarks_must_divide_the_sequence() -> None:
    with pytest.raises(ValueError, match="must divide the sequence of 24 positions, got 7"):
        _nystrom.segment_means(tokens(24), 7)


@pytest.mark.parametrize("likeness", [0.0, 0.99])
def test_a_landmark_for_each_token_is_exact(likeness: float) -> None:
    assert mean(likeness, "exact inverse", length=64, count=64) < 1e-9
    assert mean(likeness, "3 iterations", length=64, count=64) > 1e-3


def test_independent_tokens_are_not_approximated_and_alike_ones_are() -> None:
    apart, alike = mean(0.0, "6 iterations"), mean(0.99, "6 iterations")
    assert apart > 0.8 * mean(0.0, "uniform mean")
    assert alike < 0.5 * apart
    assert mean(0.99, "6 iterations, shuffled") > 2 * alike


def test_independent_tokens_do_not_mind_their_order() -> None:
    shuffled, ordered = mean(0.0, "6 iterations, shuffled"), mean(0.0, "6 iterations")
    assert shuffled == pytest.approx(ordered, rel=0.05)


def test_neighbours_have_the_likeness_that_was_asked_for() -> None:
    drawn = draw(0.9, 512, 4, seed=3)
    assert float(drawn.std()) == pytest.approx(1, abs=0.02)
    assert float((drawn[..., 1:, :] * drawn[..., :-1, :]).mean()) == pytest.approx(0.9, abs=0.03)
