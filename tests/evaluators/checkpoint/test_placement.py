"""Layers are spread over devices without a change of a single bit of a vector."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import nn

from evaluators.checkpoint import placement
from evaluators.checkpoint.device_map import DeviceMap
from evaluators.checkpoint.load import load_encoder
from evaluators.checkpoint.placement import choose_devices, spread
from evaluators.errors import CheckpointError
from tests.evaluators.sts.parity import ours
from tests.evaluators.sts.tiny_models import save_backbone

FIRST, SECOND = torch.device("cuda:0"), torch.device("cuda:1")


class Tiny(nn.Module):
    """Four layers of 100 elements between a table of 100 and a norm of 20."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(10, 10)
        self.body = nn.Module()
        self.body.scale = nn.Parameter(torch.ones(1))
        self.body.layers = nn.ModuleList(nn.Linear(10, 10, bias=False) for _ in range(4))
        self.norm = nn.LayerNorm(10)


def test_layers_are_shared_out_by_free_memory_and_the_rest_stays_on_the_first_device():
    # In float32 the table, the scale and the norm have 484 bytes, each layer 400: 2,084 in all, so
    # that with equal memories the first share ends at 1,042, within the second layer.
    placed = spread(Tiny(), [FIRST, SECOND], [5000, 5000], dtype="float32")
    assert {name for name, device in placed.items() if device == FIRST} == {
        "table", "body.scale", "norm", "body.layers.0",
    }  # fmt: skip
    assert [name for name, device in placed.items() if device == SECOND] == [
        "body.layers.1", "body.layers.2", "body.layers.3",
    ]  # fmt: skip
    placed = spread(Tiny(), [FIRST, SECOND], [9000, 3000], dtype="float32")
    assert [name for name, device in placed.items() if device == SECOND] == ["body.layers.3"]


def test_a_device_without_room_for_its_part_is_named():
    # bfloat16: 242 bytes beside the layers, 200 each; 400 hold the rest, and not a layer with it
    with pytest.raises(CheckpointError, match=r"its part on cuda:1 needs .* more devices"):
        spread(Tiny(), [FIRST, SECOND], [400, 500], dtype="bfloat16")
    placed = spread(Tiny(), [FIRST, SECOND], [700, 500], dtype="bfloat16")
    assert list(placed.values()).count(SECOND) == 2


@pytest.mark.parametrize(
    ("backbone", "dtype"),
    [
        *((name, "float32") for name in ("BERT", "ALBERT", "DeBERTa-v2", "T5", "Gemma 3")),
        ("Qwen3", "bfloat16"),
    ],
)
def test_vectors_of_spread_layers_are_those_of_the_undivided_model(
    tmp_path: Path, backbone: str, dtype: str
) -> None:
    folder = save_backbone(backbone, tmp_path)
    loaded = load_encoder(folder, dtype=dtype, device_map=("cpu", "cpu"))
    assert loaded.spread_over == (torch.device("cpu"),) * 2
    hooked = [name for name, module in loaded.model.named_modules() if hasattr(module, "_hf_hook")]
    assert len(hooked) > 2
    for pooling in ("last-mean", "first-last-mean"):
        whole = ours(folder, pooling=pooling, dtype=dtype)
        parts = ours(folder, pooling=pooling, dtype=dtype, device_map=("cpu", "cpu"))
        np.testing.assert_array_equal(parts, whole)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_shards_with_an_index_give_the_vectors_of_a_single_file(tmp_path: Path, dtype: str) -> None:
    from transformers import AutoModel, AutoTokenizer

    whole = save_backbone("Qwen2", tmp_path / "whole")
    model = AutoModel.from_pretrained(whole, dtype=getattr(torch, dtype))
    model.save_pretrained(tmp_path / "whole")
    model.save_pretrained(tmp_path / "shards", max_shard_size="20KB")
    AutoTokenizer.from_pretrained(whole).save_pretrained(tmp_path / "shards")
    index = json.loads((tmp_path / "shards" / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) > 2
    single = ours(whole, pooling="last-token", dtype=dtype)
    for device_map in (None, ("cpu", "cpu")):
        vectors = ours(
            tmp_path / "shards", pooling="last-token", dtype=dtype, device_map=device_map
        )
        np.testing.assert_array_equal(vectors, single)


def test_memory_of_all_devices_is_checked_before_loading(tmp_path: Path, monkeypatch) -> None:
    folder = save_backbone("BERT", tmp_path)
    monkeypatch.setattr(placement, "free_bytes", lambda device: 50_000)
    with pytest.raises(CheckpointError, match=r"does not fit into the memory of cpu: its weights"):
        load_encoder(folder, device_map=("cpu", "cpu"))


def test_auto_takes_the_fewest_gpus_and_then_main_memory(tmp_path: Path, monkeypatch) -> None:
    folder = save_backbone("BERT", tmp_path)  # about 110 kB in float32
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    for free, names in (
        (1_000_000, ["cuda:0"]),
        (80_000, ["cuda:0", "cuda:1"]),
        (40_000, ["cuda:0", "cuda:1", "cuda:2", "cpu"]),
    ):
        monkeypatch.setattr(placement, "free_bytes", lambda device, free=free: free)
        assert [str(d) for d in choose_devices(folder, "auto", dtype="float32")] == names
    monkeypatch.undo()
    if not torch.cuda.is_available():
        assert choose_devices(folder, "auto", dtype="float32") == [torch.device("cpu")]


def test_gpus_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="device_map names cuda:99, and PyTorch sees"):
        load_encoder(save_backbone("BERT", tmp_path), device_map=("cuda:99", "cpu"))


@pytest.mark.parametrize("wrong", ["disk", ["meta"], ["cuda:0", "disk"], ["cpu", "cuda:0"], []])
def test_a_device_map_of_other_places_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError, match="device_map must"):
        TypeAdapter(DeviceMap).validate_python(wrong)


@pytest.mark.gpu
@pytest.mark.parametrize("backbone", ["BERT", "Qwen3"])
def test_layers_in_main_memory_are_computed_on_the_gpu(tmp_path: Path, backbone: str) -> None:
    folder = save_backbone(backbone, tmp_path)
    whole = ours(folder, pooling="last-mean", device="cuda:0")
    np.testing.assert_array_equal(
        ours(folder, pooling="last-mean", device_map=("cuda:0", "cpu")), whole
    )
    if torch.cuda.device_count() > 1:
        two = ours(folder, pooling="last-mean", device_map=("cuda:0", "cuda:1"))
        np.testing.assert_array_equal(two, whole)
