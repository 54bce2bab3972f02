"""Transforms of vectors beside scikit-learn's and ones written from the papers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from evaluators.errors import ScoreError
from evaluators.names import UnknownNameError
from evaluators.sts.names import TRANSFORMS, validate_transform
from evaluators.sts.whitening import fit_transform
from tests.evaluators.sts.test_whitening import anisotropic

FITTED = anisotropic(300, 16).astype(np.float64)
NEW = anisotropic(50, 16, seed=1).astype(np.float64)
ONCE = np.ones(len(FITTED), dtype=np.intp)


def transformed(name: str) -> np.ndarray:
    return fit_transform(name, FITTED, ONCE)(NEW)


def test_whitening_is_that_of_scikit_learn() -> None:
    expected = PCA(whiten=True).fit(FITTED).transform(NEW)
    ours = transformed("whiten")
    signs = np.sign((expected * ours).sum(axis=0))  # an axis may point either way
    np.testing.assert_allclose(ours * signs, expected, atol=1e-10)


def test_standardising_is_that_of_scikit_learn() -> None:
    expected = StandardScaler().fit(FITTED).transform(NEW)
    np.testing.assert_allclose(transformed("standardise"), expected, atol=1e-10)


def test_centring_subtracts_the_mean() -> None:
    np.testing.assert_allclose(transformed("centre"), NEW - FITTED.mean(axis=0), atol=1e-12)


def test_zca_is_the_inverse_root_of_the_covariance() -> None:
    root = np.linalg.inv(sqrtm(np.cov(FITTED.T)))
    expected = (NEW - FITTED.mean(axis=0)) @ root
    np.testing.assert_allclose(transformed("zca"), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("top", [1, 3, 5])
def test_all_but_the_top_is_the_loop_of_its_paper(top: int) -> None:
    mean = FITTED.mean(axis=0)
    components = PCA(n_components=top).fit(FITTED).components_
    expected = []
    for vector in NEW:
        rest = vector - mean
        for component in components:
            rest = rest - (component @ (vector - mean)) * component
        expected.append(rest)
    np.testing.assert_allclose(transformed(f"remove-top-{top}"), expected, atol=1e-10)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_repeated_sentences_count_as_often_as_they_occur(name: str) -> None:
    counts = np.random.default_rng(0).integers(1, 5, size=len(FITTED))
    repeated = np.repeat(FITTED, counts, axis=0)
    ours = fit_transform(name, FITTED, counts)(NEW)
    theirs = fit_transform(name, repeated, np.ones(len(repeated), np.intp))(NEW)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_fewer_sentences_than_dimensions_give_nothing_infinite(name: str) -> None:
    fitted = fit_transform(name, FITTED[:9], ONCE[:9])
    assert np.isfinite(fitted(NEW)).all()
    assert fitted.rank == (8 if name in ("whiten", "zca") else 16)


def test_a_constant_dimension_is_left_out_of_standardising() -> None:
    flat = FITTED.copy()
    flat[:, 3] = 0.7
    fitted = fit_transform("standardise", flat, ONCE)
    assert (fitted.rank, fitted.kernel.shape) == (15, (16, 15))
    expected = StandardScaler().fit(np.delete(flat, 3, axis=1)).transform(np.delete(NEW, 3, axis=1))
    np.testing.assert_allclose(fitted(NEW), expected, atol=1e-10)


def test_removing_all_directions_is_an_error() -> None:
    with pytest.raises(ScoreError, match="vary in 8 only"):
        fit_transform("remove-top-8", FITTED[:9], ONCE[:9])


@pytest.mark.parametrize("name", ["whitened", "remove-top-0", "remove-top", "center"])
def test_unknown_transforms_are_named(name: str) -> None:
    with pytest.raises(UnknownNameError, match="transform"):
        validate_transform(name)
