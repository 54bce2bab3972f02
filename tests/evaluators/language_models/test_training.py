"""Train S networks in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from evaluators.errors import TrainingError
from evaluators.language_models.batches import Batch, Causal, Masked, Part
from evaluators.language_models.networks import LanguageModel
from evaluators.language_models.text import Stream, made_up_stream
from evaluators.language_models.training import Recipe, Trained, share_of_rate, train
from evaluators.language_models.transformer import Shape, Transformer

STREAM = made_up_stream(0, tokens=4000, vocabulary=8)
SHORT = Recipe(steps=12, every=4)
SHAPE = Shape(vocabulary=STREAM.vocabulary, length=16, width=16, layers=2, heads=2)


def batches(*seeds: int, stream: Stream = STREAM) -> Causal:
    return Causal([stream] * len(seeds), seeds, batch=4, length=16, scored=8)


def trained(
    seeds: list[int],
    rates: list[float] | None = None,
    *,
    work: Path | None = None,
    stop: int | None = None,
    recipe: Recipe = SHORT,
    shape: Shape = SHAPE,
) -> Trained:
    def report(done: int, total: int) -> None:
        if done == stop:
            raise KeyboardInterrupt

    return train(
        Transformer(seeds, shape),
        batches(*dict.fromkeys(seeds)),
        seeds,
        rates or [1e-2] * len(seeds),
        recipe,
        work=work,
        identity="it",
        report=report,
    )


def weights(run: Trained) -> Tensor:
    return torch.cat([p.detach().flatten(1) for p in run.model.parameters()], dim=1)


def test_training_lowers_the_loss() -> None:
    run = trained([0, 1], recipe=Recipe(steps=80))
    assert (run.losses[-10:].mean(dim=0) < run.losses[0] - 0.3).all()


def test_one_network_agrees_with_plain_torch() -> None:
    """The reference: one model, torch's own clipping and AdamW, the same batches."""
    run = trained([3], recipe=Recipe(steps=5, warmup=0.0, decay=0.1))
    model, read = Transformer([3], SHAPE), batches(3)
    matrices = [p for p in model.parameters() if p[0].squeeze().ndim > 1]
    vectors = [p for p in model.parameters() if p[0].squeeze().ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}],
        betas=(0.9, 0.98),
    )
    for step in range(5):
        for group in optimiser.param_groups:
            group["lr"] = 1e-2 * (5 - step) / 5
        batch = read.draw(step)
        logits = model(batch.inputs)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, -2), batch.targets.flatten())
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        assert float(run.losses[step, 0]) == pytest.approx(float(loss.detach()), rel=1e-4)


def test_a_network_trains_the_same_in_any_company() -> None:
    alone, both = trained([1], [1e-2]), trained([0, 1, 1], [1e-2, 1e-2, 1e-3])
    assert torch.allclose(alone.losses[:, 0], both.losses[:, 1], rtol=1e-4)
    assert not torch.allclose(alone.losses[:, 0], both.losses[:, 2], rtol=1e-3)


@pytest.mark.parametrize("dropout", [0.0, 0.2])
@pytest.mark.parametrize("stop", [2, 7])
def test_a_killed_run_ends_with_the_same_bits(tmp_path: Path, stop: int, dropout: float) -> None:
    shape = Shape(SHAPE.vocabulary, 16, 16, 2, 2, dropout=dropout)
    whole = trained([0, 1], shape=shape)
    with pytest.raises(KeyboardInterrupt):
        trained([0, 1], work=tmp_path, stop=stop, shape=shape)
    resumed = trained([0, 1], work=tmp_path, shape=shape)
    assert resumed.resumed_after == stop // 4 * 4
    assert torch.equal(weights(resumed), weights(whole))
    assert torch.equal(resumed.losses, whole.losses)
    assert resumed.course.validation == whole.course.validation


def test_a_diverging_network_is_marked_and_leaves_the_others_alone() -> None:
    run = trained([0, 0], [1e-2, 1e30])
    assert run.diverged[0] == 0
    assert run.diverged[1] > 0
    assert torch.allclose(run.losses[:, 0], trained([0]).losses[:, 0], rtol=1e-4)
    assert torch.isfinite(run.score("test"))[0]


def test_the_best_weights_remain_where_the_recipe_says_so() -> None:
    rising = Recipe(steps=30, every=1, warmup=0.0, schedule="constant", selection="best")
    run = trained([0, 1], [0.3, 0.3], recipe=rising)
    losses = np.array(run.course.validation)
    assert (losses[-1] > losses.min(axis=0)).any(), "the rate is too large to end at the best"
    assert run.score("validation").tolist() == pytest.approx(losses.min(axis=0).tolist())


def test_masked_models_learn_from_both_sides() -> None:
    tokens = np.repeat(np.arange(8), 400)
    stream = Stream(tokens, tokens, tokens, 8)
    read = Masked([stream], [0], batch=8, length=16, scored=8)
    shape = Shape(vocabulary=9, length=16, width=32, layers=1, causal=False, norm="post")
    run = train(Transformer([0], shape), read, [0], [1e-2], Recipe(steps=60))
    assert float(run.score("test")) < 0.3


class Sequences:
    """Sequences with a label: whether the first token stands again at the end."""

    seeds = (0, 1)

    def draw(self, step: int) -> Batch:
        generator = torch.Generator().manual_seed(step)
        tokens = torch.randint(4, (2, 64, 6), generator=generator)
        return Batch(tokens, (tokens == 2).any(dim=-1).long())

    def evaluated(self, part: Part) -> Iterator[Batch]:
        yield self.draw(10_000 if part == "test" else 20_000)


def test_a_classifier_of_sequences_trains_in_the_same_loop() -> None:
    model = Transformer([0, 1], Shape(4, 6, 16, 1, 2, causal=False, classes=2))
    run = train(model, Sequences(), [0, 1], [1e-2] * 2, Recipe(steps=60))
    assert (run.score("test") < 0.3).all()


def test_another_model_and_loss_can_be_plugged_in() -> None:
    class Unigram(LanguageModel):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Parameter(torch.zeros(1, STREAM.vocabulary))

        def states(self, tokens: Tensor) -> Tensor:
            return self.table[:, None, None].expand(*tokens.shape, -1)

        def logits(self, states: Tensor) -> Tensor:
            return states

    run = train(Unigram(), batches(0), [0], [0.1], Recipe(steps=200, decay=0.0))
    shares = np.bincount(STREAM.train, minlength=STREAM.vocabulary) / len(STREAM.train)
    entropy = -(shares * np.log(shares)).sum()
    assert float(run.losses[-50:].mean()) == pytest.approx(entropy, abs=0.1)


def test_rates_rise_then_fall_as_the_schedule_says() -> None:
    def shares(schedule: str) -> list[float]:
        recipe = Recipe(steps=10, warmup=0.2, schedule=schedule)  # type: ignore[arg-type]
        return [share_of_rate(step, recipe) for step in range(10)]

    for schedule in ("linear", "cosine", "constant"):
        assert shares(schedule)[:3] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert shares("constant")[-1] == 1
    assert shares("cosine")[6] == pytest.approx(0.5)
    assert shares("linear")[-1] == pytest.approx(1 / 8)


def test_as_many_rates_as_networks() -> None:
    with pytest.raises(TrainingError, match="as many rates"):
        trained([0, 1], [1e-2])
