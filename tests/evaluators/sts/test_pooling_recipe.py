from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from evaluators.errors import CheckpointError
from evaluators.sts import Session
from evaluators.sts.recipe import read_recipe
from evaluators.sts.settings import SentenceSettings

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


def problem(folder: Path) -> str:
    """Return why `native` is refused; every other pooling stays possible."""
    return read_recipe(folder).problem or ""


def test_unknown_pooling_mode_is_named(with_modules: Callable[..., Path]) -> None:
    assert "'attention'" in problem(with_modules({"pooling_mode": "attention"}))


def test_unknown_key_of_a_module_is_named(with_modules: Callable[..., Path]) -> None:
    assert "'new_key'" in problem(with_modules({**MEAN, "new_key": 1}))


@pytest.mark.parametrize("name", ["os.system", "torch.nn.modules.rnn.LSTM", "torch.save", "Tanh"])
def test_dense_with_foreign_activation_is_refused(
    with_modules: Callable[..., Path], name: str
) -> None:
    folder = with_modules(MEAN, "Dense", dense={**DENSE, "activation_function": name})
    assert f"unknown activation {name!r}" in problem(folder)


def test_dense_with_pickled_weights_is_refused(with_modules: Callable[..., Path]) -> None:
    folder = with_modules(MEAN, "Dense", dense=DENSE)
    weights = folder / "2_Dense" / "model.safetensors"
    weights.rename(folder / "2_Dense" / "pytorch_model.bin")
    assert "pickled" in problem(folder)


@pytest.mark.parametrize("change", [{"out_features": 9}, {"bias": True}, {"use_residual": True}])
def test_dense_that_does_not_fit_its_weights_is_named(
    with_modules: Callable[..., Path], change: dict[str, object]
) -> None:
    folder = with_modules(MEAN, "Dense", dense=DENSE)
    write(folder / "2_Dense" / "config.json", {**DENSE, **change})
    assert "does not fit" in problem(folder)


def test_dense_that_reads_what_nothing_writes_is_refused(with_modules: Callable[..., Path]) -> None:
    dense = {**DENSE, "module_input_name": "elsewhere"}
    assert "'elsewhere', which nothing writes" in problem(with_modules(MEAN, "Dense", dense=dense))


REFUSED = [
    ({"transformer_task": "fill-mask"}, "'fill-mask' gives no sentence vectors"),
    ({"max_seq_length": 12, "new_key": 1}, "'new_key', which rankcheck does not know"),
    ({"tokenizer_name_or_path": "other"}, "tokenizer of another checkpoint"),
    ({"tokenizer_args": {"do_basic_tokenize": False}}, "'do_basic_tokenize'"),
    ({"config_args": {"num_hidden_layers": 1}}, "'num_hidden_layers'"),
    ({"processing_kwargs": {"text": {"truncation": False}}}, "truncation must be longest_first"),
    ({"processing_kwargs": {"text": {"text_pair": "x"}}}, "'text_pair'"),
    (
        {
            "modality_config": {
                "text": {"method": "forward", "method_output_name": "pooler_output"}
            },
            "module_output_name": "sentence_embedding",
        },
        "got sentence_embedding by forward and pooler_output",
    ),
]


@pytest.mark.parametrize(("config", "reason"), REFUSED)
def test_setting_of_sentences_that_is_not_understood_is_named(
    with_modules: Callable[..., Path], config: dict[str, object], reason: str
) -> None:
    assert reason in problem(with_modules(MEAN, sentence_config=config))


IGNORED = {
    "transformer_task": "feature-extraction",
    "unpad_inputs": False,
    "query_length": 3,
    "model_args": {"torch_dtype": "float16"},
    "tokenizer_args": {"padding_side": "left"},
    "processing_kwargs": {"text": {"padding": True}, "image": {"size": 3}},
}


def test_settings_without_an_effect_on_pairs_are_read_over(
    with_modules: Callable[..., Path],
) -> None:
    folder = with_modules(MEAN, sentence_config=IGNORED)
    assert read_recipe(folder) == replace(
        read_recipe(folder), sentences=SentenceSettings(), problem=None
    )


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_type": "SparseEncoder"}, "'SparseEncoder' gives no sentence vectors"),
        ({"truncate_dim": -1}, "truncate_dim must be a positive number, got -1"),
        ({"default_prompt_name": "q", "prompts": {"p": ""}}, "'q' is not one of its prompts"),
    ],
)
def test_setting_of_the_model_that_is_not_understood_is_named(
    with_modules: Callable[..., Path], config: dict[str, object], reason: str
) -> None:
    folder = with_modules(MEAN)
    write(folder / "config_sentence_transformers.json", config)
    assert reason in problem(folder)


def test_weighted_layers_without_layers_are_refused_where_the_library_skips_them(
    with_modules: Callable[..., Path],
) -> None:
    folder = with_modules(MEAN, "WeightedLayerPooling")
    modules = json.loads((folder / "modules.json").read_text())
    write(folder / "modules.json", [modules[0], modules[2], modules[1]])
    place = folder / "2_WeightedLayerPooling"
    write(
        place / "config.json", {"embedding_dimension": 32, "num_hidden_layers": 3, "layer_start": 1}
    )
    save_file({"layer_weights": torch.ones(3)}, place / "model.safetensors")
    assert "does not set output_hidden_states" in problem(folder)


@pytest.mark.parametrize(
    ("architecture", "change", "label"),
    [
        ("BertModel", {}, "mean (assumed)"),
        ("BertForCausalLM", {}, "lasttoken (assumed)"),
        ("BertForCausalLM", {"is_causal": False}, "mean (assumed)"),
    ],
)
def test_pooling_that_nothing_declares_is_assumed_from_the_architecture(
    make_checkpoint: Callable[..., Path], architecture: str, change: dict[str, object], label: str
) -> None:
    folder = make_checkpoint()
    config = json.loads((folder / "config.json").read_text())
    write(folder / "config.json", {**config, "architectures": [architecture], **change})
    assert read_recipe(folder).label == label


def test_default_prompt_is_told_and_not_applied(
    with_modules: Callable[..., Path], sentences: tuple[str, ...]
) -> None:
    folder = with_modules(MEAN)
    prompts = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
    write(folder / "config_sentence_transformers.json", prompts)
    with Session(folder, poolings=["native"]) as session:
        session.encode(sentences)
        assert session.cost["default_prompt_not_used"] == "query: "
