from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evaluators.dimension.threshold import threshold_of_curve
from evaluators.dimension_retrieval.prediction import (
    StrangerLaw,
    asymptotic_slope,
    isotropic_survival,
    pair_density,
    predicted_recall,
    stretches,
)


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


@pytest.mark.parametrize("n", [2, 3, 10, 100, 400])
@pytest.mark.parametrize("rho", [0.1, 0.462, 0.9])
def test_density_of_the_pair_integrates_to_one(n: int, rho: float) -> None:
    z = np.linspace(-25, 25, 20001)
    assert pair_density(z, n, rho).sum() * (z[1] - z[0]) == pytest.approx(1, abs=1e-8)


def test_density_of_the_pair_is_that_of_drawn_pairs() -> None:
    rng = np.random.default_rng(1)
    n, rho = 5, 0.6
    x = rng.standard_normal((200_000, n))
    y = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal(x.shape)
    cosine = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    z = np.linspace(-8, 12, 20001)
    cumulative = np.cumsum(pair_density(z, n, rho)) * (z[1] - z[0])
    assert stats.kstest(np.arctanh(cosine), lambda at: np.interp(at, z, cumulative)).pvalue > 0.01


def test_without_correlation_the_pair_is_a_stranger() -> None:
    z = np.linspace(0, 8, 80001)
    above = pair_density(z, 7, 0.0)[::-1].cumsum()[::-1] * (z[1] - z[0])
    np.testing.assert_allclose(above[:30000:1000], isotropic_survival(z, 7)[:30000:1000], atol=1e-3)


@pytest.mark.parametrize("n", [2, 3, 20, 100])
def test_many_dimensions_before_make_strangers_isotropic(n: int) -> None:
    z = np.linspace(0, 1.2, 13)
    law = StrangerLaw(n, 10**9, 2.0)
    np.testing.assert_allclose(law.survival(z), isotropic_survival(z, n), rtol=1e-5)


@pytest.mark.parametrize(("n", "d"), [(10, 64), (40, 64), (64, 64), (2, 8)])
def test_law_of_strangers_in_few_dimensions_is_that_of_drawn_ones(n: int, d: int) -> None:
    rng = np.random.default_rng(2)
    cosines = []
    for _ in range(3000):
        g = rng.standard_normal((n, d))
        leaning, strangers = g[:, 0], rng.standard_normal((60, d)) @ g.T  # the query is e_1
        lengths = np.linalg.norm(strangers, axis=1) * np.linalg.norm(leaning)
        cosines.append(strangers @ leaning / lengths)
    drawn = np.concatenate(cosines)
    law = StrangerLaw(n, d, 8.0)
    for share in (0.6, 0.9, 0.99):
        z = np.arctanh(np.quantile(drawn, share))
        expected = sum(
            w * float(law.survival(np.array([z]), float(s))[0])
            for s, w in zip(*stretches(n, d), strict=True)
        )
        error = 2 * np.sqrt(share * (1 - share) / len(drawn) * 2)  # strangers share G
        assert expected == pytest.approx(1 - share, abs=2 * error)
        if n >= d // 2 and share == 0.99:  # the isotropic law is far off here
            assert float(isotropic_survival(np.array([z]), n)[0]) < 0.7 * (1 - share)
