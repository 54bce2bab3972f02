"""Kept dimensions of curves: by hand, by brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.errors import ScoreError
from evaluators.experiments.dimension_kept import kept_dimensions


def test_a_bump_counts_for_first_and_not_for_stays() -> None:
    found = kept_dimensions([0.2, 0.79, 0.6, 0.77, 0.82, 0.8], 100, shares=(0.95, 1.0))
    assert (found.dimensions, found.full, found.best, found.best_k) == (6, 0.8, 0.82, 5)
    assert [(level.reference, level.first, level.stays) for level in found.levels] == [
        ("full", 2, 4),
        ("full", 5, 5),
        ("best", 2, 5),  # 0.779: 0.77 at k = 4 is below it
        ("best", 5, None),
    ]
    assert found.levels[0].target == pytest.approx(0.76)
    assert found.levels[0].first_coefficient == pytest.approx(2 / math.log(100))
    assert found.levels[0].stays_coefficient == pytest.approx(4 / math.log(100))


def test_a_whitened_curve_that_ends_in_ruin_keeps_its_best_at_few_and_never_stays_there() -> None:
    found = kept_dimensions([0.3, 0.6, 0.7, 0.5, 0.2], 400, shares=(0.95,))
    of_full, of_best = found.levels
    assert (of_full.first, of_full.stays) == (1, 1)  # true, and says nothing
    assert (of_best.first, of_best.stays, of_best.stays_coefficient) == (3, None, None)
    assert not of_best.enough


def test_the_formula_beside_it() -> None:
    curve = np.linspace(0.1, 0.8, 384)
    found = kept_dimensions(curve, 2552)
    assert found.formula == pytest.approx(8.33 * math.log(2552))
    assert found.formula_k == 65
    assert found.at_formula == curve[math.ceil(found.formula) - 1]
    assert not found.levels[0].enough
    assert kept_dimensions(np.r_[0.1, np.full(383, 0.8)], 2552).levels[-1].enough


def test_fewer_dimensions_than_the_formula_asks_for() -> None:
    found = kept_dimensions([0.1, 0.5, 0.6], 10_000)
    assert found.formula_k == 77 > found.dimensions
    assert found.at_formula == found.full


def test_a_curve_that_starts_later() -> None:
    found = kept_dimensions([0.7, 0.5, 0.8], 100, start=3)
    assert found.dimensions == 5
    assert found.best_k == 5
    assert found.levels[0].first == found.levels[0].stays == 5


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=30),
    st.floats(0.01, 1),
    st.integers(1, 5),
    st.integers(2, 10**7),
)
def test_brute_force(values: list[float], share: float, start: int, items: int) -> None:
    if values[-1] <= 0 or min(values) == max(values):
        with pytest.raises(ScoreError):
            kept_dimensions(values, items)
        return
    found = kept_dimensions(values, items, start=start, shares=(share,))
    ks = range(start, start + len(values))
    for level, score in zip(found.levels, (values[-1], max(values)), strict=True):
        good = [v >= share * score for v in values]
        assert level.first == next(k for k, fine in zip(ks, good, strict=True) if fine)
        assert level.stays == next((k for k in ks if all(good[k - start :])), None)


@pytest.mark.parametrize(
    ("values", "items", "word"),
    [
        ([0.1, -0.2], 100, "full score is -0.2"),
        ([0.1, 0.0], 100, "full score is 0"),
        ([0.5, 0.5, 0.5], 100, "constant"),
        ([0.5], 100, "at least 2 values"),
        ([], 100, "at least 2 values"),
        ([[0.1, 0.2]], 100, "at least 2 values"),
        ([0.1, float("nan"), 0.5], 100, "NaN"),
        ([0.1, 0.5], 1, "N must be .* got 1"),
        ([0.1, 0.5], 2.5, "N must be .* got 2.5"),
    ],
)
def test_bad_curves_are_named(values: list[float], items: int, word: str) -> None:
    with pytest.raises(ScoreError, match=word):
        kept_dimensions(values, items)


def test_bad_options_are_named() -> None:
    with pytest.raises(ScoreError, match="start"):
        kept_dimensions([0.1, 0.2], 10, start=0)
    for shares in ((), (1.1,), (0.0,), (float("nan"),)):
        with pytest.raises(ScoreError, match="shares"):
            kept_dimensions([0.1, 0.2], 10, shares=shares)
