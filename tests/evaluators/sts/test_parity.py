from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from evaluators.dataset import PairDataset
from evaluators.errors import CheckpointError
from tests.evaluators.sts.parity import (
    DTYPES,
    compare_backbone,
    compare_static,
    ours,
    theirs,
)
from tests.evaluators.sts.tiny_models import (
    BACKBONES,
    RECIPES,
    STATIC,
    save_backbone,
    save_recipe,
    save_static,
)
from tests.evaluators.sts.tiny_tokenizers import SENTENCES

pytest.importorskip("sentence_transformers", reason="the peer is not installed")

# Every backbone and every recipe at least once; the whole product is slow.
_NAMES = list(BACKBONES)
CELLS = [(_NAMES[i % len(_NAMES)], recipe, "float32") for i, recipe in enumerate(RECIPES)]
CELLS += [
    ("Qwen3", "lasttoken", "bfloat16"),
    ("XLM-R", "two Dense", "bfloat16"),
    ("Gemma 3", "Dense on tokens", "float16"),
    ("DeBERTa-v2", "WeightedLayerPooling", "float64"),
]


@pytest.mark.parametrize(("backbone", "recipe", "dtype"), CELLS)
def test_vectors_equal_those_of_sentence_transformers(
    tmp_path: Path, backbone: str, recipe: str, dtype: str
) -> None:
    ((_, found),) = compare_backbone(backbone, [recipe], [dtype], tmp_path).items()
    assert found[dtype].holds, found[dtype]


@pytest.mark.parametrize("name", STATIC)
def test_tables_of_word_vectors_equal_those_of_sentence_transformers(
    tmp_path: Path, name: str
) -> None:
    ((_, found),) = compare_static([name], ["float32"], tmp_path).items()
    assert found["float32"].holds, found["float32"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_recipe_in_every_dtype(tmp_path: Path, backbone: str) -> None:
    cells = compare_backbone(backbone, list(RECIPES), DTYPES, tmp_path)
    assert {
        key: found for key, found in cells.items() if not all(d.holds for d in found.values())
    } == {}


@pytest.mark.parametrize("pooling", ["last-token", "weighted-mean", "last-mean", "cls"])
def test_vectors_of_a_decoder_depend_on_neither_the_tokenizers_side_nor_the_batch(
    tmp_path: Path, pooling: str
) -> None:
    from transformers import AutoTokenizer

    folder = save_backbone("Qwen2", tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    alone = ours(folder, pooling=pooling, token_budget=1)
    assert tokenizer.padding_side == "left"
    tokenizer.padding_side = "right"
    tokenizer.save_pretrained(folder)
    together = ours(folder, pooling=pooling, token_budget=10_000)
    np.testing.assert_allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize("backbone", ["Qwen2", "Mistral", "Gemma 3"])
def test_decoders_keep_no_keys_and_values(tmp_path: Path, backbone: str) -> None:
    import torch

    from evaluators.checkpoint.load import load_encoder

    model = load_encoder(save_backbone(backbone, tmp_path), device="cpu").model
    with torch.inference_mode():
        assert model(torch.tensor([[7, 8, 9]])).past_key_values is None


def test_checkpoint_without_modules_is_pooled_as_sentence_transformers_does(tmp_path: Path) -> None:
    folder = save_backbone("Qwen3", tmp_path)  # saved as Qwen3ForCausalLM: its last token
    np.testing.assert_allclose(ours(folder), theirs(folder), atol=1e-5)


def test_encoder_decoder_of_another_family_has_its_encoder_and_no_native_pooling(
    tmp_path: Path,
) -> None:
    import torch
    from transformers import AutoTokenizer, BartConfig, BartModel

    base = save_backbone("RoBERTa", tmp_path / "roberta")
    tokenizer = AutoTokenizer.from_pretrained(base)
    sizes = {"d_model": 32, "max_position_embeddings": 64, "vocab_size": len(tokenizer)}
    for side in ("encoder", "decoder"):
        sizes |= {f"{side}_layers": 2, f"{side}_attention_heads": 4, f"{side}_ffn_dim": 48}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        bart = BartModel(BartConfig(**sizes, pad_token_id=0)).eval()
    bart.save_pretrained(tmp_path / "bart")
    tokenizer.save_pretrained(tmp_path / "bart")
    folder = save_recipe(tmp_path / "bart", RECIPES["mean"], tmp_path / "declared")

    with pytest.raises(CheckpointError, match="pools the decoder of a bart"):
        ours(folder)
    ids = torch.tensor([tokenizer("A man is playing a guitar.")["input_ids"]])
    with torch.inference_mode():
        expected = bart.get_encoder()(ids).last_hidden_state[0].mean(0)
    np.testing.assert_allclose(ours(folder, pooling="last-mean")[0], expected, atol=1e-5)


def test_table_of_word_vectors_has_no_layers(tmp_path: Path) -> None:
    folder = save_static("alone", tmp_path)
    np.testing.assert_array_equal(ours(folder), ours(folder, pooling="last-mean"))
    with pytest.raises(CheckpointError, match="leave out pooling 'first-last-mean'"):
        ours(folder, pooling="first-last-mean")


def test_router_without_a_route_for_pairs_is_refused(tmp_path: Path) -> None:
    import json

    base = save_backbone("BERT", tmp_path / "bert")
    folder = save_recipe(base, RECIPES["Router"], tmp_path / "router")
    file = folder / "router_config.json"
    config = json.loads(file.read_text())
    config["parameters"] = {"default_route": None, "allow_empty_key": False}
    file.write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="the routes query, document and no default_route"):
        ours(folder)


def test_pooling_that_a_checkpoint_lacks_fails_only_its_own_jobs(tmp_path: Path) -> None:
    from evaluators import registry
    from evaluators.evaluator import Session

    folder, pairs = save_static("alone", tmp_path / "table"), some_pairs()
    evaluator = registry.find("sts")
    poolings = ["native", "cls", "pooler", "last-mean", "last-2-mean", "last-token"]
    request = evaluator.Request(tasks=["SampleEN"], poolings=poolings, resamples=100)
    jobs = evaluator.jobs(request, "digest", lambda ref: pairs.digest)
    session = Session(evaluator, folder, jobs, lambda ref: pairs, device="cpu")
    finished = []
    for job in jobs:
        with contextlib.suppress(CheckpointError):
            session.evaluate(job)
            finished.append(job.parameters["pooling"])
    assert finished == ["native", "last-mean", "last-token"]


def some_pairs() -> PairDataset:
    n = len(SENTENCES) - 1
    gold = np.arange(n, dtype=np.float64)
    return PairDataset("SampleEN", "test", SENTENCES[:n], SENTENCES[1:], gold)
