"""The rank that attention needs: matrices of known rank, and how it grows with N."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.dimension_attention.low_rank import random_logits, smallest_rank, softmax
from evaluators.errors import DimensionError, ScoreError
from evaluators.names import UnknownNameError


@pytest.mark.parametrize("rank", [1, 2, 5, 8])
def test_scores_of_a_known_rank_need_that_rank_and_no_more(rank):
    random = np.random.default_rng(rank)
    scores = 2 * random.standard_normal((40, rank)) @ random.standard_normal((rank, 30))
    # What is added to a whole row changes no attention and costs no rank.
    found = smallest_rank(scores + 50 * random.standard_normal((40, 1)), tolerance=1e-9)
    assert found.n == rank
    assert found.error < 1e-9


def test_the_rank_found_is_the_first_that_serves():
    scores = random_logits("gaussian", 24, 1.5, 0)
    found = smallest_rank(scores, tolerance=0.2)
    centred = scores - scores.mean(axis=1, keepdims=True)
    u, s, vt = np.linalg.svd(centred)
    errors = [
        0.5 * np.abs(softmax(scores) - softmax((u[:, :n] * s[:n]) @ vt[:n])).sum(axis=1).mean()
        for n in range(1, 25)
    ]
    assert found.n == 1 + int(np.argmax(np.array(errors) <= 0.2))
    assert found.error == pytest.approx(errors[found.n - 1])


def test_least_squares_needs_a_rank_in_proportion_to_n_and_projections_of_pointers_do_not():
    few, many = (random_logits("pointer", n, 2.0, 0) for n in (64, 256))
    assert smallest_rank(many).n / smallest_rank(few).n > 3
    projected = [smallest_rank(s, method="projection").n for s in (few, many)]
    assert projected[1] / projected[0] < 1.5
    assert projected[1] < smallest_rank(many).n / 3


def test_a_pointer_of_scale_one_gets_half_of_the_attention():
    attention = softmax(random_logits("pointer", 50, 1.0, 3))
    assert attention.max(axis=1) == pytest.approx(np.full(50, 50 / 99))
    assert sorted(attention.argmax(axis=1)) == list(range(50))


def test_uniform_attention_needs_one_dimension():
    assert smallest_rank(np.ones((5, 5)), method="svd").n == 1


def test_a_rank_beyond_all_that_were_tried_is_none_with_its_error():
    found = smallest_rank(random_logits("gaussian", 16, 3.0, 0), method="projection")
    assert found.n is None
    assert found.largest == 64
    assert found.error > 0.1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: smallest_rank([[1.0, np.nan], [0, 1]]), ScoreError, "NaN or infinity"),
        (lambda: smallest_rank([1.0, 2.0]), DimensionError, "shape .queries, keys."),
        (lambda: smallest_rank([[1.0, 2.0]]), DimensionError, "each at least 2"),
        (
            lambda: smallest_rank(np.eye(3), tolerance=0),
            DimensionError,
            "tolerance must be .* got 0",
        ),
        (lambda: smallest_rank(np.eye(3), tolerance=np.nan), DimensionError, "tolerance must be"),
        (lambda: smallest_rank(np.eye(3), method="sdv"), UnknownNameError, "did you mean 'svd'"),
        (
            lambda: random_logits("gaussian", 1, 1.0, 0),
            DimensionError,
            "length must be at least 2, got 1",
        ),
        (
            lambda: random_logits("gaussian", 4, 0.0, 0),
            DimensionError,
            "scale must be above 0, got 0",
        ),
        (lambda: random_logits("point", 4, 1.0, 0), UnknownNameError, "did you mean 'pointer'"),
    ],
)
def test_what_cannot_be_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
