"""Entity F1 is seqeval's where tags can say it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score

from evaluators.clue.metrics import metrics_of, right, scored
from evaluators.clue.surfaces import repeats
from evaluators.trainer.labelled_data import Entity, EntityExample, LabelledDataset
from tests.evaluators.trainer.metrics.made import predictions, task

TYPES = ("address", "name", "公司")
TASK = task("entity", "entity_f1")


def tagged(entities: tuple[Entity, ...], length: int) -> list[str]:
    tags = ["O"] * length
    for entity in entities:
        tags[entity.start : entity.end] = [f"I-{entity.type}"] * (entity.end - entity.start)
        tags[entity.start] = f"B-{entity.type}"
    return tags


def some(generator: np.random.Generator, length: int) -> tuple[Entity, ...]:
    found, at = [], 0
    while at < length - 3:
        start = at + int(generator.integers(0, 4))
        end = min(length, start + int(generator.integers(1, 4)))
        if start >= length:
            break
        if generator.random() < 0.7:
            found.append(Entity(TYPES[int(generator.integers(0, 3))], start, end))
        at = end + int(generator.integers(0, 2))
    return tuple(found)


@pytest.mark.parametrize("seed", range(5))
def test_flat_entities_score_as_in_seqeval(seed):
    generator = np.random.default_rng(seed)
    gold = [some(generator, 20) for _ in range(30)]
    said = [g if generator.random() < 0.5 else some(generator, 20) for g in gold]
    found = {m.name: m.total for m in metrics_of(TASK, predictions("entity", TYPES, gold, said))}
    tags = [[tagged(entities, 20) for entities in side] for side in (gold, said)]
    assert found["entity_f1"] == pytest.approx(f1_score(*tags))
    assert found["precision"] == pytest.approx(precision_score(*tags))
    assert found["recall"] == pytest.approx(recall_score(*tags))
    report = classification_report(*tags, output_dict=True)
    assert found["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"])


def test_type_start_and_end_must_all_be_right_and_twice_counts_once():
    gold = [(Entity("name", 0, 2), Entity("address", 4, 6))]
    said = [
        (
            *(Entity("name", 0, 2),) * 2,
            Entity("公司", 4, 6),
            Entity("address", 4, 7),
        )
    ]
    found = {m.name: m.total for m in metrics_of(TASK, predictions("entity", TYPES, gold, said))}
    assert found["precision"] == pytest.approx(1 / 3)
    assert found["recall"] == pytest.approx(1 / 2)
    assert found["entity_f1"] == pytest.approx(0.4)


def test_entities_may_lie_in_one_another():
    nested = (Entity("address", 0, 2), Entity("公司", 0, 5))
    made = predictions("entity", TYPES, [nested], [nested])
    assert [m.total for m in metrics_of(TASK, made)] == [1.0, 1.0, 1.0, 1.0]
    assert right(made).tolist() == [True]


def test_text_without_entities_is_an_example_and_not_a_hidden_label():
    made = predictions("entity", TYPES, [(), ()], [(), (Entity("name", 0, 1),)])
    scores = scored(TASK, made, seed=0)
    assert scores[0].value == 0.0
    assert right(made).tolist() == [True, False]


def with_texts(texts: list[str], gold: list, said: list):
    made = predictions("entity", TYPES, gold, said)
    rows = [EntityExample(str(i), text, gold[i]) for i, text in enumerate(texts)]
    return replace(
        made, repeats=repeats(LabelledDataset("t", "s", "entity", TYPES, (*rows,)), made)
    )


def test_the_official_score_matches_type_and_text_by_hand():
    texts = ["张三和张三在北京", "李四"]
    gold = [
        (Entity("name", 0, 2), Entity("name", 3, 5), Entity("address", 6, 8)),
        (Entity("name", 0, 2),),
    ]
    said = [
        (Entity("address", 3, 5), Entity("name", 3, 5), Entity("address", 6, 8)),
        (),
    ]
    made = with_texts(texts, gold, said)
    assert made.repeats == (((3, 5, 0),), ())
    found = {m.name: m.total for m in metrics_of(TASK, made)}
    # name: 张三 is found, 李四 is not: P 1, R 1/2. address: 北京 is right, 张三 not: P 1/2, R 1.
    assert found["official_macro_f1"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    # By offsets: two of three predicted are right, two of four found.
    assert found["entity_f1"] == pytest.approx(2 * 2 / (3 + 4))
    assert next(iter(found)) == "entity_f1"


def official(texts: list[str], gold: list, said: list) -> float:
    """Return the mean of F1 over types, from sets of texts as in CLUENER's files."""
    scores = []
    for kind in TYPES:
        hits = predicted = there = 0
        for text, *sides in zip(texts, gold, said, strict=True):
            wanted, named = ({text[e.start : e.end] for e in s if e.type == kind} for s in sides)
            hits, predicted = hits + len(wanted & named), predicted + len(named)
            there += len(wanted)
        scores.append(2 * hits / (predicted + there))
    return sum(scores) / len(scores)


@pytest.mark.parametrize("seed", range(3))
def test_the_official_score_is_that_of_sets_of_texts(seed):
    generator = np.random.default_rng(seed)
    texts = ["".join(generator.choice(list("甲乙"), 20)) for _ in range(40)]
    gold = [some(generator, 20) for _ in texts]
    said = [g if generator.random() < 0.5 else some(generator, 20) for g in gold]
    found = {m.name: m.total for m in metrics_of(TASK, with_texts(texts, gold, said))}
    assert found["official_macro_f1"] == pytest.approx(official(texts, gold, said))
    assert found["official_macro_f1"] != pytest.approx(found["macro_f1"])


def test_predictions_of_older_runs_have_no_official_score():
    made = predictions("entity", TYPES, [(Entity("name", 0, 2),)], [()])
    assert "official_macro_f1" not in {metric.name for metric in metrics_of(TASK, made)}
