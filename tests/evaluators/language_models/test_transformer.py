"""S transformers beside those of transformers."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmarks.language_models import as_gpt2
from evaluators.language_models.transformer import Shape, Transformer, parameters_each

SHAPE = Shape(vocabulary=11, length=12, width=16, layers=2, heads=4)


def test_a_network_is_gpt_2() -> None:
    model = Transformer([0, 1], SHAPE)
    tokens = torch.randint(11, (2, 3, 12))
    for row in range(2):
        reference: Any = as_gpt2(model, row).eval()
        assert torch.allclose(model(tokens)[row], reference(tokens[row]).logits, atol=1e-5)
    assert parameters_each(model) == reference.num_parameters()


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_causal_model_sees_nothing_ahead(norm: Any) -> None:
    model = Transformer([0], Shape(11, 12, 16, 2, 4, norm=norm))
    tokens = torch.randint(11, (1, 1, 12))
    changed = tokens.clone()
    changed[..., 7:] = (changed[..., 7:] + 1) % 11
    assert torch.allclose(model(tokens)[:, :, :7], model(changed)[:, :, :7], atol=1e-5)
    assert not torch.allclose(model(tokens)[:, :, 7:], model(changed)[:, :, 7:], atol=1e-2)


def test_networks_of_one_seed_begin_alike() -> None:
    first, other, again = Transformer([5, 6, 5], SHAPE).tokens.weight
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(Transformer([5], SHAPE).tokens.weight[0], first)
