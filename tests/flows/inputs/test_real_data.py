"""The published data sets, where a mirror of them is at hand."""

from __future__ import annotations

from collections import Counter

import pytest

from db.settings import settings
from evaluators.tasks import find, names
from flows.inputs.check import check
from flows.inputs.pairs import load_task, located

MIRRORS = settings().data
pytestmark = pytest.mark.skipif(not MIRRORS, reason="RANKCHECK_DATA names no mirror")

ROWS = {
    ("STSBenchmark", "train"): 5749,
    ("STSBenchmark", "validation"): 1500,
    ("STSBenchmark", "test"): 1379,
    ("SICK-R", "test"): 9927,
    ("SICK-R-SentEval", "senteval_test"): 4927,
    ("STS12", "test"): 3108,
    ("STS13", "test"): 1500,
    ("STS14", "test"): 3750,
    ("STS15", "test"): 3000,
    ("STS16", "test"): 1186,
    ("ATEC", "validation"): 20000,
    ("ATEC", "test"): 20000,
    ("BQ", "validation"): 10000,
    ("BQ", "test"): 10000,
    ("LCQMC", "validation"): 8802,
    ("LCQMC", "test"): 12500,
    ("PAWSX", "test"): 2000,
    ("STSB", "train"): 5231,
    ("STSB", "validation"): 1458,
    ("STSB", "test"): 1361,
    ("AFQMC", "validation"): 4316,
    ("Cmnli", "validation"): 8315,
    ("Ocnli", "validation"): 1847,
}
# Characters and distinct texts of both columns, and labels: what the package mteb 2.26.24 says
# about the rows of the hub (mteb/descriptive_stats).
COPIED = {
    "AFQMC": ((57773, 4313), (57292, 4313), {0.0: 2978, 1.0: 1338}),
    "Cmnli": ((286938, 4132), (139184, 8305), {0.0: 4038, 1.0: 4277}),
    "Ocnli": ((44916, 1522), (21893, 1846), {0.0: 900, 1.0: 947}),
}


def read(name, split=None):
    task = find(name)
    if located(task, split or task.split, MIRRORS)[1].path is None:
        pytest.skip(f"the mirror has no {split or task.split} of {name}")
    return load_task(task, split=split, mirrors=MIRRORS)


@pytest.mark.parametrize(("name", "split"), ROWS)
def test_row_counts_are_the_published_ones(name, split):
    assert len(read(name, split)) == ROWS[name, split]


def test_the_declared_number_of_pairs_is_the_published_one():
    for (name, split), rows in ROWS.items():
        assert split != find(name).split or find(name).pairs == rows


@pytest.mark.parametrize(
    ("name", "subsets"),
    [
        ("STS12", {"MSRpar", "MSRvid", "SMTeuroparl", "surprise.OnWN", "surprise.SMTnews"}),
        ("STS13", {"FNWN", "headlines", "OnWN"}),
        ("STS15", {"answers-forums", "answers-students", "belief", "headlines", "images"}),
    ],
)
def test_subsets_are_those_of_senteval(name, subsets):
    assert set(read(name).subsets or ()) == subsets


def test_the_leak_of_stsbenchmark_is_as_documented():
    train, test = (
        list(zip(data.first, data.second, strict=True))
        for data in (read("STSBenchmark", "train"), read("STSBenchmark"))
    )
    assert len([pair for pair in test if pair in set(train)]) == 7
    either_way = {frozenset(pair) for pair in train}
    assert len({frozenset(pair) for pair in test} & either_way) == 12


def test_sentevals_sick_is_a_part_of_mtebs():
    part, whole = (
        set(zip(data.first, data.second, data.gold.tolist(), strict=True))
        for data in (read("SICK-R-SentEval"), read("SICK-R"))
    )
    assert part < whole


@pytest.mark.parametrize("name", ["ATEC", "BQ", "LCQMC"])
def test_binary_tasks_have_binary_gold(name):
    assert set(read(name).gold.tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("name", COPIED)
def test_clues_files_hold_the_rows_that_mteb_scores(name):
    data = read(name)
    *sides, labels = COPIED[name]
    assert [(sum(map(len, side)), len(set(side))) for side in (data.first, data.second)] == sides
    assert Counter(data.gold.tolist()) == labels


def test_nothing_in_the_mirror_is_broken():
    here = [name for name in names() if located(find(name), find(name).split, MIRRORS)[1].path]
    assert [row for row in check(here, mirrors=MIRRORS) if row.problem] == []
