"""Random transformers of twice the width."""

from __future__ import annotations

from functools import lru_cache

import pytest
import torch

from evaluators.experiments.lossless_widening import (
    ARCHITECTURES,
    HEAD,
    Kind,
    Transformer,
    compare,
    draw,
    frequencies,
    repeated,
    widen,
)


@lru_cache
def largest(kind: Kind, epsilon: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for score in compare(kind, epsilon, "float64", 2, [0, 1]).scores:
        arm = score.variant["arm"]
        found[arm] = max(found.get(arm, 0.0), score.value)
    return found


@pytest.mark.parametrize("kind", list(ARCHITECTURES))
def test_only_the_lossless_way_changes_nothing(kind: Kind) -> None:
    found = dict(largest(kind, 1e-5))
    assert found.pop("lossless") < 1e-12
    assert min(found.values()) > 1e-3, found


def test_a_tiny_epsilon_can_stay() -> None:
    assert largest("post-gelu", 1e-12)["epsilon kept"] < 1e-7


def test_relu_takes_any_factor_and_has_no_misprint() -> None:
    assert set(largest("pre-relu", 1e-5)) == {
        "lossless",
        "epsilon kept",
        "without 2^(1/4)",
        "heads tiled",
    }


def test_every_vector_is_repeated_over_the_root_of_two() -> None:
    kind = ARCHITECTURES["pre-gelu"]
    weights, _ = draw(kind, 1, [0])
    narrow = Transformer(kind, weights, 1, HEAD, 1e-5, frequencies(HEAD))
    wide = widen(narrow, "lossless")
    for name in ("embedding", "position", "norm.gamma"):
        half = weights[name] / 2**0.5
        assert torch.allclose(wide.weights[name][..., 0::2], half)
        assert torch.allclose(wide.weights[name][..., 1::2], half)
    assert wide.weights["0.down"].shape == (1, 512, 128)
    assert wide.head == 2 * HEAD


def test_repeating_by_hand() -> None:
    numbers = torch.tensor([1, 2, 3, 4])
    assert repeated(numbers, 0, "each").tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    assert repeated(numbers, 0, "pairs").tolist() == [1, 2, 1, 2, 3, 4, 3, 4]
    assert repeated(numbers, 0, "tiled").tolist() == [1, 2, 3, 4, 1, 2, 3, 4]


def test_the_layers_are_those_of_torch() -> None:
    kind = ARCHITECTURES["post-gelu"]
    weights, tokens = draw(kind, 1, [5])
    ours = Transformer(kind, weights, 1, HEAD, 1e-5, frequencies(HEAD))(tokens)
    one = {name: value[0] for name, value in weights.items()}
    layer = torch.nn.TransformerEncoderLayer(
        64, 4, 256, dropout=0.0, activation="gelu", batch_first=True, dtype=torch.float64
    ).eval()
    attention = layer.self_attn
    state = {
        attention.in_proj_weight: torch.cat([one[f"0.{part}"].T for part in "qkv"]),
        attention.in_proj_bias: torch.cat([one[f"0.{part}.bias"] for part in "qkv"]),
        attention.out_proj.weight: one["0.o"].T,
        attention.out_proj.bias: one["0.o.bias"],
        layer.linear1.weight: one["0.up"].T,
        layer.linear1.bias: one["0.up.bias"],
        layer.linear2.weight: one["0.down"].T,
        layer.linear2.bias: one["0.down.bias"],
        layer.norm1.weight: one["0.norm1.gamma"],
        layer.norm1.bias: one["0.norm1.beta"],
        layer.norm2.weight: one["0.norm2.gamma"],
        layer.norm2.bias: one["0.norm2.beta"],
    }
    with torch.no_grad():
        for parameter, value in state.items():
            parameter.copy_(value)
        h = torch.nn.functional.layer_norm(
            one["embedding"][tokens[0]] + one["position"],
            (64,),
            one["norm.gamma"],
            one["norm.beta"],
            1e-5,
        )
        theirs = layer(h) @ one["embedding"].T + one["output.bias"]
    assert torch.allclose(ours[0], theirs.flatten(0, 1), atol=1e-10)


def test_rotary_scores_depend_on_distances_alone() -> None:
    kind = ARCHITECTURES["pre-swiglu-rope"]
    weights, _ = draw(kind, 1, [0])
    model = Transformer(kind, weights, 1, HEAD, 1e-5, frequencies(HEAD))
    q, k = torch.randn(2, 1, HEAD, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    turned = model._turned(q.expand(6, HEAD)), model._turned(k.expand(6, HEAD))
    scores = turned[0] @ turned[1].T
    assert scores[3, 1].item() == pytest.approx(scores[5, 3].item())
    assert scores[3, 1].item() != pytest.approx(scores[3, 2].item())
