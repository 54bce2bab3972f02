"""Arms are trained, scored and resumed; chunks and groups change nothing but memory and time."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from evaluators.errors import MethodError
from evaluators.result import Result
from evaluators.sts.encoder import Encoder
from evaluators.sts.spearman import spearman
from evaluators.sts_training.arm_training import evaluations
from evaluators.sts_training.trainable import Trainable
from tests.evaluators.sts_training.arms import DATA, TRAINED, jobs, measure
from tests.warm import Warm

SHORT: dict[str, Any] = {"epochs": 1, "batch": 8}


def value(result: Result, metric: str) -> float:
    (found,) = (s.value for s in result.scores if s.metric == metric)
    return found


def trainable(toy: Path, *, dropout: float = 0.0) -> Trainable:
    options = {"dtype": "float64", "device": "cpu", "prompt": "", "max_length": None}
    encoder = Encoder(toy, poolings=("last-mean",), token_budget=None, **options)
    made = Trainable(encoder, "last-mean")
    made.set_dropout(dropout)
    made.module.train()
    for parameter in made.module.parameters():
        parameter.requires_grad_()
    return made


def test_every_arm_is_measured_on_the_same_pairs(toy: Path) -> None:
    short = ("cosent", "sbert", "linear-cosine", "squared-cosine", "joint", "distillation")
    arms = ["raw", "centred", "whitened-train", "whitened-target"]
    trained = [{"name": name, **SHORT} for name in (*short, "simcse", "linear-simcse")]
    found = jobs(*arms, *trained, nli="ocnli/train")
    assert len({job.job_key for job in found}) == len(found)
    results = dict(zip((j.parameters["arm"] for j in found), measure(toy, found), strict=True))
    raw = value(results["raw"], "spearman")
    for arm, result in results.items():
        (table,) = result.tables
        assert table.columns["gold"] == DATA["STSB", None].gold.tolist()
        (score,) = (s for s in result.scores if s.metric == "spearman")
        assert score.variant["arm"] == arm
        assert score.ci_low is not None
        assert score.ci_high is not None
        assert score.ci_low <= score.value <= score.ci_high
        assert -1 <= value(result, "negation_cosine") < 1
        assert value(result, "paraphrase_cosine") != value(result, "negation_cosine")
        if arm not in ("raw", "centred", "whitened-train", "whitened-target"):
            assert value(result, "best_step") <= result.cost["steps"]
            first, *_ = next(c.values for c in result.curves if c.metric == "spearman_validation")
            assert np.isfinite(first)
    assert value(results["whitened-train"], "spearman") != raw
    settings = {s.variant["setting"] for r in results.values() for s in r.scores}
    assert len(settings) == 1


def test_the_form_of_a_checkpoint_equals_its_own_formula(toy: Path) -> None:
    raw, centred = measure(toy, jobs("raw", "centred"))
    made = trainable(toy)
    made.module.eval()
    train, scored = DATA["STSB", "train"], DATA["STSB", None]

    def vectors(sentences: tuple[str, ...]) -> Any:
        with torch.no_grad():
            return made.vectors(made.encoder.tokens_of(list(sentences))).numpy()

    def expected(mean: Any) -> float:
        a, b = (vectors(side) - mean for side in (scored.first, scored.second))
        lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        return float(spearman((a * b).sum(axis=1) / lengths, scored.gold))

    others = (scored, DATA["STSB", "validation"])
    known = {frozenset(p) for d in others for p in zip(d.first, d.second, strict=True)}
    kept = [p for p in zip(train.first, train.second, strict=True) if frozenset(p) not in known]
    mean = vectors(tuple(s for pair in kept for s in pair)).mean(axis=0)
    assert value(raw, "spearman") == pytest.approx(expected(0), abs=1e-12)
    assert value(centred, "spearman") == pytest.approx(expected(mean), abs=1e-12)
    assert centred.cost["leaked_pairs_left_out"] == len(train) - len(kept)


def test_training_learns_the_grades(toy: Path) -> None:
    raw, cosent = measure(toy, jobs("raw", {**TRAINED, "epochs": 6, "dropout": 0.0}))
    assert value(cosent, "spearman") > value(raw, "spearman") + 0.05
    losses = next(c.values for c in cosent.curves if c.metric == "training_loss")
    assert losses[-1] < losses[0]


def test_the_best_step_on_the_validation_pairs_is_scored(toy: Path) -> None:
    best, last = (
        measure(toy, jobs({**TRAINED, "epochs": 4}, selection=which, evaluate_every=4))[0]
        for which in ("validation", "last")
    )
    curve = next(c.values for c in best.curves if c.metric == "spearman_validation")
    assert value(best, "best_step") == 4 * int(np.argmax(curve))
    assert value(best, "spearman_validation") == max(curve)
    assert value(last, "best_step") == last.cost["steps"]
    assert value(last, "spearman_validation") == curve[-1]


def test_evaluations_cost_at_most_a_tenth_of_training() -> None:
    # A sentence in a step costs as much as six that are only encoded.
    assert evaluations(read=20_000, evaluated=2_900) == 4
    assert evaluations(read=57_500, evaluated=2_900) == 10
    assert evaluations(read=20_000, evaluated=0) == 10, "vectors of a frozen encoder are kept"
    assert evaluations(read=100, evaluated=2_900) == 2, "a step must be chosen"


def test_the_loss_in_chunks_has_the_gradient_of_the_whole_batch(toy: Path) -> None:
    made = trainable(toy, dropout=0.3)
    tokens = made.encoder.tokens_of([f"{'好' * (1 + i % 7)}北京{i}" for i in range(24)])

    def gradient(chunk: int | None, seed: int = 1) -> torch.Tensor:
        made.module.zero_grad()
        torch.manual_seed(seed)
        made.backward(tokens, lambda v: (v @ v.T).square().mean() + v.abs().sum(), chunk=chunk)
        grads = [p.grad for p in made.module.parameters() if p.grad is not None]
        return torch.cat([g.flatten() for g in grads])

    made.set_dropout(0.0)
    assert torch.allclose(gradient(8), gradient(None), rtol=1e-9, atol=1e-12)
    made.set_dropout(0.3)
    assert torch.equal(gradient(8), gradient(8))
    assert not torch.equal(gradient(8), gradient(8, seed=2)), "dropout is drawn by the seed"


def test_groups_of_similar_lengths_give_the_vectors_of_one_padded_batch(toy: Path) -> None:
    made = trainable(toy)
    made.module.eval()
    tokens = made.encoder.tokens_of([f"{'好' * (1 + 5 * (i % 5))}北京{i}" for i in range(40)])
    with torch.no_grad():
        grouped = made.vectors(tokens)
        together = made._forward(tokens, autocast=False)
        half = made.vectors(tokens, autocast=True)
    assert torch.allclose(grouped, together, rtol=1e-10, atol=1e-12)
    assert half.dtype == torch.float64


@pytest.mark.parametrize("step", [5, 11])
def test_a_killed_run_resumes_to_the_same_bits(
    toy: Path, tmp_path: Path, warm: Warm, step: int
) -> None:
    found = jobs(TRAINED, evaluate_every=4)
    module = "tests.evaluators.sts_training.arms"
    arguments = [str(toy), str(tmp_path), str(step)]
    done = warm.run(module, arguments, warm.environment, timeout=200)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (whole,), (resumed,) = measure(toy, found), measure(toy, found, work=tmp_path)
    assert resumed.cost["resumed_after_evaluation"] == (step - 1) // 4
    assert resumed.scores == whole.scores
    assert resumed.curves == whole.curves
    assert resumed.tables == whole.tables


def test_seeds_and_poolings_are_arms_of_their_own(toy: Path) -> None:
    found = jobs("raw", {"name": "simcse", **SHORT}, poolings=("last-mean", "cls"), seeds=(0, 1))
    assert [job.parameters["arm"] for job in found if job.seed == 0] == [
        "raw",
        "raw/cls",
        "simcse (batch 8)",
        "simcse (batch 8)/cls",
    ]
    results = measure(toy, found)
    by_arm = {(j.parameters["arm"], j.seed): r for j, r in zip(found, results, strict=True)}
    assert by_arm["raw", 0].scores[0].value == by_arm["raw", 1].scores[0].value
    one, other = (by_arm["simcse (batch 8)", seed] for seed in (0, 1))
    assert one.curves[0].values[0] == other.curves[0].values[0], "one checkpoint"
    assert one.curves[1].values != other.curves[1].values, "two draws of dropout and order"


def test_sentences_may_come_from_a_corpus(toy: Path) -> None:
    (found,) = jobs({"name": "simcse", **SHORT, "sentences": 32}, corpus="lines")
    assert found.parameters["corpus_digest"] == "lines"
    (result,) = measure(toy, [found])
    assert result.cost["training_examples"] == 32
    assert result.cost["steps"] == 4


def test_an_encoder_without_dropout_is_named_before_training(toy: Path) -> None:
    (found,) = jobs({"name": "simcse", **SHORT, "dropout": 0.0})
    with pytest.raises(MethodError, match="method simcse needs an encoder with dropout"):
        measure(toy, [found])


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"arms": ("joint",)}, "name a CLUE task of inference as nli"),
        ({"arms": ("raw",), "task": "Ocnli"}, "must be of type STS"),
        ({"arms": ("raw",), "train": "STSQ/train"}, "STSQ"),
        ({"arms": ("raw", "raw")}, "each value must appear once"),
        ({"arms": ({"name": "simcse", "batch": 1},)}, "batch must be at least 2"),
        ({"arms": ("raw",), "max_length": 2}, "greater than or equal to 3"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        jobs(*keys.pop("arms"), **keys)
