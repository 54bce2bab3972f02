"""Sets that share examples are not trained and scored together."""

from __future__ import annotations

import pytest

from evaluators.clue.leaks import declared_leak, overlap, without_leaks
from evaluators.errors import DatasetError
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Example,
    LabelledDataset,
    SpanExample,
    TextExample,
)


def dataset(name: str, *examples: Example) -> LabelledDataset:
    """Return examples as a split."""
    task, _, split = name.partition("/")
    return LabelledDataset(task, split, "classification", ("a", "b"), examples)


def titles(name: str, *texts: str) -> LabelledDataset:
    """Return a split of titles."""
    return dataset(name, *(TextExample(str(n), text, None, 0) for n, text in enumerate(texts)))


def test_sets_that_share_nothing_pass_as_they_are() -> None:
    train = titles("tnews/train", "一", "二")
    assert without_leaks(train, titles("tnews/validation", "三")) is train


def test_a_common_title_is_refused_with_its_number_and_ids() -> None:
    train = titles("tnews/train", "一", "二", "二")
    with pytest.raises(DatasetError) as raised:
        without_leaks(train, titles("tnews/validation", "三", "二"))
    assert str(raised.value) == (
        "2 of 3 examples of tnews/train are also in tnews/validation, where they are 1 of 2; one "
        "is '1' there and '1' here: train on another split, or say `leaks: drop` to leave the 2 "
        "rows out of training, or `leaks: keep` to train as published"
    )


def test_common_titles_are_dropped_from_training_and_counted() -> None:
    train = titles("tnews/train", "一", "二")
    left = without_leaks(train, titles("tnews/validation", "二"), leaks="drop")
    assert left.examples == train.examples[:1]
    assert left.dropped == (("also in tnews/validation", 1),)
    assert left.digest != train.digest
    with pytest.raises(DatasetError, match="nothing is left to train on"):
        without_leaks(train, titles("tnews/validation", "二", "一"), leaks="drop")


def test_common_titles_are_kept_only_between_splits_of_one_task() -> None:
    train = titles("tnews/train", "一", "二")
    assert without_leaks(train, titles("tnews/validation", "二"), leaks="keep") is train
    with pytest.raises(DatasetError, match="cannot be kept"):
        without_leaks(train, titles("fewclue-eprstmt/test_public", "二"), leaks="keep")


def test_a_declared_leak_is_refused_even_where_no_text_agrees() -> None:
    train, scored = titles("tnews/train", "一"), titles("fewclue-tnews/test_public", "二")
    assert declared_leak(train, scored) == declared_leak(scored, train) != ""
    with pytest.raises(DatasetError, match=r"hold the same examples \(every title .*\): train on"):
        without_leaks(train, scored)
    with pytest.raises(DatasetError, match="cannot be found and dropped"):
        without_leaks(train, scored, leaks="drop")


def test_width_case_spaces_and_the_order_of_a_pair_hide_no_leak() -> None:
    train = dataset("afqmc/train", TextExample("0", "Ａｐｐ 好吗", "还款", 0))
    scored = dataset("afqmc/validation", TextExample("9", "还款", "APP好吗", 1))
    assert overlap(train, scored) == ((0,), (0,))


def test_choices_may_be_turned_round_but_a_shared_context_is_no_leak() -> None:
    one = ChoiceExample("0", "男：茶。", "要什么?", ("茶", "水"), 0)
    turned = ChoiceExample("1", "男：茶。", "要什么?", ("水", "茶"), 1)
    other = ChoiceExample("2", "男：茶。", "谁说的?", ("茶", "水"), 0)
    assert overlap(dataset("c3/train", one), dataset("c3/test", turned, other)) == ((0,), (0,))
    span = SpanExample("0", "水是冷的。", "什么?", ("水",))
    asked = SpanExample("0", "水是冷的。", "怎样?", ("冷",))
    assert overlap(dataset("drcd/train", span), dataset("drcd/test", asked)) == ((), ())


def test_an_unknown_policy_is_answered_with_the_nearest() -> None:
    with pytest.raises(DatasetError, match="did you mean 'drop'"):
        without_leaks(titles("tnews/train", "一"), titles("tnews/test", "二"), leaks="dropp")
