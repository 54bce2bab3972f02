"""A checkpoint that cannot be loaded is refused from its headers, before memory is taken."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import psutil
import pytest
from safetensors.numpy import save_file

from evaluators.checkpoint.load import load_encoder
from evaluators.checkpoint.memory import WeightsSize, free_memory, shortage, weights_size
from evaluators.errors import CheckpointError


def header_only(folder: Path, elements: int, **config: object) -> Path:
    """Write a checkpoint whose weights are a header and a hole of one byte per element."""
    folder.mkdir()
    tensor = {"dtype": "F8_E4M3", "shape": [elements], "data_offsets": [0, elements]}
    header = json.dumps({"a": tensor}).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + elements)
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", **config}))
    return folder


def test_a_shortage_says_what_would_fit():
    # 7.25e9 parameters: 29 GB in float32 (4 bytes each), 14.5 GB in bfloat16 (2 bytes each).
    assert shortage(7_250_000_000, "float32", 30_000_000_000) == ""
    said = shortage(7_250_000_000, "float32", 16_000_000_000)
    assert said == (
        "its weights need 29.0 GB in float32, 14.5 GB in bfloat16; 16.0 GB are free:"
        " write dtype: bfloat16"
    )
    said = shortage(7_250_000_000, "float16", 6_000_000_000)
    assert said.startswith("its weights need 14.5 GB in float16; 6.0 GB are free: free memory")


def test_weights_larger_than_this_machines_memory_are_refused(tmp_path):
    elements = psutil.virtual_memory().total  # in float32 four times the memory
    folder = header_only(tmp_path / "x", elements)
    with pytest.raises(CheckpointError, match=r"does not fit into the memory of this machine"):
        load_encoder(folder, device="cpu")


def test_the_size_is_that_of_the_single_file_or_of_all_shards(tmp_path):
    for number in (1, 2):
        save_file({f"t{number}": np.zeros((3, 4), "f2")}, tmp_path / f"model-{number}.safetensors")
    assert weights_size(tmp_path) == WeightsSize(2, 24)
    save_file({"t": np.zeros(5, "f4")}, tmp_path / "model.safetensors")
    assert weights_size(tmp_path) == WeightsSize(1, 5)


def test_free_memory_is_at_most_what_the_system_has():
    assert 0 < free_memory() <= psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"num_hidden_layers": 1_000_000}, r"num_hidden_layers must be at most .* \(1\)"),
        ({"model_type": "albert", "num_hidden_groups": 10**6}, "num_hidden_groups must be"),
        ({"text_config": {"num_hidden_layers": 10**9}}, "num_hidden_layers must be"),
        ({"vocab_size": 10**9, "hidden_size": 64}, "vocab_size 1000000000 of width 64 has more"),
    ],
)
def test_a_configuration_that_asks_for_more_than_the_weights_hold_is_refused(
    tmp_path, config, says
):
    with pytest.raises(CheckpointError, match=says):
        load_encoder(header_only(tmp_path / "x", 1000, **config), device="cpu")
