from __future__ import annotations

import math

import numpy as np
import pytest

from evaluators.dimension.threshold import threshold_of_curve
from evaluators.dimension_retrieval.prediction import asymptotic_slope, predicted_recall


def n50(items: int, rho: float, d: int | None = None) -> float:
    ns = np.unique(np.geomspace(2, 900, 80).round().astype(int))
    found = threshold_of_curve(ns, [predicted_recall(int(n), items, rho, d) for n in ns], 0.5).n
    assert found is not None
    return found


def test_two_items_in_the_plane_by_hand() -> None:
    # Without correlation the own item is nearer in half of the cases, whatever n.
    assert predicted_recall(2, 2, 1e-9) == pytest.approx(0.5, abs=1e-4)
    assert predicted_recall(50, 2, 1e-9) == pytest.approx(0.5, abs=1e-6)
    assert predicted_recall(50, 11, 1e-9) == pytest.approx(1 / 11, abs=1e-6)


def test_in_one_dimension_every_cosine_is_a_tie_or_opposite() -> None:
    assert predicted_recall(1, 2, 0.5) == pytest.approx((0.5 + 1 / 6) / 2)
    assert predicted_recall(1, 3, 0.5) == pytest.approx((0.5 + 1 / 6) / 4)


def test_recall_rises_with_n_and_falls_with_items_and_finite_d() -> None:
    curve = [predicted_recall(n, 1000, 0.5, 1024) for n in (2, 5, 10, 20, 40, 80, 200, 1000)]
    assert curve == sorted(curve)
    assert curve[-1] > 0.999
    assert predicted_recall(30, 1000, 0.5) > predicted_recall(30, 2000, 0.5)
    assert predicted_recall(60, 1000, 0.5) > predicted_recall(60, 1000, 0.5, 256)


def test_8_33_is_the_slope_at_rho_0_462() -> None:
    assert asymptotic_slope(0.462) == pytest.approx(8.33, abs=0.02)
    assert asymptotic_slope(math.sqrt(1 - math.exp(-0.5))) == pytest.approx(4)


@pytest.mark.parametrize("rho", [0.35, 0.462, 0.618, 0.8])
def test_slope_between_large_item_counts_nears_the_asymptotic_one_from_below(rho: float) -> None:
    slope = [(n50(10 * k, rho) - n50(k, rho)) / math.log(10) for k in (10**3, 10**5, 10**8)]
    shares = [each / asymptotic_slope(rho) for each in slope]
    assert shares == sorted(shares)
    assert 0.85 < shares[0] < shares[-1] < 1
