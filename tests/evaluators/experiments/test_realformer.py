"""Post-LN, Pre-LN and RealFormer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from evaluators.experiments._realformer_bench import ARMS, Bench, compare
from evaluators.experiments._residual_attention import (
    Carried,
    ResidualTransformer,
    entropies,
)
from evaluators.experiments.realformer import SIZES, Realformer, RealformerRequest
from evaluators.language_models.text import made_up_stream, single_loss, table_loss
from evaluators.language_models.transformer import Shape, Transformer

SHAPE = Shape(vocabulary=7, length=10, width=16, layers=3, heads=4, norm="post")
TOKENS = torch.randint(7, (1, 2, 10), generator=torch.Generator().manual_seed(0))


def logits(carried: Carried) -> torch.Tensor:
    return ResidualTransformer([0], SHAPE, carried)(TOKENS)


def bench(warmup: float = 0.1, steps: int = 60) -> Bench:
    request = RealformerRequest(batch=4, length=16, width=16, layers=2, heads=2, scored=8)
    sizes = {key: getattr(request, key) for key in SIZES}
    streams = [made_up_stream(seed, tokens=8000, vocabulary=8) for seed in (0, 1)]
    rates = (1e-3, 1e-2, 0.5)
    return Bench("made-up", streams, [0, 1], sizes, rates, steps, warmup, steps // 2, "float32")


@cache
def numbers(warmup: float, steps: int) -> Mapping[tuple[str, str, str, int], float]:
    """Scores by setting (what is beyond the common one), arm, metric and seed."""
    made = bench(warmup, steps)
    result = compare(made, torch.device("cpu"), lambda *_: None, None, "")
    return {
        (
            score.variant["setting"].removeprefix(made.setting).removeprefix(", "),
            score.variant["arm"],
            score.metric,
            score.variant["seed"],
        ): score.value
        for score in result.scores
    }


def test_without_a_residual_it_is_attention_as_in_torch() -> None:
    assert torch.allclose(logits("nothing"), Transformer([0], SHAPE)(TOKENS), atol=1e-5)


def test_scores_times_0_are_post_ln_to_the_last_bit() -> None:
    assert torch.equal(logits("zeroed"), logits("nothing"))
    assert not torch.allclose(logits("scores"), logits("nothing"), atol=1e-3)


def test_scores_are_the_sum_over_layers() -> None:
    """By hand: the scores of the second layer are its own products plus those of the first."""
    model = ResidualTransformer([0], Shape(7, 10, 16, 2, 4, norm="post"), "scores")
    with model.watch() as watched:
        model(TOKENS)
    states = model.last_norm(model.tokens(TOKENS) + model.positions[:, None])
    total = torch.zeros(2, 4, 10, 10)
    for layer, found in zip(model.layers, watched, strict=True):
        mixer: Any = layer.mixer
        queries, keys, _ = mixer.inputs(states)[0].split(16, dim=-1)
        heads = [each.view(2, 10, 4, 4).transpose(1, 2) for each in (queries, keys)]
        total = total + heads[0] @ heads[1].transpose(2, 3) / 2  # the root of 4 numbers a head
        hidden = torch.ones(10, 10).triu(1).bool()
        weights = total.masked_fill(hidden, -torch.inf).softmax(dim=-1)
        assert float(found[0]) == pytest.approx(float(entropies(weights.detach(), 1)), rel=1e-4)
        states = layer(states, None)[0]  # right for the first layer, which is all that is needed


def test_a_fixed_permutation_of_heads_would_only_rename_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So the control with shuffled scores draws another one in every step and layer."""
    order = [2, 0, 3, 1]
    monkeypatch.setattr(torch, "randperm", lambda *_, **__: torch.tensor(order))
    shuffled = ResidualTransformer([0], Shape(7, 10, 16, 2, 4, norm="post"), "shuffled")
    renamed = ResidualTransformer([0], shuffled.shape, "scores")
    mixer: Any = renamed.layers[1].mixer
    with torch.no_grad():  # head j of the second layer takes the scores that head order[j] left
        back = torch.tensor(order).argsort()
        inputs = mixer.inputs.weight.view(1, 16, 3, 4, 4)
        inputs.copy_(inputs[:, :, :, back].clone())
        outputs = mixer.outputs.weight.view(1, 4, 4, 16)
        outputs.copy_(outputs[:, back].clone())
    assert torch.allclose(shuffled(TOKENS), renamed(TOKENS), atol=1e-5)


