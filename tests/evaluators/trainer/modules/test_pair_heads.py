"""Losses of pairs beside float64 sums written out; heads that cut a cosine by a threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from evaluators.errors import MethodError
from evaluators.trainer import heads
from evaluators.trainer.heads import HeadSetup
from evaluators.trainer.modules.pairs import (
    cosent,
    cosines_of,
    linear_cosine,
    sentence_bert,
    squared_cosine,
)

CLOSE = {"abs": 1e-12, "rel": 1e-12}
RNG = np.random.default_rng(0)
COSINES = RNG.uniform(-1, 1, 9)
LABELS = np.array([0, 1, 1, 0, 1, 0, 0, 1, 0])


def test_cosent_is_the_published_sum() -> None:
    total = 1.0
    for i in range(9):
        for j in range(9):
            if LABELS[i] > LABELS[j]:
                total += math.exp(20 * (COSINES[j] - COSINES[i]))
    found = cosent(torch.tensor(COSINES), torch.tensor(LABELS))
    assert float(found) == pytest.approx(math.log(total), **CLOSE)


def test_cosent_reads_any_order_and_large_gaps_do_not_overflow() -> None:
    graded = torch.tensor([2, 0, 1])
    cosines = torch.tensor([0.1, 0.9, 0.5], dtype=torch.float64, requires_grad=True)
    pairs = [(0, 1), (0, 2), (2, 1)]
    total = 1 + sum(math.exp(20 * float((cosines[j] - cosines[i]).detach())) for i, j in pairs)
    loss = cosent(cosines, graded)
    assert float(loss.detach()) == pytest.approx(math.log(total), **CLOSE)
    assert float(cosent(cosines.detach(), graded, scale=1e5)) == pytest.approx(8e4, rel=1e-12)
    (gradient,) = torch.autograd.grad(loss, cosines)
    assert float(gradient.sum()) == pytest.approx(0, abs=1e-12)


def test_a_batch_of_one_class_has_nothing_to_order() -> None:
    cosines = torch.tensor([0.3, 0.4], requires_grad=True)
    loss = cosent(cosines, torch.tensor([1, 1]))
    loss.backward()
    assert float(loss.detach()) == 0
    assert cosines.grad is not None
    assert cosines.grad.tolist() == [0, 0]


def test_many_rows_at_once_are_each_their_own() -> None:
    cosines = torch.tensor(RNG.uniform(-1, 1, (3, 7)))
    labels = torch.tensor(RNG.integers(0, 2, (3, 7)))
    for loss in (cosent, linear_cosine, squared_cosine):
        together = loss(cosines, labels)
        apart = torch.stack([loss(c, t) for c, t in zip(cosines, labels, strict=True)])
        assert torch.equal(together, apart)


def test_direct_losses_are_the_published_ones() -> None:
    linear = squared = 0.0
    for cosine, label in zip(COSINES, LABELS, strict=True):
        linear += 1 - cosine if label else 1 + cosine
        squared += (1 - cosine) ** 2 if label else cosine**2
    given = torch.tensor(COSINES), torch.tensor(LABELS)
    assert float(linear_cosine(*given)) == pytest.approx(linear / 9, **CLOSE)
    assert float(squared_cosine(*given)) == pytest.approx(squared / 9, **CLOSE)


def test_sentence_bert_is_the_published_softmax() -> None:
    u, v, w = RNG.normal(size=(9, 4)), RNG.normal(size=(9, 4)), RNG.normal(size=(2, 12))
    total = 0.0
    for row in range(9):
        three = [*u[row], *v[row], *abs(u[row] - v[row])]
        logits = [math.fsum(a * b for a, b in zip(three, line, strict=True)) for line in w]
        total += math.log(sum(map(math.exp, logits))) - logits[LABELS[row]]
    found = sentence_bert(*(torch.tensor(each) for each in (u, v, w, LABELS)))
    assert float(found) == pytest.approx(total / 9, **CLOSE)
    expected = [a @ b / math.sqrt(a @ a * (b @ b)) for a, b in zip(u, v, strict=True)]
    assert cosines_of(torch.tensor(u), torch.tensor(v)).numpy() == pytest.approx(expected, **CLOSE)


def encoder(width: int = 6) -> tuple[object, dict[str, Tensor]]:
    """Return an encode that looks vectors up, and a batch of four pairs."""
    torch.manual_seed(5)
    table = torch.randn(20, width)
    batch = {
        "input_ids": torch.arange(8).view(4, 2),
        "pair_input_ids": torch.arange(8, 16).view(4, 2),
        "labels": torch.tensor([0, 1, 1, 0]),
    }
    return (lambda batch, prefix="": table[batch[f"{prefix}input_ids"]]), batch


BI_ENCODERS = ("cosent", "sbert", "linear-cosine", "squared-cosine")


@pytest.mark.parametrize("search", ["exact", "powell"])
@pytest.mark.parametrize("name", [*BI_ENCODERS, "interaction"])
def test_a_head_answers_by_the_threshold_it_was_set(name: str, search: str) -> None:
    encode, batch = encoder()
    setup = HeadSetup("classification", ("0", "1"), 6, 0.0)
    found = heads.find("classification", {"name": name, "threshold": search})
    assert heads.layout(found) == ("joint" if name == "interaction" else "separate")
    head = heads.make(setup, {"name": name, "threshold": search})
    logits = head(encode, batch)  # type: ignore[arg-type]
    assert len(logits) == 4
    assert torch.isfinite(head.loss(logits, batch))
    with pytest.raises(MethodError, match="never set"):
        head.decode(logits, batch)
    head.calibrate(logits, batch["labels"], "accuracy")  # type: ignore[attr-defined]
    state = {key: value.clone() for key, value in head.state_dict().items()}  # type: ignore[attr-defined]
    again = heads.make(setup, name)
    again.load_state_dict(state)  # type: ignore[attr-defined]
    assert again.decode(logits, batch) == head.decode(logits, batch)
    if search == "exact":
        right = sum(a == b for a, b in zip(head.decode(logits, batch), [0, 1, 1, 0], strict=True))
        assert right >= 2


def test_the_threshold_of_f1_is_that_of_f1() -> None:
    setup = HeadSetup("classification", ("0", "1"), 6, 0.0)
    head = heads.make(setup, "cosent")
    cosines, labels = torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([1, 0, 0, 0])
    head.calibrate(cosines, labels, "accuracy")  # type: ignore[attr-defined]
    assert head.decode(cosines, {}) == [0, 0, 0, 0]
    head.calibrate(cosines, labels, "f1")  # type: ignore[attr-defined]
    assert head.decode(cosines, {}) == [1, 1, 1, 1]


@pytest.mark.parametrize("name", [*BI_ENCODERS, "interaction"])
def test_three_classes_have_no_one_threshold(name: str) -> None:
    with pytest.raises(MethodError, match="got 3 classes"):
        heads.make(HeadSetup("classification", ("a", "b", "c"), 6, 0.0), name)


def test_a_cosine_has_no_distribution_and_a_single_text_no_cosine() -> None:
    encode, batch = encoder()
    head = heads.make(HeadSetup("classification", ("0", "1"), 6, 0.0), "cosent")
    with pytest.raises(MethodError, match="not a distribution"):
        head.log_probabilities(torch.zeros(4), batch)
    with pytest.raises(MethodError, match="no second texts"):
        head(encode, {"input_ids": batch["input_ids"]})  # type: ignore[arg-type]
