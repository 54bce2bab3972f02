"""The published CLUE sets, where a mirror of them is at hand."""

from __future__ import annotations

from functools import cache

import pytest

from db.settings import settings
from evaluators.clue import tasks
from evaluators.clue.leaks import overlap, without_leaks
from evaluators.errors import DatasetError
from evaluators.trainer.labelled_data import LabelledDataset
from flows.inputs.check import check_clue
from flows.inputs.clue import load_split

MIRRORS = settings().data
pytestmark = pytest.mark.skipif(not MIRRORS, reason="RANKCHECK_DATA names no mirror")

ROWS = {
    "afqmc/train": 34334,
    "afqmc/validation": 4316,
    "afqmc/test": 3861,
    "tnews/train": 53360,
    "tnews/validation": 10000,
    "cmnli/validation": 12241,
    "ocnli/train": 10000 - 15,
    "ocnli/validation": 3000 - 50,
    "cmrc2018/trial": 1002 - 2,
    "cmrc2018/validation": 3219,
    "drcd/validation_even": 3524 // 2,
    "drcd/test": 3493,
    "c3/train": 11869,
    "c3/validation": 3816,
    "c3/test": 3892,
    "cluener/train": 10748,
    "cluener/validation": 1343,
    "kgclue/train": 18000,
    "kgclue/validation": 2000,
    "kgclue/test_public": 2000,
    "cluewsc2020/curc_train": 1209,
    "cluewsc2020/curc_dev": 304,
    "iflytek/few_train": 3024,
    "iflytek/few_test": 1749,
    "csl/few_train": 160,
    "csl/few_test": 2838,
    "chid/few_train": 202,
    "chid/few_test": 2002,
    "fewclue-eprstmt/test_public": 610,
    "fewclue-csldcp/test_public": 1784,
    "fewclue-tnews/test_public": 2010,
    "fewclue-iflytek/test_public": 1749,
    "fewclue-ocnli/test_public": 2520,
    "fewclue-bustm/test_public": 1772,
    "fewclue-chid/test_public": 2002,
    "fewclue-csl/test_public": 2838,
    "fewclue-cluewsc/test_public": 976,
}


@cache
def read(name: str) -> LabelledDataset:
    """Read `task/split`."""
    task, _, split = name.partition("/")
    return load_split(tasks.find(task), split, mirrors=MIRRORS)


@pytest.mark.parametrize("name", ROWS)
def test_a_split_has_the_published_rows(name) -> None:
    assert len(read(name)) == ROWS[name]


def test_every_task_here_trains_and_scores_without_a_problem() -> None:
    fewclue = [name for name in tasks.names() if name.startswith("fewclue")]
    rows = check_clue(fewclue, mirrors=MIRRORS)
    assert [row for row in rows if row.problem] == []


def test_always_saying_yes_on_afqmc_has_the_f1_that_papers_forget() -> None:
    positive = sum(example.label for example in read("afqmc/validation").examples)
    assert (positive, len(read("afqmc/validation"))) == (1338, 4316)
    assert 2 * positive / (positive + 4316) == pytest.approx(0.4733, abs=5e-5)


def test_924_titles_of_tnews_dev_are_in_train() -> None:
    train, scored = read("tnews/train"), read("tnews/validation")
    titles = {one.text for one in train.examples} & {one.text for one in scored.examples}
    assert len(titles) == 924
    # 11 rows more than the titles that agree to the letter: width, case and spaces are left out.
    assert [len(side) for side in overlap(train, scored)] == [2215, 1101]
    with pytest.raises(DatasetError, match=r"2215 of 53360 examples of tnews/train are also in"):
        without_leaks(train, scored)
    left = without_leaks(train, scored, leaks="drop")
    assert (len(left), left.dropped) == (51145, (("also in tnews/validation", 2215),))
    assert overlap(left, scored) == ((), ())


@pytest.mark.parametrize(
    ("train", "scored", "shared"),
    [
        ("tnews/train", "fewclue-tnews/test_public", (2780, 2010)),
        ("ocnli/validation", "fewclue-ocnli/test_public", (2520, 2520)),
        ("cluewsc2020/curc_train", "fewclue-cluewsc/test_public", (824, 842)),
        ("fewclue-cluewsc/test_public", "cluewsc2020/curc_dev", (134, 134)),
        ("fewclue-cluewsc/train_0", "cluewsc2020/curc_dev", (0, 0)),
    ],
)
def test_known_leaks_between_sets_are_refused(train, scored, shared) -> None:
    one, other = read(train), read(scored)
    assert tuple(len(side) for side in overlap(one, other)) == shared
    with pytest.raises(DatasetError, match="train on another split"):
        without_leaks(one, other)
    with pytest.raises(DatasetError, match="cannot be kept"):
        without_leaks(one, other, leaks="keep")


@pytest.mark.parametrize("name", [name for name in tasks.names() if name != "tnews"])
def test_what_a_task_trains_on_by_default_is_not_scored(name) -> None:
    task = tasks.find(name)
    train, scored = read(task.train), read(f"{name}/{task.scored}")
    # Two rows of fewclue-cluewsc ask about the same pronoun and another place of the same noun.
    expected = ([2, 2], [0, 0])[name != "fewclue-cluewsc"]
    assert [len(side) for side in overlap(train, scored)] == expected
