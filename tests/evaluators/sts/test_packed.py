from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from evaluators.sts import POOLINGS, Session, packed
from evaluators.sts.packed import PackedLinear, pack_linear

x86_only = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="packing is for x86"
)


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace layers on every x86 processor: oneDNN works there too, only not faster."""
    monkeypatch.setattr(packed, "vectors_are_wide", lambda: True)


class Peeking(nn.Module):
    """Uses a layer's weight in its own way, as models with tied weights do."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = nn.Linear(8, 8)
        self.peeked = nn.Linear(8, 4)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(self.plain(inputs), self.peeked.weight)


def linear_model() -> tuple[nn.Module, torch.Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 4)), torch.randn(5, 3, 8)


@x86_only
@pytest.mark.usefixtures("wide")
def test_layers_are_replaced_and_give_the_same_numbers() -> None:
    model, inputs = linear_model()
    with torch.inference_mode():
        before = model(inputs)
        assert pack_linear(model, lambda: [model(inputs)])
        assert [type(layer) for layer in model] == [PackedLinear, nn.GELU, PackedLinear]
        np.testing.assert_allclose(model(inputs), before, atol=1e-6)


@x86_only
@pytest.mark.usefixtures("wide")
def test_a_layer_without_bias_is_replaced_too() -> None:
    model = nn.Sequential(nn.Linear(8, 16, bias=False))
    inputs = linear_model()[1]
    with torch.inference_mode():
        before = model(inputs)
        assert pack_linear(model, lambda: [model(inputs)])
        np.testing.assert_allclose(model(inputs), before, atol=1e-6)


@pytest.mark.usefixtures("wide")
def test_a_model_that_reads_weights_itself_stays_as_it_was() -> None:
    model, inputs = Peeking(), linear_model()[1]
    with torch.inference_mode():
        before = model(inputs)
        assert not pack_linear(model, lambda: [model(inputs)])
        assert torch.equal(model(inputs), before)


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("wrong", [torch.zeros_like, lambda x: x + 1e-3, lambda x: x * torch.nan])
def test_other_numbers_put_the_layers_back(wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    model, inputs = linear_model()
    real = PackedLinear.forward
    monkeypatch.setattr(PackedLinear, "forward", lambda self, x: wrong(real(self, x)))  # type: ignore[operator]
    with torch.inference_mode():
        before = model(inputs)
        assert not pack_linear(model, lambda: [model(inputs)])
        assert torch.equal(model(inputs), before)


def test_layers_stay_where_vectors_are_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    model, inputs = linear_model()
    assert not pack_linear(model, lambda: [model(inputs)])
    assert [type(layer) for layer in model] == [nn.Linear, nn.GELU, nn.Linear]


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_only_float32_is_replaced(dtype: torch.dtype) -> None:
    model, inputs = linear_model()
    model.to(dtype)
    assert not pack_linear(model, lambda: [model(inputs.to(dtype))])


@x86_only
@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("pooling", POOLINGS)
def test_vectors_are_those_of_plain_torch(
    checkpoint: Path,
    sentences: tuple[str, ...],
    pooling: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for _ in range(2):
        with Session(checkpoint, poolings=[pooling], device="cpu") as session:
            session.encode(sentences)
            found.append((session._store.vectors(pooling), session.cost["linear_layers"]))
        monkeypatch.setattr(packed, "_can_pack", lambda model: False)
    assert [layers for _, layers in found] == ["onednn", "torch"]
    np.testing.assert_allclose(found[0][0], found[1][0], atol=1e-6)
