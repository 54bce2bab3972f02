from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from evaluators.checkpoint.load import load_encoder
from evaluators.errors import CheckpointError


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_weights_are_loaded_in_the_dtype_asked_for_and_not_as_saved(
    make_checkpoint: Callable[..., Path],
) -> None:
    from transformers import AutoModel

    folder = make_checkpoint()
    AutoModel.from_pretrained(folder).to(torch.float16).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["dtype"] == "float16"
    assert load_encoder(folder, device="cpu").model.dtype == torch.float32
    assert load_encoder(folder, dtype="bfloat16", device="cpu").model.dtype == torch.bfloat16


def test_loading_leaves_the_global_generator_alone(make_checkpoint: Callable[..., Path]) -> None:
    folder = make_checkpoint(pooler=False)  # transformers draws the missing pooler
    before = torch.get_rng_state()
    assert not load_encoder(folder, device="cpu").has_pooler
    assert torch.equal(before, torch.get_rng_state())


def test_pickled_weights_are_refused(make_checkpoint: Callable[..., Path]) -> None:
    folder = make_checkpoint()
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch evil'\ntR.")
    with pytest.raises(CheckpointError, match="safetensors"):
        load_encoder(folder)


def test_remote_code_is_refused_and_not_run(make_checkpoint: Callable[..., Path]) -> None:
    folder = make_checkpoint()
    edit_config(folder, auto_map={"AutoModel": "evil.Evil"})
    (folder / "evil.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")
    with pytest.raises(CheckpointError, match="auto_map"):
        load_encoder(folder)
    assert not (folder / "ran").exists()


def test_truncated_weights_are_an_error(make_checkpoint: Callable[..., Path]) -> None:
    weights = make_checkpoint() / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="truncated or damaged"):
        load_encoder(weights.parent)


def test_weights_that_leave_layers_to_chance_are_an_error(
    make_checkpoint: Callable[..., Path],
) -> None:
    folder = make_checkpoint()
    edit_config(folder, num_hidden_layers=4)
    with pytest.raises(CheckpointError, match="leave 16 parameters unset"):
        load_encoder(folder)


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json"])
def test_missing_files_are_errors(make_checkpoint: Callable[..., Path], missing: str) -> None:
    folder = make_checkpoint()
    (folder / missing).unlink()
    with pytest.raises(CheckpointError, match=str(folder)):
        load_encoder(folder)


def test_unknown_dtype_is_refused(checkpoint: Path) -> None:
    with pytest.raises(CheckpointError, match=r"dtype must be .* got 'int8'"):
        load_encoder(checkpoint, dtype="int8")


def test_positions_of_roberta_leave_out_those_before_the_first(tmp_path: Path) -> None:
    from transformers import RobertaConfig, RobertaModel

    from evaluators.checkpoint.load import _positions

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 9}
    config = RobertaConfig(**sizes, intermediate_size=8, max_position_embeddings=66, pad_token_id=1)
    with torch.random.fork_rng():
        assert _positions(RobertaModel(config)) == (64, True)
