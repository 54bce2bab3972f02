"""Intervals over examples, of one model and of a pair."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from evaluators.clue.contexts import clusters
from evaluators.clue.metrics import difference, example_values, interval
from evaluators.errors import ScoreError
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Example,
    Family,
    LabelledDataset,
    SpanExample,
    TextExample,
)
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


def dataset(family: Family, *examples: Example) -> LabelledDataset:
    return LabelledDataset("made", "train", family, (), examples)


def test_questions_of_one_context_have_one_number():
    asked = [("a", "who"), ("b", "where"), ("a", "when")]
    spans = [SpanExample(question, text, question, ("x",)) for text, question in asked]
    assert clusters(dataset("span", *spans)) == (0, 1, 0)
    assert clusters(dataset("span", *spans[:2])) is None
    text = TextExample("1", "a", None, 0)
    assert clusters(dataset("classification", text, text)) is None


def test_the_gaps_of_one_text_have_one_number():
    texts = ["他#idiom#而○○○○", "她#idiom#", "他○○○○而#idiom#"]
    gaps = [ChoiceExample(text, text, "", ("一", "二"), 0) for text in texts]
    assert clusters(dataset("choice", *gaps)) == (0, 1, 0)


@pytest.mark.parametrize("metric", [accuracy, macro])
def test_three_copies_of_every_example_say_as_much_as_one(metric):
    one = drawn(3, 60, seed=5)
    copies = predictions("classification", one.labels, one.gold * 3, one.predicted * 3)
    numbers = tuple(range(60)) * 3
    alone, found = interval(metric(one), seed=2), interval(metric(copies), seed=2, clusters=numbers)
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=1e-12)
    naive = interval(metric(copies), seed=2)
    ratio = (found.high - found.low) / (naive.high - naive.low)
    assert ratio == pytest.approx(3**0.5, rel=0.15)


def test_contexts_are_drawn_with_all_their_questions():
    made = drawn(4, 50, seed=1)
    numbers = np.random.default_rng(0).integers(0, 20, 50)
    units = np.unique(numbers)
    found = interval(macro(made), seed=7, resamples=20, clusters=numbers.tolist())
    wanted = []
    for drawn_units in np.random.default_rng(7).integers(0, len(units), size=(20, len(units))):
        rows = np.concatenate([np.flatnonzero(numbers == units[unit]) for unit in drawn_units])
        gold, said = np.array(made.gold)[rows], np.array(made.predicted)[rows]
        wanted.append(f1_score(gold, said, average="macro", zero_division=0))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(wanted, [0.025, 0.975])))


def test_contexts_of_one_question_each_change_no_digit():
    one, other = drawn(3, 200, seed=1), drawn(3, 200, seed=1, right=0.6)
    numbers = tuple(range(200))
    assert interval(macro(one), seed=0, clusters=numbers) == interval(macro(one), seed=0)
    paired = difference(macro(other), macro(one), seed=0, clusters=numbers)
    assert paired == difference(macro(other), macro(one), seed=0)


def test_one_context_has_no_interval():
    made = accuracy(drawn(2, 5))
    found = interval(made, seed=0, clusters=(0,) * 5)
    assert (found.low, found.high, found.n) == (None, None, 5)
    with pytest.raises(ScoreError, match="one context"):
        difference(made, made, seed=0, clusters=(0,) * 5)
    with pytest.raises(ScoreError, match="5 examples, and 4"):
        interval(made, seed=0, clusters=(0, 1, 0, 1))


def test_the_parts_of_the_examples_in_an_accuracy_are_their_own_values():
    made = drawn(3, 100)
    right = np.array(made.gold) == np.array(made.predicted)
    assert example_values(accuracy(made)) == pytest.approx(right.astype(float), abs=1e-12)


@pytest.mark.parametrize("contexts", [None, 120])
def test_the_parts_of_the_examples_in_a_macro_f1_spread_as_its_bootstrap_does(contexts):
    made = drawn(4, 400, seed=3)
    numbers = None if contexts is None else [row % contexts for row in range(400)]
    values = example_values(macro(made), numbers)
    assert len(values) == (contexts or 400)
    assert values.mean() == pytest.approx(macro(made).total, abs=1e-12)
    found = interval(macro(made), seed=0, resamples=4000, clusters=numbers)
    error = values.std(ddof=1) / len(values) ** 0.5
    assert error == pytest.approx((found.high - found.low) / 3.92, rel=0.05)


def test_one_example_has_no_parts():
    with pytest.raises(ScoreError, match="two or more"):
        example_values(accuracy(drawn(2, 1)))
