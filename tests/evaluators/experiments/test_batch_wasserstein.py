"""Exact distances between batches, against linear programming and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

from evaluators.claims import RowEvidence, find
from evaluators.experiments.batch_wasserstein import (
    DATA_MEAN,
    OTHER,
    OWN_MEAN,
    BatchWasserstein,
    Data,
    centres,
    compare,
    draw,
    mean_distance,
    wasserstein,
)
from tests.evaluators.experiments.arm_means import means, settings


def test_the_assignment_is_an_optimal_plan() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 7, 3))
    costs = np.linalg.norm(first[:, None] - second, axis=-1)
    rows, columns = np.kron(np.eye(7), np.ones(7)), np.kron(np.ones(7), np.eye(7))
    plan = linprog(costs.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.full(14, 1 / 7))
    assert wasserstein(first, second) == pytest.approx(plan.fun, rel=1e-9)


def test_in_one_dimension_it_is_that_of_sorted_numbers() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 50, 1))
    expected = wasserstein_distance(first[:, 0], second[:, 0])
    assert wasserstein(first, second) == pytest.approx(expected, rel=1e-12)


def test_copies_of_a_point_need_no_assignment() -> None:
    batch = np.random.default_rng(2).normal(size=(20, 5))
    copies = np.tile(batch.mean(axis=0), (20, 1))
    assert mean_distance(batch, copies[0]) == pytest.approx(wasserstein(batch, copies), rel=1e-12)


def test_centres_of_three_far_clusters_are_their_means() -> None:
    rng = np.random.default_rng(0)
    places = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    vectors = np.repeat(places, 50, axis=0) + 0.1 * rng.normal(size=(150, 2))
    found = min(
        (centres(vectors, 3, np.random.default_rng(seed)) for seed in range(5)),
        key=lambda each: float(np.abs(each[:, None] - places).sum(axis=-1).min(axis=0).sum()),
    )
    expected = vectors.reshape(3, 50, 2).mean(axis=1)
    assert sorted(map(tuple, found.round(9))) == sorted(map(tuple, expected.round(9)))


def test_the_sign_turns_with_dimension_and_with_the_batch() -> None:
    def gap(data: Data, dimension: int, batch: int) -> float:
        found = means(compare(data, dimension, batch, [0, 1, 2]).scores, "distance")
        assert found[DATA_MEAN] == pytest.approx(found[OWN_MEAN], rel=0.1)
        return found[OTHER] - found[OWN_MEAN]

    assert gap("normal", 2, 64) < -0.5, "the control: in two dimensions another batch is nearer"
    assert gap("normal", 64, 64) > 1.5
    assert gap("digits", 64, 16) > 0.05
    assert gap("digits", 64, 64) < -0.2


def test_patches_are_windows_of_the_photographs() -> None:
    from sklearn.datasets import load_sample_images

    image = load_sample_images().images[0] / 255
    (patch,) = draw("patches", 12, 200, np.random.default_rng(0))[:1].reshape(1, 2, 2, 3)
    windows = np.lib.stride_tricks.sliding_window_view(image, (2, 2, 3))[:, :, 0]
    others = np.lib.stride_tricks.sliding_window_view(
        load_sample_images().images[1] / 255, (2, 2, 3)
    )[:, :, 0]
    distances = [np.abs(each - patch).max(axis=(2, 3, 4)).min() for each in (windows, others)]
    assert min(distances) == 0


def test_jobs_say_what_they_can_speak_for() -> None:
    evaluator = BatchWasserstein()
    request = evaluator.Request(dimensions=(2,), patches=(2,), batches=(4,), seeds=(0,))
    levels = {job.task: evaluator.level(job.parameters) for job in evaluator.jobs(request, "", str)}
    assert levels == {"normal": "made-up", "patches": "small", "digits": "small"}


def test_measured_digits_decide_the_claims() -> None:
    rows = []
    for batch in (16, 64):
        result = compare("digits", 64, batch, range(6))
        assert settings(result.scores) == {f"digits, dimension 64, batch {batch}"}
        rows += [{**s.variant, "metric": s.metric, "value": s.value} for s in result.scores]
    turns = find("batch-distance-turns-with-size")
    assert turns.decide(RowEvidence(rows, level="small")).word == "holds"
    farther = find("real-batches-farther-than-their-mean")
    words = {
        batch: farther.decide(
            RowEvidence([row for row in rows if row["setting"].endswith(f" {batch}")])
        ).word
        for batch in (16, 64)
    }
    assert words == {16: "holds", 64: "refuted"}
