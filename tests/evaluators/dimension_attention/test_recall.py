"""Heads trained together: masks are exact, seeds are bits, and larger heads recall more."""

from __future__ import annotations

import pytest
import torch

from evaluators.dimension_attention.heads import Heads, Task
from evaluators.dimension_attention.recall import recall
from evaluators.errors import DimensionError, ScoreError

SMALL = Task(width=16, symbols=4, value_size=4, steps=60, rate=0.02, test_sequences=16)
WIDE = Task(heads=2, width=16, symbols=4, value_size=5)


def test_answers_are_those_of_attention_written_out():
    layer = Heads(WIDE, 7, [(3, 0), (8, 1)])
    values = torch.randint(4, (2, 2, 7), generator=torch.Generator().manual_seed(0))
    found = layer.answers(values)
    for model, size in enumerate((3, 8)):
        embedded, queries, keys, read, write = (p[model] for p in layer.parameters)
        expected = torch.zeros(2, 7, 4)
        for head in range(2):
            # The masked matrix of a head is its own matrix, cut to its own size.
            q, k = embedded @ queries[head, :, :size], embedded @ keys[head, :, :size]
            for at in range(2):
                held = read[head][values[model, at]]
                mixed = torch.nn.functional.scaled_dot_product_attention(q, k, held)
                expected[at] += mixed @ write[head]
        torch.testing.assert_close(found[model], expected)


def test_a_smaller_head_starts_alike_beside_any_other_and_its_mask_gets_no_gradient():
    alone, beside = Heads(WIDE, 7, [(3, 5)]), Heads(WIDE, 7, [(3, 5), (9, 5)])
    torch.testing.assert_close(alone.attention()[0], beside.attention()[0])
    beside.attention().square().sum().backward()
    for table in beside.parameters[1:3]:
        assert table[0, ..., 3:].abs().max() == 0
        assert table.grad[0, ..., 3:].abs().max() == 0
        assert table.grad[0, ..., :3].abs().min() > 0


def test_sizes_trained_together_equal_sizes_trained_alone():
    together = recall(6, sizes=(1, 2, 8), seeds=(0, 3), task=SMALL)
    for at, size in enumerate((1, 2, 8)):
        alone = recall(6, sizes=(size,), seeds=(3,), task=SMALL)
        assert alone.accuracy[0][0] == pytest.approx(together.accuracy[1][at], abs=0.011)


def test_the_same_seeds_give_the_same_bits():
    one, other = (recall(6, sizes=(1, 4), seeds=(0,), task=SMALL) for _ in range(2))
    assert one == other
    assert recall(6, sizes=(1, 4), seeds=(1,), task=SMALL).accuracy != one.accuracy


def test_large_heads_recall_all_and_one_dimension_does_not():
    seen = []
    found = recall(
        24,
        sizes=(1, 4, 16),
        seeds=(0, 1),
        task=Task(width=16, symbols=8, value_size=8, steps=150, rate=0.01),
        progress=lambda what, done, all_: seen.append((done, all_)),
    )
    assert min(row[2] for row in found.accuracy) > 0.99
    assert found.chance <= max(row[0] for row in found.accuracy) < 0.9
    assert 1 < found.thresholds[0.95].n < 16
    assert found.inconclusive is None
    assert (found.chance, found.ceiling, found.rule_n) == (1 / 8, 1.0, 27)
    assert seen[-1] == (150, 150)


def test_what_has_not_learnt_is_said_and_never_made_up():
    found = recall(30, sizes=(2, 8), seeds=(0, 1), task=Task(steps=2))
    assert found.inconclusive is not None
    assert "the largest head, 8, comes" in found.inconclusive
    assert found.thresholds[0.95].n is None
    assert max(found.accuracy[0]) < 0.3


@pytest.mark.parametrize(
    ("length", "options", "error", "message"),
    [
        (1, {}, DimensionError, "length must be a whole number of at least 2, got 1"),
        (8, {"sizes": (0, 2)}, DimensionError, "the width, 64, got 0"),
        (8, {"sizes": (2, 65)}, DimensionError, "between 1 and the width, 64, got 2 to 65"),
        (8, {"sizes": ()}, ScoreError, "sizes must be a list of at least one number"),
        (8, {"sizes": (4, 4)}, ScoreError, "sizes must rise strictly"),
        (8, {"seeds": ()}, DimensionError, "seeds must be one or more"),
        (8, {"seeds": (0, 0)}, DimensionError, "all different"),
        (8, {"seeds": (-1,)}, DimensionError, "whole number of at least 0, got -1"),
        (8.5, {}, DimensionError, "whole number of at least 2, got 8.5"),
        (8, {"task": Task(rate=1e30, steps=4)}, ScoreError, "NaN or infinite"),
    ],
)
def test_what_cannot_be_trained_is_named(length, options, error, message):
    with pytest.raises(error, match=message):
        recall(length, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"symbols": 1}, "symbols must be .* got 1"),
        ({"heads": 0}, "heads must be .* got 0"),
        ({"steps": 1}, "steps must be .* got 1"),
    ],
)
def test_a_task_that_is_none_is_named(options, message):
    with pytest.raises(ScoreError, match=message):
        Task(**options)
    with pytest.raises(DimensionError, match="rate must be above 0, got 0"):
        Task(rate=0)


@pytest.mark.gpu
def test_cuda_finds_what_the_cpu_finds():
    on = [recall(6, sizes=(1, 8), seeds=(0,), task=SMALL, device=d) for d in ("cpu", "cuda")]
    assert on[1].accuracy[0] == pytest.approx(on[0].accuracy[0], abs=0.05)
