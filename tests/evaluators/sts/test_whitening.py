from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from evaluators.errors import ScoreError
from evaluators.sts.score import prefix_cosines
from evaluators.sts.spearman import spearman
from evaluators.sts.whitening import fit_whitening

Array = np.ndarray


def anisotropic(n: int, d: int, seed: int = 0) -> Array:
    """A power-law spectrum and a large common mean, as encoders give them."""
    rng = np.random.default_rng(seed)
    mixing = np.linalg.qr(rng.normal(size=(d, d)))[0] * np.arange(1, d + 1) ** -1.0
    return (rng.normal(size=(n, d)) @ mixing.T + rng.normal(size=d)).astype(np.float32)


def published(vectors: Array) -> tuple[Array, Array]:
    """The published algorithm, word for word."""
    mu = vectors.mean(axis=0, keepdims=True)
    cov = np.cov(vectors.T)
    u, s, _ = np.linalg.svd(cov)
    return mu, np.dot(u, np.diag(s**-0.5))


def curve(columns: Array, first: Array, second: Array) -> Array:
    return np.concatenate([block.cosines for block in prefix_cosines(columns, first, second)])


ONCE = np.ones(500, dtype=np.intp)


def test_whitened_covariance_is_the_identity() -> None:
    vectors = anisotropic(500, 24)
    whitened = fit_whitening(vectors, ONCE)(vectors)
    np.testing.assert_allclose(np.cov(whitened.T), np.eye(24), atol=1e-9)
    np.testing.assert_allclose(whitened.mean(axis=0), 0, atol=1e-9)


def test_first_columns_are_the_whitening_to_fewer_dimensions() -> None:
    vectors = anisotropic(500, 24)
    kernel = fit_whitening(vectors, ONCE).kernel
    scales = np.linalg.norm(kernel, axis=0)
    assert (np.diff(scales) >= 0).all()  # falling variance: growing scale
    whitened = fit_whitening(vectors, ONCE)(vectors)
    np.testing.assert_allclose(
        (vectors - vectors.mean(axis=0, dtype=np.float64)) @ kernel[:, :7], whitened[:, :7],
        atol=1e-9,
    )  # fmt: skip


@pytest.mark.parametrize("whiten", [False, True])
def test_every_k_equals_the_published_loop(whiten: bool) -> None:
    vectors = anisotropic(500, 24)
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 500, size=(2, 260))
    second[first == second] += 1
    gold = rng.integers(0, 6, size=260).astype(float)
    if whiten:
        mu, kernel = published(vectors.astype(np.float64))
        columns = fit_whitening(vectors, ONCE)(vectors).T
    else:
        mu, kernel = np.zeros((1, 24)), np.eye(24)
        columns = vectors.T.astype(np.float64)
    ours = curve(np.ascontiguousarray(columns), first, second)
    for k in range(2, 25):
        y = (vectors.astype(np.float64) - mu) @ kernel[:, :k]
        y /= np.linalg.norm(y, axis=1, keepdims=True)
        cosines = (y[first] * y[second]).sum(axis=1)
        np.testing.assert_allclose(ours[k - 1], cosines, atol=1e-10)
        expected = scipy.stats.spearmanr(cosines, gold).statistic
        assert float(spearman(ours[k - 1], gold)) == pytest.approx(expected, abs=1e-12)


def test_repeated_sentences_count_as_often_as_they_occur() -> None:
    vectors = anisotropic(40, 8)
    counts = np.random.default_rng(0).integers(1, 6, size=40)
    fitted = fit_whitening(vectors, counts)
    repeated = fit_whitening(np.repeat(vectors, counts, axis=0), np.ones(counts.sum(), np.intp))
    np.testing.assert_allclose(fitted.mean, repeated.mean, atol=1e-12)
    np.testing.assert_allclose(np.abs(fitted.kernel), np.abs(repeated.kernel), rtol=1e-6)
    assert not np.allclose(fitted.mean, fit_whitening(vectors, np.ones(40, np.intp)).mean)


@pytest.mark.parametrize("n", [2, 10, 24, 25])
def test_no_more_vectors_than_dimensions_keeps_the_rank_and_nothing_infinite(n: int) -> None:
    vectors = anisotropic(n, 24)
    fitted = fit_whitening(vectors, np.ones(n, np.intp))
    assert fitted.rank == min(n - 1, 24)
    whitened = fitted(vectors)
    assert np.isfinite(whitened).all()
    np.testing.assert_allclose(np.cov(whitened.T), np.eye(fitted.rank), atol=1e-8)


def test_direction_without_variance_is_left_out_and_not_blown_up() -> None:
    """Means of LayerNorm outputs lie in a hyperplane, up to float32 rounding."""
    vectors = anisotropic(500, 24).astype(np.float64)
    vectors -= vectors.mean(axis=1, keepdims=True)
    rounded = vectors.astype(np.float32)
    assert np.abs(rounded.astype(np.float64).sum(axis=1)).max() > 0  # rounding is there
    assert fit_whitening(rounded, ONCE).rank == 23
    constant = anisotropic(500, 24)
    constant[:, 3] = 0.7
    assert fit_whitening(constant, ONCE).rank == 23


def test_vectors_that_do_not_vary_are_an_error() -> None:
    with pytest.raises(ScoreError, match="vectors that vary"):
        fit_whitening(np.full((9, 4), 0.3, np.float32), np.ones(9, np.intp))
    with pytest.raises(ScoreError, match="vectors that vary"):
        fit_whitening(np.ones((1, 4), np.float32), np.ones(1, np.intp))
