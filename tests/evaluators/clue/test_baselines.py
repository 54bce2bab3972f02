"""Baselines are steady, learn what can be learned, and answer in their family's terms."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.clue import baselines, tasks
from evaluators.clue.baselines.constant import first_sentence
from evaluators.clue.baselines.entity import Tags, entity_dictionary, look_up
from evaluators.clue.baselines.span import candidates
from evaluators.errors import MethodError, TrainingError
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
)

CITIES = ("北京", "上海", "广州", "成都", "南京", "杭州")
DAYS = ("昨天", "今天", "明天")
VERBS = ("去了", "来到", "离开", "喜欢", "路过")
NAMES = ("王小明", "李小红", "张大山", "赵小军")


def split(task: str, *examples: Example) -> LabelledDataset:
    """Return examples as the training set of a task."""
    found = tasks.find(task)
    return LabelledDataset(task, "train", found.family, found.labels, examples)


def titles(*labels: int) -> LabelledDataset:
    """Return titles about sport (3) and cars (6)."""
    texts = {3: "球队赢了比赛", 6: "新车降价上市"}
    examples = (
        TextExample(str(n), f"{CITIES[n % 6]}{texts[label]}{n}", None, label)
        for n, label in enumerate(labels)
    )
    return split("tnews", *examples)


def pairs(*labels: int) -> LabelledDataset:
    """Return pairs that say the same, or turn it round."""
    examples = (
        TextExample(str(n), f"{CITIES[n % 6]}好", f"{CITIES[n % 6]}{'不' * (1 - label)}好", label)
        for n, label in enumerate(labels)
    )
    return split("afqmc", *examples)


def sentences(*rows: int) -> LabelledDataset:
    """Return texts with a name and a city each."""
    examples = []
    for row in rows:
        name, city = NAMES[row % 4], CITIES[row % 6]
        text = f"{DAYS[row % 3]}{name}{VERBS[row % 5]}{city}"
        found = (Entity("name", 2, 5), Entity("address", 7, 9))
        examples.append(EntityExample(str(row), text, found))
    return split("cluener", *examples)


def questions(*rows: int) -> LabelledDataset:
    """Return contexts of which one sentence answers the question."""
    return split(
        "cmrc2018",
        *(
            SpanExample(
                str(row),
                f"天气很好。{NAMES[row % 4]}生于{CITIES[row % 6]}，喜欢水。鸟在飞。",
                f"{NAMES[row % 4]}生于哪里？",
                (f"{NAMES[row % 4]}生于{CITIES[row % 6]}",),
            )
            for row in rows
        ),
    )


def dialogues(*rows: int) -> LabelledDataset:
    """Return dialogues whose answer is the city that is spoken of."""
    examples = []
    for row in rows:
        choices = (CITIES[row % 6], CITIES[(row + 1) % 6], CITIES[(row + 2) % 6])
        context = f"男：你去哪里？\n女：去{choices[row % 3]}。"
        examples.append(ChoiceExample(str(row), context, "女的去哪里？", choices, row % 3))
    return split("c3", *examples)


MADE = {
    "tnews": (titles(*[3, 6] * 12), titles(6, 3, 3, 6, 6)),
    "afqmc": (pairs(*[0, 1, 1, 0, 1] * 24), pairs(1, 0, 1, 0)),
    "cluener": (sentences(*range(60)), sentences(*range(12, 20))),
    "c3": (dialogues(*range(30)), dialogues(*range(31, 38))),
}


@pytest.mark.parametrize("task", MADE)
def test_the_linear_model_learns_what_one_ngram_tells(task) -> None:
    train, asked = MADE[task]
    found = baselines.predict("tfidf", tasks.find(task), train, asked, seed=0)
    assert found.predicted == found.gold
    again = baselines.predict("tfidf", tasks.find(task), train, asked, seed=0)
    assert again.predicted == found.predicted
    if found.probabilities is not None:
        assert (again.probabilities == found.probabilities).all()
        assert np.allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_linear_model_picks_a_piece_of_the_context_that_answers() -> None:
    asked = questions(*range(30, 36))
    found = baselines.predict("tfidf", tasks.find("cmrc2018"), questions(*range(24)), asked, seed=0)
    for said, (answer,), one in zip(found.predicted, found.gold, asked.examples, strict=True):
        assert said in one.context
        assert said == answer


def test_the_commonest_class_and_always_yes() -> None:
    train, asked = MADE["afqmc"]
    task = tasks.find("afqmc")
    assert baselines.predict("constant", task, pairs(0, 1, 0), asked).predicted == (0,) * 4
    assert baselines.predict("constant", task, train, asked).predicted == (1,) * 4
    assert baselines.predict("all-positive", task, pairs(0, 1, 0), asked).predicted == (1,) * 4
    assert baselines.names(tasks.find("tnews")) == ("constant", "tfidf")


def test_the_position_that_is_most_often_right_of_those_there_are() -> None:
    three, two = ("甲", "乙", "丙"), ("甲", "乙")
    train = split(
        "c3",
        *(ChoiceExample(str(n), "甲", "?", three, k) for n, k in enumerate([2, 2, 2, 1, 1, 0])),
    )
    asked = split(
        "c3", ChoiceExample("0", "甲", "?", three, 0), ChoiceExample("1", "甲", "?", two, 0)
    )
    assert baselines.predict("constant", tasks.find("c3"), train, asked).predicted == (2, 1)


def test_the_first_sentence_of_a_context() -> None:
    assert first_sentence("水是冷的。火是热的。") == "水是冷的"
    assert first_sentence(" \n水是冷的") == "水是冷的"
    assert first_sentence("。。") == "。。"
    found = baselines.predict(
        "constant", tasks.find("cmrc2018"), questions(1), questions(2), seed=0
    )
    assert found.predicted == ("天气很好",)


def test_only_what_mostly_is_an_entity_is_in_the_dictionary() -> None:
    once = EntityExample("0", "北京在北京", (Entity("address", 0, 2),))
    never = EntityExample("1", "北京北京", ())
    assert entity_dictionary([once]) == {"北京": "address"}
    assert entity_dictionary([once, never]) == {}
    known = {"北京": "address", "北京大学": "organization"}
    assert look_up("北京大学在北京", known) == (
        Entity("organization", 0, 4),
        Entity("address", 5, 7),
    )
    assert look_up("", known) == look_up("水", {}) == ()


def test_tags_are_read_back_as_they_were_written_and_of_two_that_overlap_the_longer() -> None:
    tags = Tags(("name", "address"))
    entities = (Entity("address", 0, 1), Entity("name", 1, 4), Entity("address", 6, 8))
    written = tags.written(9, (*entities, Entity("address", 2, 3)))
    assert tags.entities(written.tolist()) == entities
    scores = np.eye(len(tags), dtype=np.float32)[written]
    assert tags.best_path(scores) == written.tolist()


def test_no_scores_make_tags_that_write_no_entities() -> None:
    """Of a name's end alone, nothing is left; of its begin and an address's end neither."""
    tags = Tags(("name", "address"))
    alone = np.zeros((1, len(tags)), dtype=np.float32)
    alone[0, 3] = 5
    assert tags.entities(tags.best_path(alone)) in ((), (Entity("name", 0, 1),))
    rng = np.random.default_rng(0)
    for length in (1, 2, 3, 7):
        path = tags.best_path(rng.normal(size=(length, len(tags))).astype(np.float32))
        back = tags.written(length, tags.entities(path)).tolist()
        assert back == path


def test_pieces_lie_in_their_context_and_are_there_once() -> None:
    context = "《水》写于1998年5月，共 12 册。作者是 Wang Li，生于“南方”！  "
    found = candidates(context)
    assert len({(one.start, one.end) for one in found}) == len(found)
    pieces = {context[one.start : one.end] for one in found}
    assert {"《水》", "水", "1998年5月", "Wang Li", "南方", "作者是 Wang Li"} <= pieces
    assert all(piece == piece.strip() and piece for piece in pieces)
    assert candidates("。")  # a context without a sentence is one itself


@pytest.mark.parametrize("task", [*MADE, "cmrc2018"])
@pytest.mark.parametrize("name", ["constant", "tfidf"])
def test_one_example_is_enough_to_train_on(task, name) -> None:
    train, asked = {**MADE, "cmrc2018": (questions(0), questions(1))}[task]
    one = split(task, train.examples[0])
    found = baselines.predict(name, tasks.find(task), one, asked, seed=0)
    assert len(found) == len(asked)


def test_texts_without_entities_teach_that_there_are_none() -> None:
    train = split("cluener", EntityExample("0", "今天下雨", ()), EntityExample("1", "水", ()))
    _, asked = MADE["cluener"]
    for name in ("constant", "tfidf"):
        found = baselines.predict(name, tasks.find("cluener"), train, asked)
        assert found.predicted == ((),) * len(asked)


def test_an_unknown_baseline_and_an_empty_training_set_are_named() -> None:
    train, asked = MADE["tnews"]
    with pytest.raises(MethodError, match=r"tnews has no baseline 'tf-idf': did you mean 'tfidf'"):
        baselines.predict("tf-idf", tasks.find("tnews"), train, asked)
    with pytest.raises(TrainingError, match="tnews/train has no examples"):
        baselines.predict("tfidf", tasks.find("tnews"), split("tnews"), asked)


GRAPH = (
    Triple("李白", "职业", "歌手"),
    Triple("李白（唐代诗人）", "朝代", "唐"),
    Triple("李白（唐代诗人）", "出生地", "碎叶城"),
    Triple("白（颜色）", "英文", "white"),
)


def asked(*questions: str) -> LabelledDataset:
    """Return questions about GRAPH whose answers are hidden from the look-up."""
    rows = (TripleExample(str(n), question, GRAPH[0]) for n, question in enumerate(questions))
    return split("kgclue", *rows)


def test_a_look_up_takes_the_longest_name_and_the_most_similar_relation() -> None:
    train = asked("李白的职业是什么？", "李白的出生地在哪里？", "李白是哪个朝代的？")
    scored = asked("李白的出生地是哪里？", "李白的职业？", "白的英文？", "谁？")
    found = baselines.predict("tfidf", tasks.find("kgclue"), train, scored, GRAPH)
    assert found.predicted == (GRAPH[2], GRAPH[0], GRAPH[3], GRAPH[0])
    constant = baselines.predict("constant", tasks.find("kgclue"), train, scored, GRAPH)
    assert constant.predicted == (GRAPH[0],) * 4


def test_a_graph_is_needed() -> None:
    with pytest.raises(TrainingError, match="kgclue has no graph to answer from"):
        baselines.predict("constant", tasks.find("kgclue"), asked("谁？"), asked("谁？"))
