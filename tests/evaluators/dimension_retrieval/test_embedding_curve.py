from __future__ import annotations

import numpy as np
import pytest

from evaluators.dimension_retrieval.embedding_curve import Paired, embedding_curve
from evaluators.errors import DimensionError

RNG = np.random.default_rng(3)
EMBEDDINGS = (RNG.standard_normal((400, 32)) * np.linspace(2, 0.3, 32)).astype(np.float32)


@pytest.mark.parametrize("projection", ["gaussian", "pca", "whitening"])
def test_noise_on_given_embeddings(projection: str) -> None:
    found = embedding_curve(EMBEDDINGS, 0.9, projection=projection, replicates=3, device="cpu")
    assert found.dims[0] == 2
    assert found.dims[-1] == 32
    assert found.queries == 400
    assert found.predicted is None
    assert found.duplicates == 0
    assert found.levels[0].measured.n is not None
    assert max(found.recall) > 0.8


def test_paired_queries_are_all_asked_once_and_found_by_plain_argmax() -> None:
    own = RNG.permutation(400)[:90]
    asked = EMBEDDINGS[own] + 0.8 * RNG.standard_normal((90, 32)).astype(np.float32)
    found = embedding_curve(
        EMBEDDINGS, Paired(asked, own), projection="pca", dims=(5, 31), replicates=3, device="cpu"
    )
    rows = EMBEDDINGS / np.linalg.norm(EMBEDDINGS, axis=1, keepdims=True)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    mean = rows.mean(axis=0)
    axes = np.linalg.svd(rows - mean, full_matrices=False)[2]
    for n, recall in zip(found.dims, found.recall, strict=True):
        x, q = (rows - mean) @ axes[:n].T, (asked - mean) @ axes[:n].T
        nearest = (q @ (x / np.linalg.norm(x, axis=1, keepdims=True)).T).argmax(axis=1)
        assert recall == pytest.approx((nearest == own).mean())
    assert found.queries == 30
    assert found.rho is None


def test_principal_components_need_fewer_dimensions_than_chance_directions() -> None:
    n50 = {
        kind: embedding_curve(EMBEDDINGS, 0.8, projection=kind, device="cpu").levels[0].measured.n
        for kind in ("gaussian", "pca")
    }
    assert n50["pca"] < n50["gaussian"]  # type: ignore[operator]


def test_duplicates_are_counted_and_miss() -> None:
    doubled = np.concatenate([EMBEDDINGS[:50], EMBEDDINGS[:50]])
    doubled[0, 0] = 0.0
    doubled[50] = doubled[0]
    doubled[50, 0] = -0.0
    found = embedding_curve(doubled, 0.99, replicates=2, device="cpu")
    assert found.duplicates == 50
    assert max(found.recall) == 0


def test_scale_and_number_format_change_nothing() -> None:
    small = EMBEDDINGS.astype(np.float64) * 1e-200
    half = EMBEDDINGS.astype(np.float16)
    one, two, three = (
        embedding_curve(rows, 0.9, dims=(4, 16), replicates=2, device="cpu").recall
        for rows in (EMBEDDINGS, small, half)
    )
    assert one == pytest.approx(two, abs=0.003)
    assert one == pytest.approx(three, abs=0.02)


def test_components_without_variance_are_left_out() -> None:
    flat = EMBEDDINGS.copy()
    flat[:, 0] = -flat[:, 1]
    assert embedding_curve(flat, 0.9, projection="whitening", replicates=2).dims[-1] == 31
    with pytest.raises(DimensionError, match=r"at most 31, the directions .* got 32"):
        embedding_curve(flat, 0.9, projection="whitening", dims=(2, 32), replicates=2)


def broken(at: tuple[int, ...], value: float) -> np.ndarray:
    rows = EMBEDDINGS.copy()
    rows[at] = value
    return rows


@pytest.mark.parametrize(
    ("embeddings", "queries", "message"),
    [
        (broken((7, 3), np.nan), 0.5, "embeddings: row 7 holds NaN"),
        (broken((8, 3), -np.inf), 0.5, "embeddings: row 8 holds NaN or infinity"),
        (broken((9,), 0), 0.5, "embeddings: row 9 is zero"),
        (np.ones((5, 4)), 0.5, "all 5 embeddings are equal"),
        (EMBEDDINGS[:1], 0.5, "items must be at least 2, got 1"),
        (EMBEDDINGS[:0], 0.5, "items must be at least 2, got 0"),
        (EMBEDDINGS[0], 0.5, "shape"),
        (EMBEDDINGS.astype(int), 0.5, "int64"),
        (EMBEDDINGS, 1.5, "got 1.5"),
        (
            EMBEDDINGS,
            Paired(EMBEDDINGS[:9, :5], np.arange(9)),
            "32 coordinates as the items do, got 5",
        ),
        (EMBEDDINGS, Paired(EMBEDDINGS[:9], np.arange(8)), "must have the index of its item"),
        (EMBEDDINGS, Paired(EMBEDDINGS[:9], np.arange(9) * 1.0), "must have the index of its item"),
        (EMBEDDINGS, Paired(EMBEDDINGS[:9], np.arange(9) + 392), "between 0 and 399"),
        (EMBEDDINGS, Paired(EMBEDDINGS[:7], np.arange(7)), "at most the 7 queries, got 8"),
        (EMBEDDINGS, Paired(broken((2,), np.nan)[:9], np.arange(9)), "queries: row 2"),
        (EMBEDDINGS, Paired(EMBEDDINGS[:0], np.arange(0)), "at least 1, got 0 and"),
    ],
)
def test_bad_input_is_named(embeddings: np.ndarray, queries: Paired | float, message: str) -> None:
    with pytest.raises(DimensionError, match=message):
        embedding_curve(embeddings, queries, device="cpu")


def test_more_dimensions_than_there_are() -> None:
    with pytest.raises(DimensionError, match="n = 33 dimensions of 400 items in 32"):
        embedding_curve(EMBEDDINGS, 0.5, dims=(2, 33))
