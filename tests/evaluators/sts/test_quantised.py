"""Vectors in fewer bits: the library's own codes, Hamming distances, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, hamming
from scipy.stats import spearmanr
from sentence_transformers.util import quantization

from evaluators.dataset import PairDataset
from evaluators.errors import ScoreError
from evaluators.evaluator import DatasetRef
from evaluators.sts.evaluator import Sts, StsRequest
from evaluators.sts.quantised import quantise, quantised_scores
from evaluators.sts.score import Bootstrap, Pairs, score_pairs

N, D = 60, 24
_DRAW = np.random.default_rng(0)
VECTORS = _DRAW.normal(size=(2 * N, D)).astype(np.float32)
VECTORS[N:] = 0.6 * VECTORS[:N] + VECTORS[N:]
GOLD = np.array([float(a @ b) for a, b in zip(VECTORS[:N], VECTORS[N:], strict=True)])
NOISY = GOLD + _DRAW.normal(size=N)


def _pairs() -> Pairs:
    first = tuple(f"a{i}" for i in range(N))
    second = tuple(f"b{i}" for i in range(N))
    places = np.arange(2 * N)
    return Pairs(PairDataset("t", "test", first, second, NOISY), places[:N], places[N:])


def _full(columns: NDArray[np.float64], dimensions: Sequence[int]) -> Mapping[int, Any]:
    return score_pairs(_pairs(), columns, dimensions, Bootstrap(0, 0.95, 0)).cosines


def _restored(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Quantise by the library and put the codes back, by its own private function."""
    ranges = _ranges(vectors)
    codes = quantization.quantize_embeddings(vectors, precision="int8", ranges=ranges)
    restored = quantization._dequantize_embeddings(codes, "int8", ranges)
    return np.asarray(restored, dtype=np.float64)


def test_bytes_are_those_of_sentence_transformers() -> None:
    np.testing.assert_allclose(
        quantise(VECTORS.T.astype(float), "int8").T, _restored(VECTORS), atol=1e-6
    )


def _ranges(vectors: np.ndarray) -> np.ndarray:
    return np.vstack([vectors.min(axis=0), vectors.max(axis=0)])


def test_a_dimension_without_variance_is_one_code() -> None:
    columns = np.vstack([np.full(5, 3.0), np.arange(5.0)])
    codes = quantise(columns, "int8")
    assert np.isfinite(codes).all()
    assert len(set(codes[0])) == 1


@pytest.mark.parametrize("k", [7, D])
def test_binary_similarity_is_the_hamming_distance(k: int) -> None:
    bits = VECTORS[:, :k] > 0
    distances = np.array([hamming(a, b) for a, b in zip(bits[:N], bits[N:], strict=True)])
    expected = spearmanr(1 - 2 * distances, NOISY).statistic
    columns = VECTORS.T.astype(float)
    full = _full(columns, [k])
    scores = quantised_scores(_pairs(), columns, ["binary"], full, Bootstrap(0, 0.95, 0))
    by_k = {s.variant["k"]: s.value for s in scores if s.metric == "spearman_binary"}
    assert by_k[k] == pytest.approx(expected, abs=1e-12)


def test_int8_spearman_is_that_of_cosines_of_codes() -> None:
    codes = _restored(VECTORS)
    cosines = 1 - np.diag(cdist(codes[:N], codes[N:], "cosine"))
    full = 1 - np.diag(cdist(VECTORS[:N].astype(float), VECTORS[N:].astype(float), "cosine"))
    columns = VECTORS.T.astype(float)
    value, change = quantised_scores(
        _pairs(), columns, ["int8"], _full(columns, []), Bootstrap(500, 0.95, 0)
    )
    assert value.value == pytest.approx(spearmanr(cosines, NOISY).statistic, abs=1e-12)
    expected = value.value - spearmanr(full, NOISY).statistic
    assert change.value == pytest.approx(expected, abs=1e-12)
    assert change.ci_low <= change.value <= change.ci_high
    # paired: far narrower than the score's own interval
    assert change.ci_high - change.ci_low < 0.2 * (value.ci_high - value.ci_low)


def test_signs_that_do_not_differ_are_refused() -> None:
    columns = np.abs(VECTORS.T.astype(float)) + 1
    full = _full(columns, [])
    with pytest.raises(ScoreError):
        quantised_scores(_pairs(), columns, ["binary"], full, Bootstrap(0, 0.95, 0))


def test_a_job_without_precisions_is_the_job_it_was() -> None:
    def only_job(**more: object) -> dict[str, object]:
        (job,) = Sts().jobs(StsRequest(tasks=("SampleEN",), **more), "c", _digest)
        return dict(job.parameters)

    assert "precisions" not in only_job()
    assert only_job(precisions=("int8", "binary"))["precisions"] == ["binary", "int8"]


def _digest(_: DatasetRef) -> str:
    return "d"
