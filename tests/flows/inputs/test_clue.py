"""Splits of CLUE tasks are read into examples, and what is wrong with a row is said with it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from evaluators.clue import tasks
from evaluators.errors import DatasetError
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Entity,
    EntityExample,
    SpanExample,
    TextExample,
)
from flows.inputs.clue import load_split, summary

from .clue_task import AFQMC, C3, CLUENER, CMRC, OCNLI, TNEWS, put

ROWS = {"afqmc": AFQMC, "tnews": TNEWS, "ocnli": OCNLI, "c3": C3, "cmrc2018": CMRC}


def home(task: str) -> str:
    """Return the folder of a task in a mirror."""
    found = tasks.find(task)
    return f"{found.hub_id}/{found.config}"


def read(mirror: Path, task: str, rows: list[dict[str, Any]], split: str = "validation"):
    """Put rows into a mirror and read them."""
    put(mirror, f"{home(task)}/{split}", rows)
    return load_split(tasks.find(task), split, mirrors=[mirror])


def test_pairs_keep_their_two_texts_their_id_and_their_label(tmp_path) -> None:
    assert read(tmp_path, "afqmc", AFQMC).examples == (
        TextExample("0", "怎么还款", "如何还钱", 1),
        TextExample("1", "怎么还款", "怎么借款", 0),
    )


def test_a_title_has_no_second_text_and_one_of_fifteen_labels(tmp_path) -> None:
    data = read(tmp_path, "tnews", TNEWS)
    assert data.examples[1] == TextExample("1", "新车上市", None, 6)
    assert data.labels[6] == "news_car"
    assert tasks.find("tnews").official_labels["news_car"] == "107"


def test_pairs_without_consensus_are_left_out_and_counted(tmp_path) -> None:
    data = read(tmp_path, "ocnli", OCNLI)
    assert [example.id for example in data.examples] == ["7", "8"]
    assert data.dropped == (("no consensus", 1),)


def test_turns_are_joined_and_the_answer_is_a_position(tmp_path) -> None:
    data = read(tmp_path, "c3", C3)
    assert data.examples[0] == ChoiceExample(
        "0", "男：你要茶还是咖啡?\n女：茶。", "女的要什么?", ("咖啡", "茶"), 1
    )
    assert data.examples[1].id == "1"  # the published ids are those of the dialogue


def test_answers_are_kept_once_each_even_those_that_are_not_in_the_context(tmp_path) -> None:
    data = read(tmp_path, "cmrc2018", CMRC)
    assert data.examples == (
        SpanExample("Q_0", "长江长六千三百公里，流入东海。", "长江流入哪里？", ("东海", "东海。")),
        SpanExample(
            "Q_1", "长江长六千三百公里，流入东海。", "长江多长？", ("六千三百公里", "6300.0")
        ),
    )


def test_inclusive_offsets_become_half_open_and_nested_entities_stay(tmp_path) -> None:
    data = read(tmp_path, "cluener", CLUENER)
    assert data.examples[0] == EntityExample(
        "0",
        "王小明在北京大学读书。",
        (Entity("name", 0, 3), Entity("address", 4, 6), Entity("organization", 4, 8)),
    )
    assert data.examples[1].entities == ()


def test_an_unlabelled_split_is_read_without_labels_whatever_stands_there(tmp_path) -> None:
    hidden = [{**row, "label": -1} for row in AFQMC]
    data = read(tmp_path, "afqmc", hidden, "test")
    assert [example.label for example in data.examples] == [None, None]
    for row in hidden:
        del row["label"]
    assert read(tmp_path, "afqmc", hidden, "test").digest == data.digest


def test_a_split_is_the_same_whatever_file_it_came_from(tmp_path) -> None:
    task = tasks.find("cluener")
    digests = set()
    for suffix in ("jsonl", "parquet"):
        put(tmp_path / suffix, f"{home('cluener')}/train", CLUENER, suffix)
        digests.add(load_split(task, "train", mirrors=[tmp_path / suffix]).digest)
    assert len(digests) == 1


WRONG = [
    ("afqmc", 1, "label", 2, "out of range: labels count from 0 to 1"),
    ("afqmc", 1, "label", -1, "has no label: .* name a labelled split of afqmc"),
    ("afqmc", 0, "sentence2", " ", "column 'sentence2' is empty"),
    ("afqmc", 0, "sentence2", None, "column 'sentence2' holds nothing"),
    ("afqmc", 1, "idx", 0, "has the id '0' of .* row 1 again"),
    ("tnews", 1, "label", 15, "out of range: labels count from 0 to 14"),
    ("c3", 1, "choice", ["车上"], "column 'choice' must list 2 or more"),
    ("c3", 1, "choice", ["车上", ""], "column 'choice', entry 2 is empty"),
    ("c3", 0, "answer", "水", "the answer '水' is not one of the choices"),
    ("c3", 0, "context", [], "column 'context' must list"),
    ("cmrc2018", 1, "question", "", "column 'question' is empty"),
    ("cmrc2018", 0, "context", "黄河很长。", "answer '东海' is not in its context"),
    ("cmrc2018", 0, "answers", {"text": [""], "answer_start": [0]}, "entry 1 is empty"),
    ("cmrc2018", 0, "answers", {"text": [], "answer_start": []}, "has no label"),
]


@pytest.mark.parametrize(("task", "row", "column", "value", "said"), WRONG)
def test_a_row_that_cannot_be_used_is_named_with_its_file(
    tmp_path, task, row, column, value, said
) -> None:
    rows = copy.deepcopy(ROWS[task])
    rows[row][column] = value
    with pytest.raises(DatasetError, match=rf"validation.parquet, row {row + 1}.*{said}"):
        read(tmp_path, task, rows)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": 11}, "name at 0 to 11 is outside its text of 11 characters"),
        ({"start": -1}, "outside its text"),
        ({"start": 3, "end": 2}, "outside its text"),
        ({"end": 3}, "covers '王小明在', not '王小明'"),
        ({"type": "person"}, "unknown entity type 'person'"),
        ({"type": "address", "start": 4, "end": 5, "text": "北京"}, "is a duplicate"),
    ],
)
def test_an_entity_outside_its_text_or_of_no_type_is_named(tmp_path, change, said) -> None:
    rows = copy.deepcopy(CLUENER)
    rows[0]["entities"][1].update(change)
    with pytest.raises(DatasetError, match=rf"validation.parquet, row 1: .*{said}"):
        read(tmp_path, "cluener", rows)


def test_a_split_all_of_whose_labels_are_hidden_is_refused(tmp_path) -> None:
    with pytest.raises(DatasetError, match=r"3 left out: no consensus: its labels are hidden"):
        read(tmp_path, "ocnli", [{**row, "label": -1} for row in OCNLI])


def test_a_missing_column_a_damaged_an_empty_file_and_no_rows_are_named(tmp_path) -> None:
    task = tasks.find("afqmc")
    other = [{"a": "x", "sentence2": "y", "label": 0}]
    with pytest.raises(DatasetError, match=r"has no column 'sentence1', only 'a', 'sentence2'"):
        read(tmp_path, "afqmc", other)
    file = put(tmp_path, "clue/clue/afqmc/validation", AFQMC)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(DatasetError, match="truncated, damaged or not parquet"):
        load_split(task, mirrors=[tmp_path])
    file.write_bytes(b"")
    with pytest.raises(DatasetError, match="is empty"):
        load_split(task, mirrors=[tmp_path])
    file.unlink()
    put(tmp_path, "clue/clue/afqmc/validation", [], "jsonl")
    with pytest.raises(DatasetError, match="is empty"):
        load_split(task, mirrors=[tmp_path])


def test_an_unknown_split_is_answered_with_the_nearest(tmp_path) -> None:
    with pytest.raises(DatasetError, match="did you mean 'validation'"):
        load_split(tasks.find("afqmc"), "valid", mirrors=[tmp_path])


def test_a_split_that_is_nowhere_says_which_file_would_do(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    with pytest.raises(DatasetError, match=r"Put the file clue/clue/cmrc2018/train.parquet into"):
        load_split(tasks.find("cmrc2018"), "train", mirrors=[tmp_path])


def test_a_digest_is_remembered_until_the_file_changes(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("flows.inputs.known_digests._SETTLED_NS", 0)
    task, cache = tasks.find("tnews"), tmp_path / "known.json"
    file = put(tmp_path, "clue/clue/tnews/validation", TNEWS)
    first = summary(task, mirrors=[tmp_path], cache=cache)
    assert (first.rows, first.distinct, first.repeated) == (2, 2, 0)
    with monkeypatch.context() as patch:
        patch.setattr("flows.inputs.clue.load", None)
        assert summary(task, mirrors=[tmp_path], cache=cache) == first
    put(tmp_path, "clue/clue/tnews/validation", [*TNEWS, {**TNEWS[0], "idx": 2}])
    assert file.exists()
    second = summary(task, mirrors=[tmp_path], cache=cache)
    assert (second.rows, second.repeated) == (3, 1)
    assert second.digest != first.digest
