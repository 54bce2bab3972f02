"""A small BERT runs every task end to end on cuts of the real data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from db.settings import settings
from evaluators import registry
from evaluators.clue import tasks
from evaluators.small_bert.make import Size, make_small_bert
from flows.inputs import InputPlace, digest, load

CLUE = registry.find("clue")
WITH_HEADS = [name for name in tasks.names() if tasks.find(name).family != "triple"]
pytestmark = pytest.mark.skipif(
    not os.environ.get("RANKCHECK_DATA"), reason="RANKCHECK_DATA names no mirror of CLUE"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> InputPlace:
    return InputPlace(settings(), tmp_path_factory.mktemp("digests") / "digests.json")


def _run(folder: Path, task: str, place: InputPlace, **keys: Any) -> Any:
    request = CLUE.Request(tasks=(task,), leaks="drop", **keys)
    (job,) = CLUE.jobs(request, "digest", lambda ref: digest(ref, place))
    result = CLUE.open_session(folder, [job], lambda ref: load(ref, place), "cpu", None).evaluate(
        job
    )
    first = result.scores[0]
    assert first.n > 0
    assert first.ci_low is not None
    assert first.ci_high is not None
    assert 0 <= first.ci_low <= first.value <= first.ci_high <= 1
    assert job.parameters["trained_on"] == tasks.find(task).train
    assert len(result.tables[0].columns["id"]) == first.n
    return result


@pytest.mark.parametrize("task", WITH_HEADS)
def test_a_toy_trains_and_answers_every_task(toy: Path, task: str, place: InputPlace) -> None:
    length = 128 if tasks.find(task).family == "span" else 64  # windows are fewer, if longer
    cut = {"max_train": 24, "max_scored": 12, "epochs": 2, "batch": 8, "max_length": length}
    result = _run(toy, task, place, rate=1e-3, **cut)
    assert len(result.curves[0].values) == 2


def test_a_look_up_answers_nearly_all_of_a_graph_with_one_edge_a_subject(
    toy: Path, place: InputPlace
) -> None:
    result = _run(toy, "kgclue", place, mode="tfidf", max_train=2000, max_scored=200)
    values = {score.metric: score.value for score in result.scores}
    assert values["em"] > 0.9
    assert values["em_f1"] == pytest.approx((values["em"] + values["f1"]) / 2)
    constant = _run(toy, "kgclue", place, mode="constant", max_train=2000, max_scored=200)
    assert constant.scores[0].value < 0.1


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "bert"
    make_small_bert(folder, Size())
    return folder


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("task", WITH_HEADS)
def test_a_small_bert_trains_and_answers_every_task(
    small: Path, task: str, place: InputPlace
) -> None:
    # Few enough to be learnt by heart: of 256 two epochs taught nothing about C3.
    cut = {"max_train": 64, "max_scored": 200, "epochs": 8, "batch": 16}
    result = _run(
        small, task, place, rate=3e-4, max_length=min(256, tasks.find(task).max_length), **cut
    )
    losses = result.curves[0].values
    assert losses[-1] < losses[0]
