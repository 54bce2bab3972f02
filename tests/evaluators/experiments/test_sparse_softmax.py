"""Sparse softmax, its worlds and its measurements."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from evaluators.experiments import _many_classes as many
from evaluators.experiments import sparse_softmax
from evaluators.experiments._sparse_classifiers import (
    Classifier,
    calibration_error,
    losses_of,
    measure,
)
from evaluators.experiments.sparse_softmax import MADE_UP, Recipe, compare, compare_gradients
from evaluators.result import Result


def values(result: Result, metric: str, arm: str) -> list[float]:
    return [
        score.value
        for score in result.scores
        if score.metric == metric and score.variant["arm"] == arm
    ]


def test_the_loss_is_that_of_the_largest_scores() -> None:
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(7, 9)), rng.integers(0, 9, 7)
    for k in (2, 5, 9):
        kept = np.sort(logits, axis=1)[:, -k:]
        expected = logsumexp(kept, axis=1) - logits[np.arange(7), targets]
        found = losses_of(torch.tensor(logits), torch.tensor(targets), k)
        assert found.numpy() == pytest.approx(expected, abs=1e-12)


def test_equal_scores_have_a_loss_that_forgets_how_many_classes_there_are() -> None:
    losses = losses_of(torch.zeros(4, 3000), torch.arange(4), 10)
    assert losses.numpy() == pytest.approx(np.log(10), abs=1e-6)


def test_all_scores_give_softmax_and_half_of_them_do_not() -> None:
    result = compare_gradients([1, 2])
    for metric in ("loss_gap", "gradient_gap", "weight_gap"):
        assert max(values(result, metric, "sparse of all")) < 1e-11
        assert min(values(result, metric, "sparse of half")) > 1e-3


def test_the_nearest_mean_is_right_in_four_of_five_draws() -> None:
    rng = np.random.default_rng(3)
    for classes in (20, 200):
        means = rng.normal(size=(classes, many.LATENT))
        labels = rng.integers(0, classes, 4000)
        off = rng.normal(size=(4000, many.LATENT))
        draws = means[labels] + many.noise_for(means, 5) * off
        distances = np.linalg.norm(draws[:, None] - means, axis=2)
        assert (distances.argmin(axis=1) == labels).mean() == pytest.approx(0.8, abs=0.035)


def test_a_made_up_world_depends_on_its_seed_alone() -> None:
    alone, both = (many.made_up_world(seeds, 5, 20, 10) for seeds in ([3], [1, 3]))
    assert torch.equal(alone.train.inputs[0], both.train.inputs[1])
    assert torch.equal(alone.test.classes[0], both.test.classes[1])


def test_characters_of_a_text_are_the_frequent_ones_and_what_stands_before() -> None:
    documents = ["abcde" * 300] * 10
    world = many.text_world(documents, [1], 5, 30, 20)
    assert world.symbols == 6
    # The letters go round, so the next one is known from the last.
    assert torch.equal((world.train.inputs[..., -1] + 1) % 5, world.train.classes)
    rare = many.text_world([*documents, "zabcde"], [1], 5, 30, 20)
    assert int(rare.train.classes.max()) == 4


def test_pretrained_layers_are_taken_and_the_head_is_not() -> None:
    model, body = Classifier([1, 2, 1, 2], 7, 0), Classifier([5, 6], 3, 0)
    model.begin_with(body, head=False)
    first = model.layers[0].weight
    assert torch.equal(first[0], body.layers[0].weight[0])
    assert torch.equal(first[3], body.layers[0].weight[1])
    assert model.head.weight.shape == (4, 64, 7)


def test_calibration_error_of_a_hand_computed_case() -> None:
    # One bin of three answers at 0.95, two of them right; one of one at 0.5, wrong.
    sure, right = torch.tensor([0.95, 0.95, 0.95, 0.5]), torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert float(calibration_error(sure, right)) == pytest.approx((0.85 + 0.5) / 4)


def test_margins_and_support_of_known_scores() -> None:
    model = Classifier([1], 4, 0)
    for parameter in model.parameters():
        parameter.data.zero_()
    model.head.bias.data[:] = torch.tensor([3.0, 2.0, 1.0, 0.0])
    rows = many.Rows(torch.zeros(1, 2, many.OBSERVED), torch.tensor([[0, 3]]))
    full, sparse = measure(model, rows, [None]), measure(model, rows, [2])
    assert float(full[0].margin) == pytest.approx((1 - 3) / 2)
    assert float(full[0].accuracy) == 0.5
    assert (float(full[0].off_support), float(sparse[0].off_support)) == (0.0, 0.5)
    assert float(sparse[0].calibration_error) == pytest.approx(
        abs(2 * np.exp(3) / (np.exp(3) + np.exp(2)) - 1) / 2
    )


def test_a_short_run_learns_and_has_all_numbers() -> None:
    def run() -> Result:
        recipe = Recipe(500, 40, 32, 1e-2)
        return compare(MADE_UP, 20, "pretrained", [2, 10], [1, 2], recipe, (), lambda *_: None)

    result = run()
    assert len({score.variant["setting"] for score in result.scores}) == 2
    assert min(values(result, "accuracy", "softmax")) > 0.2
    assert values(result, "off_support", "softmax") == [0.0] * 4
    assert min(values(result, "off_support", "sparse")) >= 0
    assert run().scores == result.scores


def test_a_k_that_keeps_all_classes_is_no_setting() -> None:
    request = sparse_softmax.SparseSoftmaxRequest(classes=(5, 20), ks=(10,))
    jobs = sparse_softmax.SparseSoftmax().jobs(request, "", lambda ref: "")
    assert [job.parameters.get("classes") for job in jobs] == [None, 20, 20]
