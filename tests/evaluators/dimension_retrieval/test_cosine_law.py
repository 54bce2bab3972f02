from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evaluators.dimension_retrieval.prediction import (
    StrangerLaw,
    isotropic_survival,
    pair_density,
    stretches,
)


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