def test_shuffled_heads_change_with_the_step() -> None:
    model = ResidualTransformer([0], SHAPE, "shuffled")
    first = model(TOKENS)
    model.step = 1
    assert not torch.allclose(model(TOKENS), first, atol=1e-4)
    model.step = 0
    assert torch.equal(model(TOKENS), first)


def test_the_entropy_of_even_attention_is_the_logarithm_of_its_width() -> None:
    even = torch.full((2, 4, 5, 5), 0.2)
    assert entropies(even, 2).tolist() == pytest.approx([math.log(5)] * 2)
    assert entropies(torch.eye(5).expand(2, 4, 5, 5), 1).tolist() == [0.0]


def test_every_arm_has_its_numbers_and_the_control_is_post_ln() -> None:
    found = numbers(0.1, 8)
    for seed in (0, 1):
        assert found["", "residual x 0", "control_gap", seed] == 0
        assert (
            found["rate 0.01", "residual x 0", "loss", seed]
            == (found["rate 0.01", "Post-LN", "loss", seed])
        )
        for arm in set(ARMS) - {"residual x 0"}:
            best = found["", arm, "best_rate", seed]
            assert found["", arm, "best_loss", seed] == found[f"rate {best:g}", arm, "loss", seed]
            layers = [found[f"layer {layer}", arm, "layer_entropy", seed] for layer in (1, 2)]
            assert found["", arm, "entropy", seed] == pytest.approx(sum(layers) / 2)


def test_a_rate_that_is_too_large_does_not_converge() -> None:
    found = numbers(0.0, 60)
    goal = bench().goals()[0]
    stream = bench().streams[0]
    assert goal == pytest.approx((single_loss(stream) + table_loss(stream)) / 2)
    for arm in ("Post-LN", "Pre-LN", "RealFormer"):
        assert found["rate 0.01", arm, "converged", 0] == 1
    assert found["rate 0.5", "Post-LN", "converged", 0] == 0
    assert found["", "Post-LN", "largest_rate", 0] == pytest.approx(-2)
    assert ("", "shuffled residual", "best_loss", 0) not in found


def test_a_killed_job_goes_on(tmp_path: Path) -> None:
    def killed(done: int, total: int) -> None:
        if done > total // 3:
            raise KeyboardInterrupt

    short = bench(steps=8)
    with pytest.raises(KeyboardInterrupt):
        compare(short, torch.device("cpu"), killed, tmp_path, "it")
    calls: list[int] = []
    resumed = compare(
        short, torch.device("cpu"), lambda done, _: calls.append(done), tmp_path, "it"
    )
    whole = compare(short, torch.device("cpu"), lambda *_: None, None, "")
    assert resumed.scores == whole.scores
    assert min(calls) > 8, "the first arm was finished"


def test_a_made_up_source_needs_no_corpus_and_speaks_of_none() -> None:
    warm, cold = Realformer().jobs(RealformerRequest(), "", lambda _: "never")
    assert warm.dataset_digest == ""
    assert Realformer().level(warm.parameters) == "made-up"
    assert Realformer().cut(cold.parameters) == ""
    short = Realformer().jobs(RealformerRequest(steps=10, cold_steps=10), "", lambda _: "never")
    assert [Realformer().cut(job.parameters) for job in short] == [
        "steps 10 of 400",
        "cold_steps 10 of 250",
    ]


def test_a_text_is_read_by_name() -> None:
    request = RealformerRequest(sources=("python-docstrings",))
    job = Realformer().jobs(request, "", lambda ref: f"digest of {ref.kind} {ref.task}")[0]
    assert job.dataset_digest == "digest of corpus python-docstrings"
    assert Realformer().level(job.parameters) == "small"
