"""What is trained on: no scored pair, labels in their range, whole batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluators import tasks
from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError
from evaluators.sts_training.data import (
    batches,
    of_pairs,
    of_sentences,
    of_two_label_sets,
    sentences_of,
    split_pairs,
)
from evaluators.trainer.labelled_data import LabelledDataset, TextExample

STSB, LCQMC = tasks.find("STSBenchmark"), tasks.find("LCQMC")


def made(split: str, *rows: tuple[str, str, float], task: str = "STSBenchmark") -> PairDataset:
    first, second, gold = zip(*rows, strict=True)
    return PairDataset(task, split, first, second, np.array(gold))


TRAIN = made("train", *((f"a{i}", f"b{i}", float(i % 6)) for i in range(20)))
VALIDATION = made("validation", ("c", "d", 1.0), ("b3", "a3", 2.0), ("e", "f", 3.0))
SCORED = made("test", ("b7", "a7", 0.0), ("e", "f", 5.0), ("g", "h", 1.0))


def test_a_scored_pair_is_trained_on_in_neither_order() -> None:
    split = split_pairs(TRAIN, VALIDATION, SCORED, 0.1)
    assert "a7" not in split.train.first
    assert "a3" not in split.train.first, "it chooses the step"
    assert split.validation.first == ("c", "b3")
    assert split.leaked == 3
    assert len(split.train) == 18


def test_one_split_is_parted_by_the_same_draw_every_time() -> None:
    one = split_pairs(TRAIN, replace(TRAIN, source="again"), SCORED, 0.3)
    assert (len(one.validation), len(one.train), one.leaked) == (6, 13, 1)
    assert not {*one.validation.first} & {*one.train.first}
    again = split_pairs(TRAIN, TRAIN, SCORED, 0.3)
    assert again.validation.first == one.validation.first
    cut = one.cut(5, 4)
    assert (len(cut.train), len(cut.validation)) == (5, 4)
    assert set(cut.train.first) <= set(one.train.first)
    assert one.cut(5, 4).train.first == cut.train.first


def test_labels_are_grades_from_0_to_1_or_whole_grades() -> None:
    pairs = made("train", ("x", "y", 0.0), ("y", "z", 2.4), ("z", "x", 5.0))
    graded = of_pairs(pairs, STSB, 2, whole=False)
    assert graded.labels is not None
    assert graded.labels.tolist() == [0.0, 0.48, 1.0]
    assert graded.sentences == ("x", "y", "z")
    assert graded.rows.tolist() == [[0, 1], [1, 2], [2, 0]]
    whole = of_pairs(pairs, STSB, 2, whole=True)
    assert whole.labels is not None
    assert whole.labels.tolist() == [0, 2, 5]
    batch = whole.batch(np.array([2, 0]), twins=False)
    assert batch.rows.tolist() == [2, 0, 0, 1]
    assert batch.labels is not None
    assert batch.labels.tolist() == [5, 0]


def test_a_grade_out_of_the_range_is_named() -> None:
    pairs = made("train", ("x", "y", 0.0), ("y", "z", 2.0), task="LCQMC")
    with pytest.raises(DatasetError, match=r"the grade of row 1 must be 0 to 1, .*, got 2"):
        of_pairs(pairs, LCQMC, 2, whole=True)


def test_labels_that_do_not_differ_are_refused() -> None:
    flat = made("train", *((f"a{i}", f"b{i}", 1.0) for i in range(9)))
    with pytest.raises(DatasetError, match=r"all . gold values are 1"):
        split_pairs(flat, VALIDATION, SCORED, 0.1)


def test_sentences_are_distinct_and_drawn_by_the_seed() -> None:
    sentences = sentences_of(made("train", ("x", "y", 0.0), ("y", "z", 1.0)))
    assert sentences == ("x", "y", "z")
    many = [f"s{i}" for i in range(50)] * 2
    one, other = (of_sentences(many, 20, 4, seed) for seed in (0, 1))
    assert len({*one.sentences}) == 20
    assert one.sentences != other.sentences
    assert of_sentences(many, 20, 4, 0).sentences == one.sentences
    twins = one.batch(np.array([3, 5]), twins=True)
    assert twins.rows.tolist() == [3, 5, 3, 5]
    with pytest.raises(DatasetError, match="at most the 2 training examples, got 4"):
        of_sentences(["a", "b", "a"], 20, 4, 0)


def test_a_batch_counts_the_sentences_it_has_twice() -> None:
    pairs = made("train", ("x", "y", 0.0), ("y", "z", 2.0), ("u", "v", 5.0), ("u", "w", 1.0))
    data = of_pairs(pairs, STSB, 2, whole=False)
    assert data.duplicates([np.array([0, 1]), np.array([2, 3])]) == 2
    assert data.duplicates([np.array([0, 2]), np.array([1, 3])]) == 0


def test_an_epoch_has_each_example_once_and_whole_batches_alone() -> None:
    steps = batches(10, 4, 2, seed=3)
    assert [len(step) for step in steps] == [4, 4, 4, 4]
    assert len({*steps[0], *steps[1]}) == 8
    assert [*steps[0], *steps[1]] != [*steps[2], *steps[3]]
    assert np.array_equal(batches(10, 4, 1, seed=3)[0], steps[0])
    assert not np.array_equal(batches(10, 4, 1, seed=4)[0], steps[0])


def test_two_label_sets_are_masked_by_task_and_balanced() -> None:
    examples = tuple(TextExample(str(i), f"p{i}", f"h{i}", i % 3) for i in range(3))
    hidden = TextExample("9", "p", "h", None)
    inference = LabelledDataset(
        "ocnli", "train", "classification", ("no", "yes", "maybe"), (*examples, hidden)
    )
    with pytest.raises(DatasetError, match="must be pairs of 3 classes"):
        of_two_label_sets(TRAIN, STSB, inference, 2)
    data = of_two_label_sets(TRAIN, STSB, replace(inference, examples=examples), 2)
    assert len(data) == 6
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 2, 6, 7, 8]
    assert data.tasks is not None
    assert torch.equal(data.tasks[0], torch.tensor([True] * 6 + [False] * 3))
    assert torch.equal(data.tasks[5], torch.tensor([False] * 6 + [True] * 3))
