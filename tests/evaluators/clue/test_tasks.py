"""What the tasks declare holds together."""

from __future__ import annotations

from pathlib import Path

import pytest

import evaluators.clue.tasks
from evaluators.clue import tasks
from evaluators.clue.tasks._shared import CSLDCP, IFLYTEK, TNEWS
from evaluators.errors import DatasetError

CLUE = {"afqmc", "c3", "chid", "cluener", "cluewsc2020", "cmnli", "cmrc2018", "csl", "drcd"}
CLUE |= {"iflytek", "ocnli", "tnews"}
FEW = ("eprstmt", "csldcp", "tnews", "iflytek", "ocnli", "bustm", "chid", "csl", "cluewsc")


def test_every_task_of_clue_and_fewclue_is_there_and_kgclue() -> None:
    assert {*tasks.names()} == CLUE | {f"fewclue-{name}" for name in FEW} | {"kgclue"}


@pytest.mark.parametrize("name", tasks.names())
def test_a_task_trains_on_and_scores_labelled_splits_that_exist(name) -> None:
    task = tasks.find(name)
    trained, _, split = task.train.partition("/")
    other = tasks.find(trained)
    assert other.splits[split].labelled
    assert (other.family, other.labels) == (task.family, task.labels)
    assert task.splits[task.scored].labelled
    assert task.gold in task.columns or task.splits[task.scored].columns
    assert (task.family in ("classification", "entity")) == bool(task.labels)
    assert (task.family == "triple") == bool(task.graph)
    assert {*task.graph} <= {*task.splits}
    assert {*task.official_labels} == {*task.labels}
    assert task.positive is None or task.positive in task.labels
    for leak in task.leaks:
        leaking, _, leaked = leak.other.partition("/")
        assert leaked in tasks.find(leaking).splits
        assert leak.split in (*task.splits, "*")


def test_the_official_label_maps_have_their_numbers() -> None:
    assert len(TNEWS) == 15
    assert {"105", "111"}.isdisjoint(TNEWS.values())
    assert (TNEWS["news_story"], TNEWS["news_game"]) == ("100", "116")
    assert list(IFLYTEK.values()) == [str(number) for number in range(119)]
    assert (IFLYTEK["打车"], IFLYTEK["其他"]) == ("0", "118")
    assert len(CSLDCP) == len({*CSLDCP}) == 67


def test_an_unknown_task_is_answered_with_the_nearest() -> None:
    with pytest.raises(DatasetError, match=r"unknown task 'tnew': did you mean 'tnews'"):
        tasks.find("tnew")
    with pytest.raises(DatasetError, match=r"did you mean 'tnews'\?"):
        tasks.find("TNEWS")


def test_importing_the_tasks_is_light() -> None:
    """Every file in the folder imports nothing but declarations."""
    folder = Path(evaluators.clue.tasks.__file__).parent
    for file in folder.glob("*.py"):
        code = file.read_text(encoding="utf-8")
        assert not {"numpy", "torch", "pandas"} & {*code.replace(".", " ").split()}
