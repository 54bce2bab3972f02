"""Entity F1 is seqeval's where tags can say it."""

from __future__ import annotations

import numpy as np
import pytest
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score

from evaluators.clue.metrics import metrics_of, right, scored
from evaluators.trainer.labelled_data import Entity
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
