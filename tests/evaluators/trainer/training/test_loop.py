"""What a training run does, and what it leaves alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from evaluators.errors import CheckpointError, MethodError, TrainingError
from evaluators.trainer.labelled_data import LabelledDataset
from evaluators.trainer.named import Spec
from evaluators.trainer.training.batches import Fitting
from evaluators.trainer.training.finetune import Finetuned, finetune
from evaluators.trainer.training.recipe import Recipe, rate_at
from evaluators.trainer.training.task_model import EncoderWithHead
from tests.evaluators.conftest import choices, entities, pairs, spans, texts

FAST = Recipe(epochs=6, rate=3e-3, head_rate=3e-3, batch=8, max_length=48, selection="last")


def right(predictions: Any) -> float:
    """Share of examples that are answered right."""
    hits = [
        said in gold if predictions.family == "span" else said == gold
        for gold, said in zip(predictions.gold, predictions.predicted, strict=True)
    ]
    return sum(hits) / len(hits)


def train(toy: Path, data: LabelledDataset, recipe: Recipe = FAST, **more: Any) -> Finetuned:
    given = {"metric": "accuracy", "worth": right, "device": "cpu", **more}
    return finetune(toy, data, data, recipe, **given)


@pytest.mark.parametrize(
    "data",
    [texts(), pairs(), choices(), spans(), entities()],
    ids=["text", "pair", "choice", "span", "entity"],
)
def test_every_family_learns_its_own_training_set(toy: Path, data: LabelledDataset) -> None:
    found = train(toy, data, replace(FAST, epochs=24))
    assert found.course.losses[-1] < 0.5 * found.course.losses[0]
    assert right(found.predictions) > 0.7
    if data.family in ("classification", "choice"):
        assert found.predictions.probabilities is not None
        assert found.predictions.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert found.cost["examples_per_second"] > 0
    assert found.cost["peak_bytes"] > 1e6


def test_the_same_seed_gives_the_same_bits_and_the_process_its_generator_back(toy: Path) -> None:
    short = replace(FAST, epochs=1)
    torch.rand(3)
    before = torch.get_rng_state()
    once = train(toy, texts(), short)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    again, other = train(toy, texts(), short), train(toy, texts(), replace(short, seed=1))
    assert all(torch.equal(value, again.weights[name]) for name, value in once.weights.items())
    assert any(not torch.equal(value, other.weights[name]) for name, value in once.weights.items())


def _without_dropout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EncoderWithHead, "train", lambda self, mode=True: self.eval())


def test_accumulation_takes_the_step_of_the_whole_batch(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_dropout(monkeypatch)
    monkeypatch.setattr(EncoderWithHead, "eval", lambda self: torch.nn.Module.train(self, False))
    recipe = replace(FAST, epochs=2, batch=8)
    whole = train(toy, texts(30), recipe)
    pieces = train(toy, texts(30), replace(recipe, micro_batch=3))
    assert pieces.cost["accumulation"] == 3
    assert pieces.course.losses == pytest.approx(whole.course.losses, rel=1e-5)


def test_memory_running_out_halves_what_is_computed_and_keeps_the_batch(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EncoderWithHead, "eval", lambda self: torch.nn.Module.train(self, False))
    _without_dropout(monkeypatch)
    recipe = replace(FAST, epochs=2, batch=8)
    roomy = train(toy, texts(), recipe)
    forward = EncoderWithHead.forward

    def small(self: EncoderWithHead, batch: Any) -> Any:
        if len(batch["example"]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, batch)

    monkeypatch.setattr(EncoderWithHead, "forward", small)
    tight = train(toy, texts(), recipe)
    assert tight.cost["rows_at_once"] == 2
    assert tight.cost["accumulation"] == 4
    assert tight.cost["oom_halvings"] >= 2
    assert tight.cost["steps"] == roomy.cost["steps"]
    assert tight.course.losses == pytest.approx(roomy.course.losses, rel=1e-5)


def test_memory_for_not_even_one_row_is_an_error_and_a_bug_is_no_lack_of_memory() -> None:
    fitting = Fitting(8)
    fitting.halve(torch.OutOfMemoryError("CUDA out of memory"), tried=3)
    assert fitting.rows == 1
    with pytest.raises(TrainingError, match="one row"):
        fitting.halve(torch.OutOfMemoryError("CUDA out of memory"), tried=1)
    with pytest.raises(RuntimeError, match="shape"):
        Fitting(8).halve(RuntimeError("shape mismatch"), tried=8)


def test_bfloat16_computes_in_it_and_keeps_float32_weights(toy: Path) -> None:
    short = replace(FAST, epochs=1)
    wide, half = train(toy, texts(), short), train(toy, texts(), replace(short, dtype="bfloat16"))
    assert {value.dtype for value in half.weights.values()} == {torch.float32}
    assert half.course.losses != wide.course.losses
    assert half.course.losses == pytest.approx(wide.course.losses, rel=0.05)
    with pytest.raises(TrainingError, match="float32 or bfloat16"):
        train(toy, texts(), replace(short, dtype="float16"))


def test_the_epoch_is_chosen_where_the_plan_says(toy: Path) -> None:
    values = iter([0.2, 0.9, 0.5] * 2)
    data = texts(40)
    held = train(
        toy,
        data,
        replace(FAST, epochs=3, selection="held-out"),
        worth=lambda predictions: next(values),
    )
    assert held.course.best == 2
    assert held.course.chosen_by == [0.2, 0.9, 0.5]
    assert held.cost["held_out_examples"] == 4
    assert held.cost["train_examples"] == 36
    sizes = []

    def worth(predictions: Any) -> float:
        sizes.append(len(predictions))
        return 0.0

    published = train(toy, data, replace(FAST, epochs=2, selection="as-published"), worth=worth)
    assert sizes == [40, 40], "the scored split itself chooses"
    assert published.course.best == 1, "of equal epochs the first"
    last = train(toy, data, replace(FAST, epochs=2), worth=worth)
    assert last.course.best == 2
    assert len(sizes) == 2
    assert last.cost["held_out_examples"] == 0


def test_a_loss_that_is_no_number_stops_the_run(toy: Path) -> None:
    with pytest.raises(TrainingError, match="Lower rate"):
        train(toy, texts(), replace(FAST, rate=1e30, head_rate=1e30, clip=0.0, warmup=0.0))


@pytest.mark.parametrize(
    ("change", "says", "kind"),
    [
        ({"max_length": 129}, "at most 128, the positions", CheckpointError),
        ({"head": {"name": "tagger"}}, "is for entity, not for classification", MethodError),
    ],
)
def test_what_cannot_be_trained_is_refused_before(
    toy: Path, change: dict[str, Spec], says: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=says):
        train(toy, texts(), replace(FAST, **change))


def test_a_checkpoint_without_a_tokenizer_is_refused(toy: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        shutil.copy(toy / name, tmp_path / name)
    with pytest.raises(CheckpointError, match="tokenizer"):
        train(tmp_path, texts())


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [rate_at(step, 10, 0.2) for step in range(10)]
    assert rates[:2] == [pytest.approx(1 / 3), pytest.approx(2 / 3)]
    assert max(rates) == rates[2] == 1
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(1 / 8)
    assert rate_at(0, 1, 0.0) == rate_at(0, 1, 0.9) * 2 == 1
