from __future__ import annotations

import numpy as np
import pytest

from evaluators.sts import score
from evaluators.sts.score import prefix_cosines


def cosines(columns: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    blocks = list(prefix_cosines(columns, first, second))
    starts = np.cumsum([1, *(len(block.cosines) for block in blocks)])
    assert [block.start for block in blocks] == starts[:-1].tolist()
    return np.concatenate([block.cosines for block in blocks])


@pytest.mark.parametrize("cells", [1, 100, 1 << 18])
def test_every_prefix_equals_the_plain_formula_whatever_the_block(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "CELLS", cells)
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(13, 30))
    first, second = rng.integers(0, 30, size=(2, 50))
    found = cosines(columns, first, second)
    for k in range(1, 14):
        a, b = columns[:k, first], columns[:k, second]
        expected = (a * b).sum(0) / np.linalg.norm(a, axis=0) / np.linalg.norm(b, axis=0)
        np.testing.assert_allclose(found[k - 1], expected, atol=1e-13)


def test_one_dimension_gives_signs_and_no_ranks_out_of_rounding() -> None:
    rng = np.random.default_rng(0)
    found = cosines(rng.normal(size=(1, 500)) * 0.1, np.arange(250), np.arange(250, 500))
    assert set(found[0]) == {-1.0, 1.0}


def test_a_sentence_with_itself_is_exactly_one() -> None:
    rng = np.random.default_rng(0)
    found = cosines(rng.normal(size=(384, 200)) / 3, np.arange(200), np.arange(200))
    assert (found == 1).all()


def test_a_side_that_is_zero_so_far_has_cosine_zero() -> None:
    columns = np.array([[0.0, 1, 0], [0, 1, 2]])
    found = cosines(columns, np.array([0, 1, 2, 2]), np.array([1, 2, 2, 0]))
    np.testing.assert_allclose(found, [[0, 0, 0, 0], [0, np.sqrt(0.5), 1, 0]])


def test_the_order_of_a_pair_changes_no_bit() -> None:
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(64, 200))
    first, second = rng.integers(0, 200, size=(2, 500))
    np.testing.assert_array_equal(cosines(columns, first, second), cosines(columns, second, first))


def test_equal_vectors_have_cosine_one_at_every_prefix() -> None:
    columns = np.random.default_rng(2).normal(size=(64, 50))
    twice = np.concatenate([columns, columns], axis=1)
    found = cosines(twice, np.arange(50), np.arange(50, 100))
    np.testing.assert_array_equal(found, np.ones((64, 50)))
