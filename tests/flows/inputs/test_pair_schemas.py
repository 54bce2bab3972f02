"""Rows in the schemas of the hub and of CLUE, and what must become of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow as pa
import pytest
from pyarrow import parquet

from evaluators.errors import DatasetError
from evaluators.tasks import find
from flows.inputs.pairs import load_task, located, summary

ARTICLES = [
    {"id": "1484_1489", "score": 1.0, "sentence1": "下雨。", "sentence2": "有雨。", "lang": "zh"},
    {"id": "1485_1490", "score": 3.3333, "sentence1": "猫。", "sentence2": "狗。", "lang": "zh"},
]
SOURCE = [  # CMNLI: 0 neutral, 1 entailment, 2 contradiction
    {"sentence1": "他在睡。", "sentence2": "他睡着。", "label": 1, "idx": 0},
    {"sentence1": "他在睡。", "sentence2": "他年轻。", "label": 0, "idx": 1},
    {"sentence1": "他在睡。", "sentence2": "他醒着。", "label": 2, "idx": 2},
    {"sentence1": "他在睡。", "sentence2": "他很高。", "label": -1, "idx": 3},
]
PAIRS = {"sent1": ["他在睡。"] * 2, "sent2": ["他睡着。", "他醒着。"], "labels": [1, 0]}


def write(root, task, rows, *, place=None, split=None):
    repository, config = place or (task.hub_id, task.config)
    path = root / repository / config / f"{split or task.split}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "config"), [("STS22.v2", "en"), ("STS22.v2-zh", "zh")])
def test_articles_are_read_from_the_subset_of_their_language(tmp_path, name, config):
    task = find(name)
    write(tmp_path, task, ARTICLES, place=("mteb/sts22-crosslingual-sts", config))
    data = load_task(task, mirrors=[tmp_path])
    assert data.gold.tolist() == [1.0, 3.3333]
    assert data.first == ("下雨。", "猫。")


def test_a_grade_outside_the_declared_range_is_named(tmp_path):
    task = find("STS22.v2-zh")
    write(tmp_path, task, [*ARTICLES, ARTICLES[0] | {"score": 5.0}])
    with pytest.raises(DatasetError, match=r"line 3: the gold value 5\.0 is outside 1 to 4"):
        load_task(task, mirrors=[tmp_path])


def test_a_copy_in_clues_schema_leaves_neutral_pairs_out(tmp_path):
    task = find("Cmnli")
    path = write(tmp_path, task, SOURCE, place=("clue/clue", "cmnli"))
    data = load_task(task, mirrors=[tmp_path])
    assert data.first == ("他在睡。", "他在睡。")
    assert data.second == ("他睡着。", "他醒着。")
    assert data.gold.tolist() == [1.0, 0.0]
    assert (data.task, data.source) == ("Cmnli", str(path))
    assert summary(task, mirrors=[tmp_path]).rows == 2


def test_the_hubs_own_schema_goes_before_a_copy(tmp_path):
    task = find("Cmnli")
    write(tmp_path, task, SOURCE, place=("clue/clue", "cmnli"))
    columns = zip(*PAIRS.values(), strict=True)
    write(tmp_path, task, [dict(zip(PAIRS, row, strict=True)) for row in columns])
    assert located(task, task.split, [tmp_path])[0] is task
    rows = load_task(task, mirrors=[tmp_path])
    (tmp_path / "C-MTEB/CMNLI/default/validation.jsonl").unlink()
    assert load_task(task, mirrors=[tmp_path]).digest == rows.digest


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_pairs_in_the_lists_of_one_row_are_the_same_pairs(tmp_path, suffix):
    task = find("Cmnli")
    path = write(tmp_path, task, [PAIRS])
    if suffix == ".parquet":
        path.unlink()
        table = pa.table({name: [values] for name, values in PAIRS.items()})
        parquet.write_table(table, path.with_suffix(suffix))
    data = load_task(task, mirrors=[tmp_path])
    assert data.second == ("他睡着。", "他醒着。")
    assert data.gold.tolist() == [1.0, 0.0]


def test_lists_of_two_lengths_are_refused(tmp_path):
    task = find("Cmnli")
    write(tmp_path, task, [PAIRS | {"labels": [1]}])
    with pytest.raises(DatasetError, match="one length, got sent1 2, sent2 2, labels 1"):
        load_task(task, mirrors=[tmp_path])


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (3, r"line 5: the label 3 is none of -1, 0, 1, 2"),
        (None, r"line 5: the label None is none of"),
        (True, r"line 5: the label True is none of"),
        ("1", r"line 5: the label '1' is none of"),
    ],
)
def test_a_label_that_the_source_does_not_have_is_named(tmp_path, label, message):
    task = find("Cmnli")
    rows = [*SOURCE, SOURCE[0] | {"label": label}]
    write(tmp_path, task, rows, place=("clue/clue", "cmnli"))
    with pytest.raises(DatasetError, match=message):
        load_task(task, mirrors=[tmp_path])


def test_an_error_names_the_row_of_the_file_though_rows_were_left_out(tmp_path):
    task = find("Cmnli")
    rows = [*SOURCE, SOURCE[0] | {"sentence2": " "}]
    write(tmp_path, task, rows, place=("clue/clue", "cmnli"))
    with pytest.raises(DatasetError, match="line 5: the sentence in column 'sentence2' is empty"):
        load_task(task, mirrors=[tmp_path])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 0.5], "pair 2: the label 0.5 must be 0 or 1"),
        ([1, 2], "pair 2: the gold value 2 is outside 0 to 1"),
        ([1, 1], "all 2 gold values are 1, so there is one class only"),
    ],
)
def test_other_labels_than_two_classes_are_refused(tmp_path, labels, message):
    task = find("Cmnli")
    write(tmp_path, task, [PAIRS | {"labels": labels}])
    with pytest.raises(DatasetError, match=message):
        load_task(task, mirrors=[tmp_path])


def test_a_source_of_neutral_pairs_alone_is_refused(tmp_path):
    task = find("Cmnli")
    write(tmp_path, task, [SOURCE[1]], place=("clue/clue", "cmnli"))
    with pytest.raises(DatasetError, match="no rows that Cmnli counts"):
        load_task(task, mirrors=[tmp_path])


def test_other_labels_are_read_anew_though_the_file_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr("flows.inputs.known_digests._SETTLED_NS", 0)
    task, cache = find("Cmnli"), tmp_path / "known.json"
    write(tmp_path, task, SOURCE, place=("clue/clue", "cmnli"))
    before = summary(task, mirrors=[tmp_path], cache=cache)
    assert len(json.loads(cache.read_text(encoding="utf-8"))) == 1
    copy = replace(task.copies[0], labels={1: 1.0, 2: 0.0, 0: 0.0, -1: None})
    other = summary(replace(task, copies=(copy,)), mirrors=[tmp_path], cache=cache)
    assert (before.rows, other.rows) == (2, 3)
