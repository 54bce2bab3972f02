"""Linear probes and cosines over a frozen encoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluators.errors import CheckpointError, MethodError, TrainingError
from evaluators.trainer.labelled_data import LabelledDataset, TextExample
from evaluators.trainer.probing.cosine import by_cosine
from evaluators.trainer.probing.probe import Probe, fit, probe
from evaluators.trainer.probing.vectors import Vectors, pair_features
from tests.evaluators.conftest import choices, dataset, entities, pairs, spans, texts

HOW = Probe(pooling="last-mean", max_length=48, C=1.0, device="cpu")


def _right(data: LabelledDataset, folder: Path) -> float:
    found = probe(folder, data, data, HOW).predictions
    return float(np.mean([a == b for a, b in zip(found.gold, found.predicted, strict=True)]))


@pytest.mark.parametrize(
    "data", [texts(), pairs(), choices(), entities()], ids=["text", "pair", "choice", "entity"]
)
def test_a_probe_reads_what_random_features_already_tell(toy: Path, data: LabelledDataset) -> None:
    before = torch.get_rng_state()
    assert _right(data, toy) > 0.9
    assert torch.equal(torch.get_rng_state(), before)


def test_probabilities_are_over_all_classes_also_those_train_lacks(toy: Path) -> None:
    data = replace(texts(), labels=("place", "food", "never seen"))
    found = probe(toy, data, data, HOW).predictions
    assert found.probabilities is not None
    assert found.probabilities.shape == (32, 3)
    assert (found.probabilities[:, 2] == 0).all()
    assert found.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_choices_that_are_fewer_have_no_probability_beyond(toy: Path) -> None:
    data = choices()
    found = probe(toy, data, data, HOW).predictions
    assert found.probabilities is not None
    for row, example in zip(found.probabilities, data.examples, strict=True):
        assert row.sum() == pytest.approx(1, abs=1e-5)
        assert (row[len(example.choices) :] == 0).all()


def test_spans_have_no_probe(toy: Path) -> None:
    with pytest.raises(MethodError, match="mode: finetune"):
        probe(toy, spans(), spans(), HOW)


def test_what_a_probe_cannot_do_is_refused(toy: Path) -> None:
    with pytest.raises(CheckpointError, match="got 4096"):
        probe(toy, texts(), texts(), HOW._replace(max_length=4096))
    one = replace(texts(), examples=tuple(one for one in texts().examples if one.label == 0))
    with pytest.raises(TrainingError, match="one class"):
        probe(toy, one, one, HOW)


def test_the_regression_is_scikit_learns_on_standardised_features() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    X, y = rng.normal(3, 5, size=(90, 4)), rng.integers(0, 3, size=90)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    reference = LogisticRegression(C=0.5, max_iter=1000).fit(Z, y).predict_proba(Z)
    assert fit(X, y, 0.5).probabilities(X, 3) == pytest.approx(reference, abs=1e-6)


def test_features_of_a_pair() -> None:
    u, v = np.float32([[1, 2]]), np.float32([[3, 1]])
    assert pair_features(u, v).tolist() == [[1, 2, 3, 1, 2, 1, 3, 2]]


def _vectors(toy: Path) -> Vectors:
    return Vectors(toy, pooling="last-mean", dtype="float32", device="cpu", max_length=32)


def test_like_pairs_are_told_by_their_cosine(toy: Path) -> None:
    examples = [
        TextExample(str(i), f"我们去看{i}号电影", f"我们去看{i}号电影" if i % 2 else "鱼", i % 2)
        for i in range(20)
    ]
    data = dataset("classification", *examples, labels=("0", "1"))
    found = by_cosine(_vectors(toy), data, data, positive="1", metric="accuracy")
    assert found.worth == 1.0
    assert found.predictions.predicted == tuple(i % 2 for i in range(20))
    assert found.predictions.probabilities is None
    turned = replace(
        data,
        labels=("1", "0"),
        examples=tuple(replace(one, label=1 - one.label) for one in examples),
    )
    again = by_cosine(_vectors(toy), turned, turned, positive="1", metric="f1")
    assert again.predictions.predicted == tuple(1 - i % 2 for i in range(20))


@pytest.mark.parametrize("data", [texts(), choices(), replace(pairs(), labels=("a", "b", "c"))])
def test_a_threshold_parts_pairs_of_two_classes_alone(toy: Path, data: LabelledDataset) -> None:
    with pytest.raises(MethodError, match="mode: probe"):
        by_cosine(_vectors(toy), data, data, positive="b", metric="accuracy")
