"""Accuracy and F1 are scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from evaluators.clue.metrics import metrics_of, scored
from evaluators.errors import ScoreError
from tests.evaluators.trainer.metrics.made import drawn, predictions, task


@pytest.mark.parametrize(("classes", "n"), [(2, 1), (2, 40), (3, 7), (15, 300), (119, 200)])
@pytest.mark.parametrize("seed", [0, 1])
def test_accuracy_and_both_f1_are_those_of_scikit_learn(classes, n, seed):
    made = drawn(classes, n, seed=seed)
    found = {m.name: m.total for m in metrics_of(task("classification", "accuracy", "c1"), made)}
    assert found["accuracy"] == pytest.approx(accuracy_score(made.gold, made.predicted))
    macro = f1_score(made.gold, made.predicted, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(macro)
    one = f1_score(made.gold, made.predicted, labels=[1], average="macro", zero_division=0)
    assert found["f1"] == pytest.approx(one)


def test_all_positive_afqmc_has_f1_0_473_by_the_share_of_positives():
    gold = [1] * 31 + [0] * 69
    made = predictions("classification", ("0", "1"), gold, [1] * 100)
    found = {m.name: m.total for m in metrics_of(task("classification", "accuracy", "1"), made)}
    assert found["f1"] == pytest.approx(2 * 0.31 / 1.31)
    assert found["accuracy"] == pytest.approx(0.31)


def test_confusions_and_classes_add_up_to_scikit_learns_matrix():
    made = drawn(5, 200, seed=3)
    scores = scored(task("classification", "accuracy"), made, seed=0)
    matrix = np.zeros((5, 5))
    for score in scores:
        if score.metric == "confusion":
            row, column = (int(score.variant[key][1:]) for key in ("gold", "predicted"))
            matrix[row, column] = score.value
    assert np.array_equal(matrix, confusion_matrix(made.gold, made.predicted))
    by_class = {s.variant["class"]: s.value for s in scores if s.metric == "class_f1"}
    wanted = f1_score(made.gold, made.predicted, average=None)
    assert [by_class[f"c{index}"] for index in range(5)] == pytest.approx(wanted)


def test_an_interval_of_accuracy_is_the_binomials():
    made = drawn(4, 4000, seed=5)
    first = scored(task("classification", "accuracy"), made, seed=0)[0]
    half = 1.96 * (first.value * (1 - first.value) / 4000) ** 0.5
    assert first.ci_high - first.value == pytest.approx(half, rel=0.15)
    assert first.value - first.ci_low == pytest.approx(half, rel=0.15)


def test_choices_are_right_or_wrong_and_nothing_else():
    made = predictions("choice", (), [0, 3, 1], [0, 3, 2])
    scores = scored(task("choice", "accuracy"), made, seed=0)
    assert [(s.metric, s.value, s.n) for s in scores] == [("accuracy", pytest.approx(2 / 3), 3)]


def test_hidden_labels_are_not_scored():
    made = predictions("classification", ("a", "b"), [0, None], [0, 1])
    with pytest.raises(ScoreError, match="1 of 2 examples have no label"):
        metrics_of(task("classification", "accuracy"), made)


def test_nothing_and_a_label_beyond_the_tasks_are_refused():
    with pytest.raises(ScoreError, match="no predictions"):
        metrics_of(task("choice", "accuracy"), predictions("choice", (), [], []))
    made = predictions("classification", ("a", "b"), [0, 1], [0, 2])
    with pytest.raises(ScoreError, match=r"\[2\] are not among its 2 labels"):
        metrics_of(task("classification", "accuracy"), made)
