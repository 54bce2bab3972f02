"""Tasks whose data are not at hand are read in the hub's schema, and their stand-ins in theirs."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from evaluators.clue import tasks
from evaluators.errors import DatasetError
from evaluators.trainer.labelled_data import ChoiceExample, TextExample, Triple, TripleExample
from flows.inputs.clue import load_split

from .clue_task import put

Row = dict[str, Any]

TEXT = "小猫追着小狗，它跑得很快。"
WSC: list[Row] = [
    {
        "idx": 4,
        "text": TEXT,
        "target": {"span1_text": "小狗", "span1_index": 4, "span2_text": "它", "span2_index": 7},
        "label": 1,
    }
]
CURC: list[Row] = [
    {
        "id": 0,
        "text_a": "小猫追着小狗，#它#跑得很快。",
        "text_b": "小狗",
        "text_c": "",
        "label": "否",
    }
]
CHID: list[Row] = [
    {
        "idx": 0,
        "candidates": ["一帆风顺", "守株待兔", "画蛇添足"],
        "content": ["祝你#idiom000001#，不要#idiom000002#。", "这是#idiom000003#。"],
        "answers": {
            "text": ["一帆风顺", "守株待兔", "画蛇添足"],
            "candidate_id": [0, 1, 2],
        },
    }
]
FEW_CHID: list[Row] = [
    {"id": 5, "candidates": ["一帆风顺", "守株待兔"], "content": "祝你#idiom#。", "answer": 0}
]
KG: list[Row] = [
    {"id": 2, "question": "你知道龙晶吗？", "answer": "龙晶（游戏） ||| 繁体 ||| 龍晶"}
]
CSL: list[Row] = [
    {"idx": 3, "corpus_id": 1, "abst": "我们研究水。", "keyword": ["水", "冰"], "label": 0}
]


def read(mirror, task: str, path: str, rows: list[Row], split: str):
    """Put rows into a mirror and read them."""
    put(mirror, path, rows)
    return load_split(tasks.find(task), split, mirrors=[mirror])


@pytest.mark.parametrize("label", [1, "false"])
@pytest.mark.parametrize(
    ("task", "path", "split"),
    [
        ("cluewsc2020", "clue/clue/cluewsc2020/validation", "validation"),
        ("fewclue-cluewsc", "clue/fewclue/cluewsc/test_public", "test_public"),
    ],
)
def test_the_pronoun_is_marked_and_the_noun_is_the_second_text(
    tmp_path, task, path, split, label
) -> None:
    data = read(tmp_path, task, path, [{**WSC[0], "label": label}], split)
    assert data.examples == (TextExample("4", "小猫追着小狗，#它#跑得很快。", "小狗", 1),)
    assert data.labels == ("true", "false")  # the hub's 0 is true


def test_the_transformed_copy_reads_the_same_and_its_two_files_are_one_dev(tmp_path) -> None:
    put(tmp_path, "curc/cluewsc2020/default/test", CURC)
    data = read(tmp_path, "cluewsc2020", "curc/cluewsc2020/default/validation", CURC, "curc_dev")
    same = ("小猫追着小狗，#它#跑得很快。", "小狗", 1)
    assert data.examples == (TextExample("validation-0", *same), TextExample("test-0", *same))


def test_half_of_a_dev_is_not_taken_for_the_whole(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DatasetError, match=r"curc/cluewsc2020/default/test.parquet"):
        read(tmp_path, "cluewsc2020", "curc/cluewsc2020/default/validation", CURC, "curc_dev")


def test_every_gap_of_chid_is_an_example_and_the_others_are_masked(tmp_path) -> None:
    data = read(tmp_path, "chid", "clue/clue/chid/train", CHID, "train")
    idioms = ("一帆风顺", "守株待兔", "画蛇添足")
    assert data.examples == (
        ChoiceExample("#idiom000001#", "祝你#idiom#，不要○○○○。", "", idioms, 0),
        ChoiceExample("#idiom000002#", "祝你○○○○，不要#idiom#。", "", idioms, 1),
        ChoiceExample("#idiom000003#", "这是#idiom#。", "", idioms, 2),
    )


@pytest.mark.parametrize(("task", "split"), [("chid", "few_test"), ("fewclue-chid", "test_public")])
def test_the_cut_has_one_gap_a_row(tmp_path, task, split) -> None:
    data = read(tmp_path, task, "clue/fewclue/chid/test_public", FEW_CHID, split)
    assert data.examples == (ChoiceExample("5", "祝你#idiom#。", "", ("一帆风顺", "守株待兔"), 0),)


def test_a_hidden_test_of_chid_is_read_without_answers(tmp_path) -> None:
    hidden = [{**CHID[0], "answers": {"text": [], "candidate_id": []}}]
    data = read(tmp_path, "chid", "clue/clue/chid/test", hidden, "test")
    assert [example.answer for example in data.examples] == [None, None, None]


def test_an_answer_of_kgclue_is_an_edge(tmp_path) -> None:
    data = read(tmp_path, "kgclue", "clue/kgclue/default/train", KG, "train")
    edge = Triple("龙晶（游戏）", "繁体", "龍晶")
    assert data.examples == (TripleExample("2", "你知道龙晶吗？", edge),)


def test_keywords_stand_behind_the_abstract(tmp_path) -> None:
    data = read(tmp_path, "csl", "clue/clue/csl/validation", CSL, "validation")
    assert data.examples == (TextExample("3", "我们研究水。", "水，冰", 0),)


def test_iflytek_is_read_with_the_hubs_numbers_and_fewclues_text(tmp_path) -> None:
    hub = [{"sentence": "听歌", "label": 48, "idx": 9}]
    few = [{"sentence": "听歌", "label": "48", "label_des": "音乐", "id": 9}]
    one = read(tmp_path, "iflytek", "clue/clue/iflytek/validation", hub, "validation")
    two = read(tmp_path, "iflytek", "clue/fewclue/iflytek/test_public", few, "few_test")
    assert one.examples == two.examples == (TextExample("9", "听歌", None, 48),)
    assert one.labels[48] == "音乐"


def test_ids_that_the_published_file_repeats_give_way_to_row_numbers(tmp_path) -> None:
    rows = [{"content": f"摘要{n}", "label": "数学", "id": 0} for n in range(2)]
    data = read(tmp_path, "fewclue-csldcp", "clue/fewclue/csldcp/test_public", rows, "test_public")
    assert [example.id for example in data.examples] == ["0", "1"]


def test_a_split_that_serves_as_two_has_every_second_row_in_each(tmp_path) -> None:
    rows = [
        {"id": f"Q{n}", "context": "水是冷的。", "question": "?", "answers": {"text": ["水"]}}
        for n in range(5)
    ]
    path = "clue/clue/drcd/validation"
    even = read(tmp_path, "drcd", path, rows, "validation_even")
    odd = read(tmp_path, "drcd", path, rows, "validation_odd")
    assert [one.id for one in even.examples] == ["Q0", "Q2", "Q4"]
    assert [one.id for one in odd.examples] == ["Q1", "Q3"]


@pytest.mark.parametrize(
    ("task", "path", "split", "rows", "change", "said"),
    [
        ("cluewsc2020", "clue/clue/cluewsc2020/train", "train", WSC,
         {"target": {**WSC[0]["target"], "span2_index": 8}}, "span2 '它' is not at character 8"),
        ("cluewsc2020", "clue/clue/cluewsc2020/train", "train", WSC,
         {"target": {**WSC[0]["target"], "span1_index": 99}}, "span1 '小狗' is not at"),
        ("cluewsc2020", "clue/clue/cluewsc2020/train", "train", WSC,
         {"label": "maybe"}, "holds the label 'maybe'"),
        ("cluewsc2020", "curc/cluewsc2020/default/train", "curc_train", CURC,
         {"text_a": TEXT}, "no pronoun between two #"),
        ("cluewsc2020", "curc/cluewsc2020/default/train", "curc_train", CURC,
         {"text_b": "老虎"}, "the noun '老虎' of column 'text_b' is not in"),
        ("chid", "clue/clue/chid/train", "train", CHID,
         {"answers": {"text": ["画蛇添足"], "candidate_id": [2]}}, "1 answers for 3 gaps"),
        ("chid", "clue/clue/chid/train", "train", CHID,
         {"content": ["没有。"]}, "has no gap"),
        ("chid", "clue/clue/chid/train", "train", CHID,
         {"content": ["#idiom000001##idiom000001##idiom000002#"]}, "has the id '#idiom000001#'"),
        ("fewclue-chid", "clue/fewclue/chid/train_0", "train_0", FEW_CHID,
         {"answer": 2}, "the answer 2 is out of range"),
        ("fewclue-chid", "clue/fewclue/chid/train_0", "train_0", FEW_CHID,
         {"content": "#idiom##idiom#"}, "must have one gap .* got 2"),
        ("kgclue", "clue/kgclue/default/train", "train", KG,
         {"answer": "龙晶 ||| 繁体"}, "not subject ||| relation ||| object".replace("|", "[|]")),
        ("csl", "clue/clue/csl/train", "train", CSL, {"keyword": [""]}, "entry 1 is empty"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_named(
    tmp_path, task, path, split, rows, change, said
) -> None:
    wrong = copy.deepcopy(rows)
    wrong[0].update(change)
    with pytest.raises(DatasetError, match=rf"train.*parquet, row 1.*{said}"):
        read(tmp_path, task, path, wrong, split)
