from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.errors import CheckpointError
from evaluators.sts import Session
from evaluators.sts.pooling import read_recipe

MEAN = {"pooling_mode": "mean"}
DENSE = {"in_features": 32, "out_features": 8, "bias": False}


def write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value))


def test_unknown_module_refuses_native_only(
    with_modules: Callable[..., Path], sentences: tuple[str, ...]
) -> None:
    folder = with_modules(MEAN, "CNN")
    with pytest.raises(CheckpointError, match=r"'CNN'.*leave out pooling 'native'"):
        Session(folder, poolings=["native"]).encode(sentences)
    Session(folder, poolings=["last-mean"]).encode(sentences)


def test_module_path_out_of_the_checkpoint_is_refused(with_modules: Callable[..., Path]) -> None:
    folder = with_modules(MEAN)
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["path"] = "../elsewhere"
    write(folder / "modules.json", modules)
    with pytest.raises(CheckpointError, match="outside the checkpoint"):
        read_recipe(folder)


@pytest.mark.parametrize("text", ["{", "[1]", '[{"path": ""}]'])
def test_damaged_modules_file_is_named(make_checkpoint: Callable[..., Path], text: str) -> None:
    folder = make_checkpoint()
    (folder / "modules.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"modules\.json"):
        read_recipe(folder)


def test_unknown_pooling_mode_is_named(with_modules: Callable[..., Path]) -> None:
    with pytest.raises(CheckpointError, match="'attention'"):
        read_recipe(with_modules({"pooling_mode": "attention"}))


def test_dense_with_foreign_activation_is_refused(with_modules: Callable[..., Path]) -> None:
    folder = with_modules(MEAN, "Dense", dense={**DENSE, "activation_function": "os.system"})
    with pytest.raises(CheckpointError, match=r"'os\.system'"):
        read_recipe(folder)


def test_dense_with_pickled_weights_is_refused(with_modules: Callable[..., Path]) -> None:
    folder = with_modules(MEAN, "Dense", dense=DENSE)
    weights = folder / "2_Dense" / "model.safetensors"
    weights.rename(folder / "2_Dense" / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="pickled"):
        read_recipe(folder)


def test_dense_that_does_not_fit_its_weights_is_named(with_modules: Callable[..., Path]) -> None:
    folder = with_modules(MEAN, "Dense", dense=DENSE)
    write(folder / "2_Dense" / "config.json", {**DENSE, "out_features": 9})
    with pytest.raises(CheckpointError, match="does not fit"):
        read_recipe(folder)


def test_default_prompt_is_told_and_not_applied(
    with_modules: Callable[..., Path], sentences: tuple[str, ...]
) -> None:
    folder = with_modules(MEAN)
    prompts = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
    write(folder / "config_sentence_transformers.json", prompts)
    with Session(folder, poolings=["native"]) as session:
        session.encode(sentences)
        assert session.cost["default_prompt_not_used"] == "query: "
