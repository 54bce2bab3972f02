"""The evaluator `clue` from a plan's keys to scores, and what it refuses before training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evaluators import registry
from evaluators.clue import tasks
from evaluators.clue.metrics import metrics_of
from evaluators.errors import CheckpointError, DatasetError, MethodError, TrainingError
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import UnknownNameError
from evaluators.result import Result
from evaluators.trainer.labelled_data import Entity, EntityExample, LabelledDataset, TextExample
from evaluators.trainer.predictions import from_table

CLUE = registry.find("clue")
LABELS = tasks.find("ocnli").labels
WORDS = ("不", "也", "很")  # one word tells the three classes apart


def nli(split: str, count: int, shift: int = 0, task: str = "ocnli") -> LabelledDataset:
    return LabelledDataset(
        task,
        split,
        "classification",
        LABELS,
        tuple(
            TextExample(str(i), f"他在家{i + shift}", f"他{WORDS[i % 3]}在家{i + shift}", i % 3)
            for i in range(count)
        ),
    )


SETS = {
    ("ocnli", "train"): nli("train", 60),
    ("ocnli", "validation"): nli("validation", 30, shift=1000),
    ("cmnli", "validation"): nli("validation", 30, shift=2000, task="cmnli"),
}


def load(ref: DatasetRef) -> LabelledDataset:
    assert ref.kind == "clue"
    assert ref.split is not None
    return SETS[ref.task, ref.split]


def run(
    folder: Path | None, sets: dict[tuple[str, str], LabelledDataset] | None = None, **keys: Any
) -> list[tuple[Job, Result]]:
    own = {**SETS, **(sets or {})}

    def read(ref: DatasetRef) -> LabelledDataset:
        return own[ref.task, ref.split or ""]

    short = {"max_length": 32, "batch": 8, "rate": 3e-3, "epochs": 2}
    request = CLUE.Request(**{"tasks": ("ocnli",), **short, **keys})
    jobs = CLUE.jobs(request, "digest", lambda ref: read(ref).digest)
    session = CLUE.open_session(folder, jobs, read, "cpu", None)
    return [(job, session.evaluate(job)) for job in jobs]


def test_methods_and_seeds_are_arms_and_every_job_names_its_training_set(toy: Path) -> None:
    found = run(toy, methods=("plain", {"name": "r-drop", "alpha": 1.0}), seeds=(0, 1), post="can")
    assert len({job.job_key for job, _ in found}) == 4
    said = {(job.parameters["method"], job.seed) for job, _ in found}
    assert said == {(m, s) for m in ("plain", "r-drop (alpha 1.0)") for s in (0, 1)}
    for job, result in found:
        given = job.parameters
        assert (given["trained_on"], given["split"]) == ("ocnli/train", "validation")
        assert given["train_digest"] == SETS["ocnli", "train"].digest
        assert (given["head"], given["selection"], given["family"]) == (
            "linear",
            "held-out",
            "classification",
        )
        accuracy = next(s for s in result.scores if s.metric == "accuracy" and not s.variant)
        assert accuracy.n == 30
        assert accuracy.ci_low is not None
        assert {curve.metric for curve in result.curves} == {"train_loss", "accuracy"}
        assert Result.from_json(result.to_json()) == result
        predictions = from_table(result.tables[0])
        recomputed = metrics_of(tasks.find("ocnli"), predictions)[0].total
        assert recomputed == pytest.approx(accuracy.value), "kept predictions give the score again"


def test_another_tasks_training_set_is_a_transfer(toy: Path) -> None:
    ((job, result),) = run(toy, tasks=("cmnli",))
    assert (job.task, job.parameters["trained_on"]) == ("cmnli", "ocnli/train")
    assert result.scores[0].n == 30


def test_the_post_processing_is_scored_beside_the_same_predictions(toy: Path) -> None:
    ((_, result),) = run(toy, epochs=12, post={"name": "can", "tau": 1.0}, selection="last")
    post = [s.variant.get("post") for s in result.scores if s.metric == "accuracy"]
    assert post == [None, "can"], result.cost
    ((_, result),) = run(toy, epochs=1, post={"name": "can", "tau": 1e-6})
    assert "confident" in result.cost["post_not_possible"], "training is not lost to it"


@pytest.mark.parametrize("mode", ["constant", "tfidf", "probe"])
def test_modes_without_training(toy: Path, mode: str) -> None:
    ((job, result),) = run(toy if mode == "probe" else None, mode=mode)
    assert CLUE.needs_checkpoint(CLUE.Request(tasks=("ocnli",), mode=mode)) is (mode == "probe")
    assert job.parameters["mode"] == mode
    accuracy = next(s.value for s in result.scores if s.metric == "accuracy" and not s.variant)
    assert accuracy == pytest.approx(1 / 3) if mode == "constant" else accuracy > 0.9


def test_a_cut_trains_on_fewer_and_scores_the_same_examples_for_every_seed(toy: Path) -> None:
    found = run(toy, max_train=20, max_scored=10, seeds=(0, 1), selection="last", epochs=1)
    assert [result.scores[0].n for _, result in found] == [10, 10]
    assert [result.cost["train_examples"] for _, result in found] == [20, 20]
    first, second = (from_table(result.tables[0]).ids for _, result in found)
    assert first == second


LEAKING = {("ocnli", "validation"): nli("validation", 30, shift=39)}


def test_a_training_set_that_holds_what_is_scored_is_refused_or_cut(toy: Path) -> None:
    with pytest.raises(DatasetError, match="21 of 60 examples of ocnli/train"):
        run(toy, LEAKING)
    ((_, result),) = run(toy, LEAKING, leaks="drop", selection="last")
    assert result.cost["train_examples"] == 39
    assert result.cost["left_out_of_train"] == {"also in ocnli/validation": 21}


def test_near_duplicates_of_scored_examples_are_counted_or_dropped() -> None:
    near = TextExample("n", "他在家做饭，后来和妻子去看戏。", "他和妻子去看戏了", 0)
    far = replace(SETS["ocnli", "train"], examples=(*SETS["ocnli", "train"].examples[:9], near))
    changed = replace(near, text="他在家做饭后来和妻子去看戏了", id="s")
    sets = {
        ("ocnli", "train"): far,
        ("ocnli", "validation"): replace(
            SETS["ocnli", "validation"], examples=(changed, *nli("validation", 3, 500).examples)
        ),
    }
    ((job, kept),) = run(None, sets, mode="constant")
    assert kept.cost["near_duplicates_in_train"] == 1
    assert (job.parameters.get("near_duplicates"), kept.cost["left_out_of_train"]) == (None, {})
    ((job, result),) = run(None, sets, mode="constant", near_duplicates="drop")
    assert job.parameters["near_duplicates"] == "drop"
    assert result.cost["left_out_of_train"] == {"nearly in ocnli/validation": 1}
    assert (result.cost["near_duplicates_in_train"], result.cost["train_examples_kept"]) == (0, 9)


def test_what_cannot_be_trained_is_a_named_error_before_training(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: object, **more: object) -> None:
        raise AssertionError("training began")

    monkeypatch.setattr("evaluators.trainer.training.loop.Run.train", never)
    hidden = replace(
        SETS["ocnli", "train"],
        examples=(TextExample("x7", "甲", "乙", None), *nli("t", 9).examples),
    )
    with pytest.raises(DatasetError, match="example 'x7' has a hidden label"):
        run(toy, {("ocnli", "train"): hidden})
    with pytest.raises(TrainingError, match="ocnli/train has no examples"):
        run(toy, {("ocnli", "train"): nli("train", 0)})
    with pytest.raises(TrainingError, match="must be the same"):
        run(toy, {("ocnli", "train"): replace(SETS["ocnli", "train"], labels=("a", "b", "c"))})
    with pytest.raises(CheckpointError, match="at most 128, the positions"):
        run(toy, max_length=512)
    with pytest.raises(CheckpointError, match="needs a checkpoint"):
        run(None)
    with pytest.raises(MethodError, match="3 classes"):
        run(toy, mode="cosine")


def test_data_that_changed_after_the_plan_was_expanded_is_noticed(toy: Path) -> None:
    request = CLUE.Request(tasks=("ocnli",))
    (job,) = CLUE.jobs(request, "digest", lambda ref: "another digest")
    with pytest.raises(DatasetError, match="changed after the plan"):
        CLUE.open_session(toy, [job], load, "cpu", None).evaluate(job)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"tasks": ("ocnlli",)}, "did you mean 'ocnli'"),
        ({"tasks": ()}, "at least 1 item"),
        ({"split": "test"}, "labels of ocnli/test are not published"),
        ({"split": "tset"}, "split of ocnli"),
        ({"train": "ocnli"}, "must be task/split"),
        ({"train": "tnews/train"}, "must have the labels of ocnli, and tnews"),
        ({"train": "afqmc/test"}, "not published"),
        ({"head": "span"}, "is for span, not for classification"),
        ({"methods": ("r-dorp",)}, "did you mean 'r-drop'"),
        ({"methods": ({"name": "r-drop", "alpha": "much"},)}, "method r-drop: alpha"),
        ({"methods": ("plain", "plain")}, "must appear once"),
        ({"post": "cann"}, "did you mean 'can'"),
        ({"post": {"name": "can", "taw": 1}}, "did you mean 'tau'"),
        ({"post": {"name": "can", "tau": 2}}, "got 2"),
        ({"post": {"name": "can", "alpha": -1.0}}, "got -1"),
        ({"post": {"name": "can", "k": "three"}}, "k must be a whole number"),
        (
            {"post": {"name": "can", "iterations": 1.5}},
            "iterations must be a whole number, got 1.5",
        ),
        ({"post": {"name": "can", "confusion": "officious"}}, "did you mean 'official'"),
        ({"mode": "all-positive"}, "F1 of one class"),
        ({"epochs": 0}, "epochs"),
        ({"rate": 0.0}, "rate\n.*greater than 0"),
        ({"held_out": 1.0}, "held_out"),
        ({"max_length": 3}, "greater than or equal to 16"),
        ({"seeds": (-1,)}, "greater than or equal to 0"),
        ({"pooling": "max"}, "pooling"),
    ],
)
def test_a_plan_is_checked_when_it_is_read(keys: dict[str, Any], says: str) -> None:
    with pytest.raises((ValueError, UnknownNameError), match=says):
        CLUE.Request(**{"tasks": ("ocnli",), **keys})


def test_parts_fail_apart() -> None:
    request = CLUE.Request(tasks=("ocnli", "tnews"))
    assert [part.tasks for part in CLUE.parts(request)] == [("ocnli",), ("tnews",)]
    assert CLUE.label(request) == "ocnli, tnews"


def hidden(split: str, count: int) -> LabelledDataset:
    found = nli(split, count, shift=5000)
    return replace(found, examples=tuple(replace(one, label=None) for one in found.examples))


@pytest.mark.parametrize("mode", ["finetune", "tfidf"])
def test_a_hidden_split_is_answered_for_a_submission_and_not_scored(toy: Path, mode: str) -> None:
    sets = {("ocnli", "test"): hidden("test", 12)}
    folder = toy if mode == "finetune" else None
    ((job, result),) = run(folder, sets, mode=mode, split="test", submit=True)
    assert job.parameters["submit"] is True
    assert result.scores == ()
    kept = from_table(result.tables[0])
    assert kept.gold == (None,) * 12
    assert set(kept.predicted) <= {0, 1, 2}
    ((scored, _),) = run(None, mode="constant")
    assert "submit" not in scored.parameters, "the keys of jobs that are scored stay what they were"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"split": "validation"}, "ocnli/validation has them: name test"),
        ({"split": "test", "selection": "as-published"}, "held-out or last"),
        ({"split": "test", "max_scored": 5}, "max_scored must be left out"),
    ],
)
def test_a_submission_of_a_labelled_or_cut_split_is_refused(
    keys: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        CLUE.Request(tasks=("ocnli",), submit=True, **keys)


def entities(split: str, count: int, *, nested: int) -> LabelledDataset:
    inner, outer = Entity("name", 0, 1), Entity("address", 0, 2)
    return LabelledDataset(
        "cluener",
        split,
        "entity",
        tasks.find("cluener").labels,
        tuple(
            EntityExample(str(i), f"北京{split}有{i}", (inner, outer) if i < nested else (outer,))
            for i in range(count)
        ),
    )


def test_overlapping_entities_are_counted_or_refused_before_anything_is_loaded(toy: Path) -> None:
    sets = {
        ("cluener", "train"): entities("train", 12, nested=2),
        ("cluener", "validation"): entities("validation", 6, nested=0),
    }
    keys: dict[str, Any] = {"tasks": ("cluener",), "selection": "last", "epochs": 1}
    ((job, result),) = run(toy, sets, **keys)
    assert (job.parameters["head"], job.parameters["head_options"]) == ("tagger", {})
    assert result.cost["examples_with_overlapping_entities"] == 2
    sets["cluener", "train"] = entities("train", 12, nested=0)
    ((_, clean),) = run(toy, sets, **keys, head="tagger")
    assert "examples_with_overlapping_entities" not in clean.cost
    sets["cluener", "train"] = entities("train", 12, nested=2)
    for head in ("tagger", "crf"):
        says = f"entities overlap in 2 of 12 examples, such as '0'.*name: {head}, overlaps: longest"
        with pytest.raises(MethodError, match=says):
            run(Path("no checkpoint is there"), sets, **keys, head=head)
