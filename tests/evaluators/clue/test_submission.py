"""Submission files have CLUE's own form, and everything that is wrong with one is told."""

from __future__ import annotations

import json

import pytest

from evaluators.clue import tasks
from evaluators.clue.submission import file_name, problems, written
from evaluators.errors import ScoreError
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Entity,
    EntityExample,
    Example,
    LabelledDataset,
    SpanExample,
    TextExample,
    Triple,
    TripleExample,
    without_label,
)
from evaluators.trainer.predictions import Predictions


def hidden(task: str, *examples: Example) -> LabelledDataset:
    """Return examples as a test set."""
    found = tasks.find(task)
    return LabelledDataset(
        task, "test", found.family, found.labels, tuple(without_label(one) for one in examples)
    )


def titles(task: str, number: int) -> LabelledDataset:
    """Return a test set of single texts."""
    return hidden(task, *(TextExample(str(n), f"题目{n}", None, None) for n in range(number)))


WANG = EntityExample("0", "王小明在北京大学，王小明", ())
CASES = {
    "afqmc": (titles("afqmc", 2), (1, 0), '{"id": 0, "label": "1"}\n{"id": 1, "label": "0"}\n'),
    "tnews": (
        titles("tnews", 1),
        (5,),
        '{"id": 0, "label": "106", "label_desc": "news_house"}\n',
    ),
    "iflytek": (titles("iflytek", 1), (118,), '{"id": 0, "label": "118", "label_desc": "其他"}\n'),
    "cmnli": (titles("cmnli", 1), (1,), '{"id": 0, "label": "entailment"}\n'),
    "cluewsc2020": (titles("cluewsc2020", 1), (0,), '{"id": 0, "label": "true"}\n'),
    "fewclue-csldcp": (titles("fewclue-csldcp", 1), (0,), '{"id": 0, "label": "材料科学与工程"}\n'),
    "c3": (
        hidden("c3", ChoiceExample("0", "茶", "?", ("茶", "水"), None)),
        (1,),
        '{"id": 0, "label": 1}\n',
    ),
    "fewclue-chid": (
        hidden("fewclue-chid", ChoiceExample("7", "#idiom#", "", ("茶", "水"), None)),
        (0,),
        '{"id": 7, "answer": 0}\n',
    ),
    "chid": (
        hidden("chid", ChoiceExample("#idiom000003#", "#idiom#", "", ("茶", "水"), None)),
        (1,),
        '{\n "#idiom000003#": 1\n}\n',
    ),
    "cmrc2018": (
        hidden("cmrc2018", SpanExample("TEST_0_QUERY_0", "水是冷的。", "?", ())),
        ("冷",),
        '{\n "TEST_0_QUERY_0": "冷"\n}\n',
    ),
    "cluener": (
        hidden("cluener", WANG, EntityExample("1", "下雨", ())),
        ((Entity("name", 0, 3), Entity("organization", 4, 8), Entity("name", 9, 12)), ()),
        '{"id": 0, "label": {"name": {"王小明": [[0, 2], [9, 11]]}, '
        '"organization": {"北京大学": [[4, 7]]}}}\n{"id": 1, "label": {}}\n',
    ),
    "kgclue": (
        hidden("kgclue", TripleExample("0", "李白是哪个朝代的？", None)),
        (Triple("李白（唐代诗人）", "朝代", "唐"),),
        '{"id": 0, "answer": "李白（唐代诗人） ||| 朝代 ||| 唐"}\n',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_written_as_clue_wants_it_and_has_no_problems(name) -> None:
    data, predicted, text = CASES[name]
    task = tasks.find(name)
    assert written(task, Predictions.of(data, predicted), data) == text
    assert problems(task, text.encode(), data) == []
    assert problems(task, text.encode()) == []


@pytest.mark.parametrize("name", tasks.names())
def test_every_label_of_every_task_can_be_handed_in(name) -> None:
    task = tasks.find(name)
    if task.family != "classification":
        return
    data = titles(name, len(task.labels))
    text = written(task, Predictions.of(data, range(len(task.labels))), data)
    assert problems(task, text.encode(), data) == []
    said = [json.loads(line)["label"] for line in text.splitlines()]
    assert said == [task.official_labels[label] for label in task.labels]


def test_the_answers_come_in_the_order_of_the_published_rows() -> None:
    data = titles("tnews", 3)
    turned = Predictions.of(data, (0, 1, 2))
    turned = Predictions("classification", data.labels, ("2", "0", "1"), (None,) * 3, (2, 0, 1))
    text = written(tasks.find("tnews"), turned, data)
    assert [json.loads(line)["id"] for line in text.splitlines()] == [0, 1, 2]
    assert [json.loads(line)["label"] for line in text.splitlines()] == ["100", "101", "102"]


def test_predictions_for_a_part_or_for_another_split_are_not_written() -> None:
    data = titles("tnews", 3)
    some = Predictions("classification", data.labels, ("0", "1"), (None,) * 2, (2, 0))
    with pytest.raises(
        ScoreError, match=r"predictions must be for the 3 examples.*got 2 \(1 examples have none"
    ):
        written(tasks.find("tnews"), some, data)
    with pytest.raises(ScoreError, match="evaluate the whole split"):
        written(tasks.find("tnews"), Predictions.of(titles("tnews", 4), (0,) * 4), data)


def test_files_are_called_as_the_site_expects() -> None:
    def name(task, version=None):
        return file_name(tasks.find(task), version)

    assert name("tnews") == "tnews_predict.json"
    assert name("tnews", "1.1") == "tnews11_predict.json"
    assert name("cluewsc2020", "1.0") == "cluewsc10_predict.json"
    assert name("ocnli", "1.1") == "ocnli_50k_predict.json"
    assert name("afqmc", "1.1") == "afqmc_predict.json"
    assert name("fewclue-tnews") == "tnewsf_predict.json"
    assert name("fewclue-bustm") == "bustm_predict.json"
    for version in (None, "1.0", "1.1"):
        files = [name(task, version) for task in tasks.names()]
        assert len({*files}) == len(files)


def test_every_problem_of_a_file_is_told_at_once() -> None:
    text = (
        '{"id": 0, "label": "106"}\n'
        '{"id": 0, "label": "105"}\n'
        '{"id": 3, "label": 107}\n'
        "{broken\n"
        '["id", "label"]\n'
        '{"id": 1, "label": "116", "label_desc": "news_car"}\n'
        '{"id": 9, "label": "100"}\n'
        '{"id": 2, "label": "100", "label": "101"}\n'
    )
    found = problems(tasks.find("tnews"), text.encode(), titles("tnews", 5))
    told = sorted(((one.line or 99), one.said) for one in found)
    expected = [
        (2, "the id '0' stands on line 1 already"),
        (2, "the label '105' is none of tnews's"),
        (3, "the label 107 is none of tnews's, which are text: did you mean '107'"),
        (4, "is not JSON: Expecting property name"),
        (5, 'is not {"id": …, "label": …}'),
        (6, "label_desc 'news_car' is not that of 116, 'news_game'"),
        (7, "the split has no id '9'"),
        (8, "is not JSON: duplicate key 'label'"),
        (99, "2 of 5 ids have no answer: '2', '4'"),
    ]
    assert len(told) == len(expected)
    for (line, said), (wanted, beginning) in zip(told, expected, strict=True):
        assert (line, said[: len(beginning)]) == (wanted, beginning)


@pytest.mark.parametrize(
    ("task", "text", "said"),
    [
        ("c3", '{"id": 0, "label": 2}\n', "the answer to 0 is 2: its choices count from 0 to 1"),
        ("c3", '{"id": 0, "label": "1"}\n', "not the position of a choice"),
        ("c3", '{"id": 0, "label": true}\n', "not the position of a choice"),
        ("chid", '{"#idiom000003#": -1}', "not the position of a choice"),
        ("chid", "[1]", "is not a JSON object from id to answer"),
        ("cmrc2018", '{"TEST_0_QUERY_0": "热"}', "'热', is not in its context"),
        ("cmrc2018", '{"TEST_0_QUERY_0": null}', "is not a text"),
        ("cmrc2018", '{"TEST_0_QUERY_0": "冷", "TEST_0_QUERY_0": "水"}', "duplicate key"),
        ("cmrc2018", "", "is not JSON"),
        ("cmrc2018", "[" * 100_000, "is not JSON"),
        ("cmrc2018", "{}", "the file holds no answers"),
    ],
)
def test_an_answer_outside_its_text_or_its_choices_is_told(task, text, said) -> None:
    data = CASES[task][0]
    assert any(said in each.said for each in problems(tasks.find(task), text.encode(), data))


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ({"name": {"王小明": [[0, 3]]}}, "at [0, 3] stands '王小明在'"),
        ({"name": {"王小明": [[9, 12]]}}, "[9, 12] is outside its 12 characters"),
        ({"name": {"王小明": [[2, 0]]}}, "[2, 0] is not a place"),
        ({"name": {"王小明": [[-3, -1]]}}, "is not a place"),
        ({"name": {"王小明": [0, 2]}}, "0 is not [start, end]"),
        ({"name": {"王小明": []}}, "has no places"),
        ({"name": ["王小明"]}, "not text → [[start, end]]"),
        ({"person": {"王小明": [[0, 2]]}}, "unknown entity type 'person'"),
        ([], "is not type → text → [[start, end]]"),
    ],
)
def test_an_entity_that_is_not_in_its_text_is_told(label, said) -> None:
    data = hidden("cluener", WANG)
    text = json.dumps({"id": 0, "label": label}, ensure_ascii=False)
    found = problems(tasks.find("cluener"), text.encode(), data)
    assert any(said in each.said for each in found), found


def test_a_file_in_another_order_in_another_encoding_or_with_a_mark_is_told() -> None:
    task, data = tasks.find("afqmc"), titles("afqmc", 2)
    turned = '{"id": 1, "label": "0"}\n{"id": 0, "label": "1"}\n'
    assert "not in the order" in problems(task, turned.encode(), data)[0].said
    assert problems(task, turned.encode()) == []  # without the data nobody knows
    assert "is not UTF-8" in problems(task, '{"id": "中文"}'.encode("gbk"))[0].said
    assert "byte-order mark" in problems(task, b"\xef\xbb\xbf{}")[0].said
