"""Everything that is measured on a GPU runs on a CPU at toy sizes, and says what it missed."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertConfig, BertModel, Qwen3Config, Qwen3Model

from benchmarks.on_gpu.__main__ import FIRST, names
from benchmarks.on_gpu.encoding import forward_operations
from benchmarks.on_gpu.measured import Measured
from benchmarks.on_gpu.table import markdown
from benchmarks.on_gpu.wheels import needed
from tests.warm import Warm


@pytest.mark.timeout(600)
def test_every_measurement_runs_at_toy_size(tmp_path: Path, warm: Warm) -> None:
    options = ["--device", "cpu", "--size", "toy", "--to", str(tmp_path), "--no-tests"]
    done = warm.run("benchmarks.on_gpu", options, warm.environment, timeout=580)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    content = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    text = (tmp_path / "gpu.md").read_text(encoding="utf-8")
    assert content["size"] == "toy"
    assert "its numbers mean nothing" in text
    works = [row["work"] for row in content["rows"]]
    for word in ("fine-tuning", "BERT-base", "Qwen3", "batch sweep", "cached gradients", "recall"):
        assert any(word in work for work in works), word
    sides = {row["side"] for row in content["rows"]}
    assert sides == {
        "rankcheck",
        "rankcheck, padded",
        "rankcheck, compiled",
        "rankcheck, tokenising alone",
        "sentence-transformers",
    }
    notes = {row["side"]: row["note"] for row in content["rows"] if "encoding" in row["work"]}
    assert notes["rankcheck"].endswith("unpadded")
    assert notes["rankcheck, padded"].endswith(", padded")
    assert notes["rankcheck, compiled"].endswith("unpadded")
    assert all(row["rate"] > 0 and math.isfinite(row["rate"]) for row in content["rows"])
    assert all(work in text for work in works)


def test_what_has_a_target_is_measured_first() -> None:
    assert tuple(names()[: len(FIRST)]) == FIRST


def test_an_unknown_device_is_refused_with_what_to_do() -> None:
    command = [sys.executable, "-m", "benchmarks.on_gpu", "--device", "cuda:77"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "--device cpu --size toy" in done.stderr


@pytest.mark.parametrize("name", ["bert", "qwen3"])
def test_operations_are_those_that_torch_counts(name: str) -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    other = {"intermediate_size": 64, "vocab_size": 100, "attn_implementation": "eager"}
    if name == "bert":
        model: torch.nn.Module = BertModel(BertConfig(**sizes, **other), add_pooling_layer=False)
    else:
        heads = {"num_key_value_heads": 1, "head_dim": 16}
        model = Qwen3Model(Qwen3Config(**sizes, **other, **heads))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(input_ids=torch.randint(0, 100, (3, 40)))
    counted = counter.get_total_flops()
    ours = forward_operations(model, [40] * 3)
    # torch counts the whole square of a causal attention, of which half is needed
    attention = 4 * 32 * 2 * 40 * 40 * 3 / 2 if name == "qwen3" else 0
    assert ours + attention == pytest.approx(counted, rel=0.01)


def test_a_missed_target_is_said() -> None:
    row = Measured("encoding", "rankcheck", 1.0, 10.0, "texts", 1e12, share=0.4, target=0.5)
    assert row.missed
    assert "40% (at least 50%: missed)" in markdown([row], [], "a machine", size="full")


def test_wheels_are_those_of_everything_that_is_imported_but_torch() -> None:
    packages = needed()
    assert {"transformers", "tokenizers", "numpy", "pydantic-core", "pluggy"} <= packages.keys()
    assert not any(name == "torch" or name.startswith("nvidia") for name in packages)
    assert "scipy" not in needed(["SciPy"])
