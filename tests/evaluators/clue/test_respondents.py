"""Answers to the same examples: gathered by model, what does not fit left out and counted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evaluators.clue.respondents import gather
from evaluators.errors import ScoreError
from evaluators.result import Table
from evaluators.trainer.labelled_data import Entity
from evaluators.trainer.predictions import Predictions, to_table

GOLD = (1, 0, 1, 1)


def answers(predicted, gold=GOLD, ids="abcd", **others) -> Predictions:
    return Predictions("classification", ("0", "1"), tuple(ids), gold, tuple(predicted), **others)


class Runs:
    """The rows and tables of some runs."""

    def __init__(self) -> None:
        self.rows, self.tables = [], {}

    def add(self, predictions, *, seed=0, checkpoint="small", data="data", dtype="f", **params):
        run_id = f"run{len(self.rows)}"
        params = {"mode": "finetune", "split": "validation", **params}
        self.rows.append(
            {
                "run_id": run_id,
                "checkpoint": checkpoint,
                "checkpoint_digest": f"digest of {checkpoint}",
                "parameters": json.dumps(params),
                "seed": seed,
                "dtype": dtype,
                "dataset_digest": data,
            }
        )
        if predictions is not None:
            table = to_table(predictions, task="afqmc", split=params["split"])
            self.tables[run_id] = table

    def gathered(self, split=None):
        return gather("afqmc", self.rows, self.tables.get, split=split)


def test_seeds_of_one_configuration_are_one_model():
    runs = Runs()
    runs.add(answers([1, 0, 0, 1]), seed=0, method="plain")
    runs.add(answers([1, 1, 1, 0]), seed=1, method="plain")
    runs.add(answers([0, 0, 0, 1]), seed=0, method="r-drop")
    runs.add(answers([0, 0, 1, 1]), seed=0, method="plain", checkpoint="large")
    found = runs.gathered()
    assert found.responses.tolist() == [[1, 0.5, 0.5, 0.5], [0, 1, 0, 1], [0, 1, 1, 1]]
    assert found.seeds.tolist() == [2, 1, 1]
    assert found.checkpoints == 2
    assert found.models[1].name == "small · finetune · r-drop"
    assert (found.ids, found.gold) == (tuple("abcd"), ("1", "0", "1", "1"))
    assert found.notes == ()
    assert found.contexts is None


def test_a_correction_of_answers_makes_no_second_model():
    runs = Runs()
    runs.add(answers([1, 0, 0, 1]), post=None)
    runs.add(answers([1, 0, 0, 1]), post={"name": "can"})
    assert runs.gathered().seeds.tolist() == [1]


def test_what_was_scored_on_other_examples_is_left_out_and_counted():
    runs = Runs()
    for place in range(3):
        runs.add(answers([place % 2, 0, 1, 1 - place // 2]), epochs=place)
    runs.add(answers([1, 0], (1, 0), "ab"), max_scored=2)
    runs.add(answers([1, 0, 0, 0]), data="other texts")
    runs.add(answers([1, 0, 0, 0], gold=(0, 0, 1, 1)))
    found = runs.gathered()
    assert len(found.models) == 3
    assert found.notes == (
        "3 runs left out: were scored on other examples (other data or another max_scored)",
    )


def test_of_two_equal_groups_the_newest_is_taken():
    runs = Runs()
    for data in ("old", "new"):
        runs.add(answers([1, 0, 0, 0] if data == "old" else [0, 1, 0, 0]), data=data)
    assert runs.gathered().responses.tolist() == [[0, 0, 0, 0]]


def test_answers_that_never_change_and_lost_ones_are_left_out_and_counted():
    runs = Runs()
    runs.add(answers([1, 0, 0, 1]))
    runs.add(answers([1, 1, 1, 1]), mode="constant")
    runs.add(answers([0, 0, 0, 0]), mode="finetune", epochs=9)  # a model that collapsed
    runs.add(None, epochs=5)
    runs.add(answers([1, 0, 0, 1], gold=(None,) * 4), epochs=6)
    runs.add(answers([1, 0, 0, 1]), epochs=7)  # to the letter what the first one says
    found = runs.gathered()
    assert len(found.models) == 1
    words = "; ".join(found.notes)
    assert "2 runs left out: kept no answers" in words
    assert "2 runs left out: gave every example the same answer" in words
    assert "1 model left out: right on exactly the same examples" in words


@pytest.mark.parametrize(
    "columns",
    [
        {"id": ["a", "b"], "gold": ["x", 0], "predicted": [None, 1]},
        {"id": [["a"], {}], "gold": [{}, 1], "predicted": [0, 1]},
        {"id": [], "gold": [], "predicted": []},
        {"other": [1]},
    ],
)
def test_a_foreign_table_is_left_out_and_counted(columns):
    runs = Runs()
    runs.add(answers([1, 0, 0, 1]))
    runs.add(None, epochs=2)
    about = {"task": "afqmc", "split": "s", "family": "classification", "labels": ["0", "1"]}
    runs.tables["run1"] = Table("predictions", columns, about)
    found = runs.gathered()
    assert len(found.models) == 1
    assert "1 run left out: kept no answers that can be read" in found.notes[0]


def test_the_split_with_most_runs_is_taken_unless_one_is_named():
    runs = Runs()
    runs.add(answers([1, 0, 0, 1]), split="validation")
    runs.add(answers([1, 0, 1, 1]), split="test")
    runs.add(answers([0, 0, 1, 1]), split="test")
    assert runs.gathered().split == "test"
    assert runs.gathered("validation").responses.tolist() == [[1, 1, 0, 1]]


def test_contexts_of_any_run_are_counted():
    runs = Runs()
    runs.add(answers([1, 0, 0, 1]))
    runs.add(answers([1, 0, 1, 0], clusters=(0, 0, 1, 1)), epochs=2)
    found = runs.gathered()
    assert found.contexts == 2
    contexts, checkpoints = found.cautions
    assert "share 2 contexts" in contexts
    assert "2 models are configurations of 1 checkpoint " in checkpoints


@pytest.mark.parametrize(
    ("family", "gold", "other", "words"),
    [
        ("span", ("甲", "乙"), "丙", "a span"),
        ("entity", (Entity("name", 0, 2),), (), "1 entity"),
        ("choice", 2, 1, "2"),
    ],
)
def test_right_answers_of_every_family_name_no_text(family, gold, other, words):
    runs = Runs()
    right = gold[0] if family == "span" else gold
    runs.add(Predictions(family, ("name",), ("a", "b"), (gold, gold), (right, other)))
    found = runs.gathered()
    assert found.gold == (words, words)
    assert np.array_equal(found.responses, [[1, 0]])


def test_nothing_to_gather_says_what_to_do():
    runs = Runs()
    with pytest.raises(ScoreError, match="run a plan with"):
        runs.gathered()
    runs.add(answers([1, 1, 1, 1]), mode="constant")
    with pytest.raises(ScoreError, match="only on validation"):
        runs.gathered("test")
    with pytest.raises(ScoreError, match="none of 1 runs is of use"):
        runs.gathered()
