"""What transformers itself writes is accepted, and what was pulled is all that loading needs."""

from __future__ import annotations

import json

import pytest
import torch

from evaluators.checkpoint.files import checkpoint_digest
from evaluators.checkpoint.load import load_encoder
from evaluators.checkpoint.verify import verify
from flows.checkpoints import pull
from tests.flows.checkpoints.conftest import write_files


@pytest.fixture(scope="module")
def bert():
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=64,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return BertModel(config).eval()


@pytest.fixture
def tokenizer(minilm):
    names = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json")
    return {name: (minilm / name).read_bytes() for name in names}


def state(folder):
    return load_encoder(folder, device="cpu").model.state_dict()


@pytest.mark.parametrize("size", ["1GB", "20KB"])
def test_whole_and_sharded_weights_of_transformers(bert, tokenizer, tmp_path, hub, root, size):
    bert.save_pretrained(tmp_path / "saved", max_shard_size=size)
    write_files(tmp_path / "saved", tokenizer)
    verify(tmp_path / "saved")
    sharded = (tmp_path / "saved" / "model.safetensors.index.json").exists()
    assert sharded is (size == "20KB")
    saved = (p for p in (tmp_path / "saved").iterdir())
    hub.model("org/bert").commit({path.name: path.read_bytes() for path in saved})
    pulled = pull("bert", "hf://org/bert", root=root)
    assert pulled.digest == checkpoint_digest(tmp_path / "saved")
    loaded = state(pulled.folder)
    assert all(torch.equal(loaded[name], value) for name, value in bert.state_dict().items())


def test_minilm_from_the_hub_loads_as_the_wheel_does(minilm, hub, root):
    files = (p for p in minilm.rglob("*") if p.is_file())
    hub.model("org/m").commit({p.relative_to(minilm).as_posix(): p.read_bytes() for p in files})
    pulled, wheel = state(pull("m", "hf://org/m", root=root).folder), state(minilm)
    assert pulled.keys() == wheel.keys()
    assert all(torch.equal(pulled[name], wheel[name]) for name in wheel)


def test_a_pipeline_of_modules_as_sentence_transformers_writes_it(folder):
    # Copied from what its release 6.2 writes for an encoder, pooling, a dense layer and scaling.
    base = "sentence_transformers"
    kinds = {
        "": f"{base}.base.modules.transformer.Transformer",
        "1_Pooling": f"{base}.sentence_transformer.modules.pooling.Pooling",
        "2_Dense": f"{base}.base.modules.dense.Dense",
        "3_Normalize": f"{base}.base.modules.normalize.Normalize",
    }
    listed = [
        {"idx": n, "name": str(n), "path": path, "type": kind}
        for n, (path, kind) in enumerate(kinds.items())
    ]
    before = checkpoint_digest(folder)
    weights = (folder / "model.safetensors").read_bytes()
    write_files(
        folder,
        {
            "modules.json": json.dumps(listed).encode(),
            "2_Dense/config.json": b'{"in_features": 4, "out_features": 2}',
            "2_Dense/model.safetensors": weights,
        },
    )
    verify(folder)
    assert checkpoint_digest(folder) != before
