"""Intervals over examples, of one model and of a pair."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from evaluators.clue.metrics import difference, interval
from evaluators.errors import ScoreError
from evaluators.trainer.metrics import accuracy, macro
from tests.evaluators.trainer.metrics.made import drawn, predictions


def test_a_resampled_macro_f1_is_scikit_learns_on_the_resampled_rows():
    made = drawn(4, 50, seed=1)
    found = interval(macro(made), seed=7, resamples=20)
    rows = np.random.default_rng(7).integers(0, 50, size=(20, 50))
    gold, said = np.array(made.gold), np.array(made.predicted)
    wanted = [f1_score(gold[r], said[r], average="macro", zero_division=0) for r in rows]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(wanted, [0.025, 0.975])))


def test_blocks_do_not_change_the_draws(monkeypatch):
    made = accuracy(drawn(3, 100))
    whole = interval(made, seed=3, resamples=50)
    monkeypatch.setattr("evaluators.clue.metrics._BLOCK", 700)
    assert interval(made, seed=3, resamples=50) == whole


def test_pairing_makes_the_interval_of_nearly_equal_models_narrow():
    one = drawn(3, 500, seed=1)
    changed = list(one.predicted)
    changed[:5] = [(each + 1) % 3 for each in changed[:5]]
    other = predictions("classification", one.labels, one.gold, changed)
    paired = difference(accuracy(one), accuracy(other), seed=0)
    alone = interval(accuracy(one), seed=0)
    assert paired.value == pytest.approx(accuracy(one).total - accuracy(other).total)
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_other_examples_cannot_be_paired():
    with pytest.raises(ScoreError, match="the same examples"):
        difference(accuracy(drawn(2, 10)), accuracy(drawn(2, 11)), seed=0)
    with pytest.raises(ScoreError, match="the same examples"):
        difference(accuracy(drawn(2, 10)), macro(drawn(2, 10)), seed=0)
