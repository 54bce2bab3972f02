"""Tokens, windows and back: answers are cut from the text as it was given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from evaluators.errors import CheckpointError, MethodError
from evaluators.trainer.families import Reading, choice, classification, entity, span
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Entity,
    EntityExample,
    SpanExample,
    TextExample,
)
from evaluators.trainer.modules.layers import SpanGuess
from evaluators.trainer.modules.tagging import entities_of, runs, tags_of
from tests.evaluators.conftest import dataset

READING = Reading(max_length=64, stride=16)


def test_a_span_is_taught_where_it_stands_and_cut_with_its_white_space(tokenizer: Any) -> None:
    context = "他 住在 New York 已经很久，New  York很大。"
    data = dataset("span", SpanExample("1", context, "他住在哪里？", ("New York",)))
    (row,) = span.rows(tokenizer, data, READING)
    start, end = row.offsets[row.start, 0], row.offsets[row.end, 1]
    assert context[start:end] == "New York"
    assert row.inside[row.start]
    assert not row.inside[0]
    assert span.gather(data, [row], [SpanGuess(0.0, int(start), int(end))]) == ("New York",)


def test_an_answer_far_in_a_long_context_is_in_some_window_and_only_there(tokenizer: Any) -> None:
    context = "前" * 150 + "答案在此" + "后" * 100
    data = dataset("span", SpanExample("1", context, "什么？", ("答案在此",)))
    rows = span.rows(tokenizer, data, READING)
    assert len(rows) > 3
    assert all(len(row.tokens.ids) <= READING.max_length for row in rows)
    found = [row for row in rows if row.start]
    assert found
    for row in found:
        assert context[row.offsets[row.start, 0] : row.offsets[row.end, 1]] == "答案在此"
    covered = np.zeros(len(context), dtype=bool)
    for row in rows:
        for begin, end in row.offsets[row.inside]:
            covered[begin:end] = True
    assert covered.all(), "every character is read in some window"


def test_the_best_window_answers(tokenizer: Any) -> None:
    data = dataset("span", SpanExample("1", "甲乙" * 60, "什么？", ("甲",)))
    rows = span.rows(tokenizer, data, READING)
    guesses = [SpanGuess(float(-i), i, i + 1) for i in range(len(rows))]
    assert span.gather(data, rows, guesses) == ("甲",)
    nothing = [SpanGuess(-float("inf"), 0, 1) for _ in rows]
    assert span.gather(data, rows, nothing) == ("",)


def test_a_question_longer_than_the_window_leaves_room_for_the_context(tokenizer: Any) -> None:
    data = dataset("span", SpanExample("1", "他住在北京。", "问" * 500, ("北京",)))
    rows = span.rows(tokenizer, data, READING)
    assert any(row.start for row in rows)
    with pytest.raises(CheckpointError, match="max_length 10"):
        span.rows(tokenizer, data, Reading(max_length=10))


def _round_trip(tokenizer: Any, data: Any, reading: Reading) -> Any:
    rows = entity.rows(tokenizer, data, reading)
    batch = entity.collate(rows, 0)
    return entity.gather(data, rows, entities_of(tags_of(batch), batch, data.labels)), rows


def test_gold_tags_decode_to_the_gold_entities_through_windows(tokenizer: Any) -> None:
    rng = np.random.default_rng(0)
    examples = []
    for number in range(20):
        length = int(rng.integers(1, 200))
        text = "".join(rng.choice(list("天地人你我他 京沪x9"), size=length))
        spots = sorted(rng.choice(length + 1, size=min(length + 1, 8), replace=False).tolist())
        found = tuple(
            Entity("ab"[i % 4 // 2], spots[i], spots[i + 1])
            for i in range(0, len(spots) - 1, 2)
            if _whole(text, spots[i], spots[i + 1])
        )
        examples.append(EntityExample(str(number), text, found))
    data = dataset("entity", *examples, labels=("a", "b"))
    got, rows = _round_trip(tokenizer, data, Reading(max_length=48, stride=24))
    assert len(rows) > len(examples)
    assert got == tuple(example.entities for example in examples)


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a piece ends in Chinese on both sides, so that tokens agree with characters."""
    latin = set(" x9")
    return not ({text[start], text[end - 1]} & latin) and end - start < 20


def test_entities_at_a_windows_edge_are_neither_lost_nor_doubled(tokenizer: Any) -> None:
    text = "字" * 300
    found = tuple(Entity("a", place, place + 3) for place in range(0, 297, 4))
    data = dataset("entity", EntityExample("1", text, found), labels=("a",))
    got, rows = _round_trip(tokenizer, data, Reading(max_length=50, stride=20))
    assert len(rows) > 5
    assert got == (found,)


def test_tags_are_read_as_leniently_as_seqeval_does() -> None:
    assert runs([0, 1, 2, 2, 0, 2, 2, 1, 1, 4]) == [
        (0, 1, 3),
        (0, 5, 6),
        (0, 7, 7),
        (0, 8, 8),
        (1, 9, 9),
    ]
    assert runs([]) == []


def test_a_text_without_a_token_has_no_entities(tokenizer: Any) -> None:
    data = dataset("entity", EntityExample("1", "　 ", ()), labels=("a",))
    got, _ = _round_trip(tokenizer, data, READING)
    assert got == ((),)


def test_choices_of_different_numbers_share_a_batch(tokenizer: Any) -> None:
    data = dataset(
        "choice",
        ChoiceExample("1", "天气好。", "天气怎么样？", ("好", "不好"), 1),
        ChoiceExample("2", "天" * 300, "？", ("一", "二", "三", "四"), 0),
    )
    rows = choice.rows(tokenizer, data, READING)
    batch = choice.collate(rows, 0)
    assert batch["input_ids"].shape == (2, 4, 64)
    assert batch["choices"].tolist() == [[True, True, False, False], [True] * 4]
    assert batch["labels"].tolist() == [1, 0]
    assert (batch["attention_mask"].sum(-1) > 0).all(), "no row is empty, attention would be NaN"
    last = [tokens.ids[-2] for tokens in rows[1].choices]
    assert len(set(last)) == 4, "the context was cut, not the choice"


def test_pairs_are_read_together_or_apart(tokenizer: Any) -> None:
    data = dataset(
        "classification",
        TextExample("1", "甲", "乙丙", 0),
        TextExample("2", "丁", "戊", None),
        labels=("a", "b"),
    )
    together = classification.collate(classification.rows(tokenizer, data, READING), 0)
    apart = classification.collate(
        classification.rows(tokenizer, data, Reading(64, layout="separate")), 0
    )
    assert together["input_ids"].shape == (2, 6)
    assert together["token_type_ids"][0].tolist() == [0, 0, 0, 1, 1, 1]
    assert apart["input_ids"].shape == (2, 3)
    assert apart["pair_input_ids"].shape == (2, 4)
    assert torch.equal(apart["labels"], torch.tensor([0, -1]))
    single = dataset("classification", TextExample("1", "甲", None, 0), labels=("a", "b"))
    with pytest.raises(MethodError, match="head linear"):
        classification.rows(tokenizer, single, Reading(64, layout="separate"))


def test_an_entity_longer_than_a_sequence_is_refused_by_name(tokenizer: Any) -> None:
    long = EntityExample("7", "天" * 60, (Entity("a", 2, 50),))
    data = dataset("entity", long, labels=("a",))
    assert entity.rows(tokenizer, data, Reading(max_length=50))
    with pytest.raises(MethodError, match=r"example '7': the a '天+.* has 48 tokens.*only 47 fit"):
        entity.rows(tokenizer, data, Reading(max_length=49))
