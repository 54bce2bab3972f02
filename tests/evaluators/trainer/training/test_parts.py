"""Held-out parts, cuts and the order of batches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluators.errors import TrainingError
from evaluators.trainer.labelled_data import ChoiceExample
from evaluators.trainer.training.batches import cut, hold_out, ordered
from tests.evaluators.conftest import choices, dataset, texts


def test_questions_about_one_context_stay_on_one_side() -> None:
    data = dataset(
        "choice",
        *(ChoiceExample(str(i), f"文{i // 5}", str(i), ("a", "b"), 0) for i in range(100)),
    )
    fit, held = hold_out(data, 0.1, seed=1)
    assert held is not None
    assert len(held) == 10
    assert len(fit) + len(held) == 100
    assert not {one.context for one in fit.examples} & {one.context for one in held.examples}
    assert hold_out(data, 0.1, seed=1) == (fit, held)
    assert hold_out(data, 0.1, seed=2)[1] != held
    assert hold_out(data, 0.0, seed=1) == (data, None)


def test_nothing_left_to_train_on_is_refused() -> None:
    one = choices(1)
    with pytest.raises(TrainingError, match="selection: last"):
        hold_out(one, 0.5, seed=0)


def test_a_cut_keeps_the_order_and_asks_for_no_more_than_there_is() -> None:
    data = texts(50)
    some = cut(data, 10, seed=0)
    places = [data.examples.index(one) for one in some.examples]
    assert places == sorted(places)
    assert len(places) == 10
    assert cut(data, 10, seed=0) == some
    assert cut(data, 10, seed=1) != some
    assert cut(data, None, seed=0) is data
    assert cut(data, 50, seed=0) is data
    assert cut(replace(data, examples=()), 3, seed=0).examples == ()


@pytest.mark.parametrize(("rows", "batch"), [(1, 8), (8, 8), (30, 8), (1000, 3), (99, 1)])
def test_every_row_is_in_one_batch_and_all_batches_but_one_are_full(rows: int, batch: int) -> None:
    lengths = [(i * 37) % 101 + 1 for i in range(rows)]
    batches = ordered(lengths, batch, seed=0, epoch=1)
    assert sorted(place for one in batches for place in one) == list(range(rows))
    assert len(batches) == -(-rows // batch)
    assert ordered(lengths, batch, seed=0, epoch=1) == batches
    if rows > batch:
        sets = [{frozenset(one) for one in ordered(lengths, batch, 0, epoch)} for epoch in (1, 2)]
        assert batch == 1 or sets[0] != sets[1], "an epoch has batches of its own"


def test_rows_of_like_lengths_come_together() -> None:
    lengths = [(i * 7919) % 500 + 1 for i in range(5000)]
    padded = sum(max(lengths[i] for i in one) * len(one) for one in ordered(lengths, 16, 0, 1))
    assert padded < 1.2 * sum(lengths)
