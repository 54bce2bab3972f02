"""Losses of pairs beside float64 sums that are written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from evaluators.contrastive.pair_losses import (
    cosent,
    cosines_of,
    linear_cosine,
    masked_classes,
    sentence_bert,
    similarity_distillation,
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


def test_distillation_is_the_published_mean_over_all_pairs_of_a_batch() -> None:
    u, v = RNG.normal(size=(5, 4)), RNG.normal(size=(5, 7))
    total = 0.0
    for i in range(5):
        for j in range(5):
            ours, theirs = (m[i] @ m[j] / math.sqrt((m[i] @ m[i]) * (m[j] @ m[j])) for m in (u, v))
            total += (ours - theirs) ** 2
    found = similarity_distillation(torch.tensor(u), torch.tensor(v))
    assert float(found) == pytest.approx(100 * total / 25, **CLOSE)
    rotated = u @ np.linalg.qr(RNG.normal(size=(4, 4)))[0] * 3
    same = similarity_distillation(torch.tensor(rotated), torch.tensor(u))
    assert float(same) == pytest.approx(0, abs=1e-12)


def test_classes_of_another_task_have_no_probability() -> None:
    logits = RNG.normal(size=(3, 5))
    tasks, labels = [0, 1, 1], [1, 4, 2]
    allowed = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 1]], dtype=bool)[tasks]
    total = 0.0
    for row, label in enumerate(labels):
        own = logits[row][allowed[row]]
        total += math.log(sum(map(math.exp, own))) - logits[row][label]
    leaf = torch.tensor(logits, requires_grad=True)
    found = masked_classes(leaf, torch.tensor(labels), torch.tensor(allowed))
    assert float(found.detach()) == pytest.approx(total / 3, **CLOSE)
    (gradient,) = torch.autograd.grad(found, leaf)
    assert not gradient[~torch.tensor(allowed)].any()
