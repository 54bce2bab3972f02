"""Objectives beside float64 sums that are written out, and options that cannot be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from evaluators.errors import MethodError
from evaluators.names import UnknownNameError
from evaluators.sts_training import methods
from evaluators.sts_training.methods import Setup
from evaluators.sts_training.names import parse_arm
from evaluators.sts_training.objective import Batch, Objective

CLOSE = {"abs": 1e-12, "rel": 1e-12}
SETUP = Setup(width=4, classes=2, dropout=True, layers=4)
RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(6, 4))
TWINS = Batch(torch.tensor([0, 1, 2, 0, 1, 2]))


def made(name: str, setup: Setup = SETUP, **options: Any) -> Objective:
    objective = methods.make(methods.find({"name": name, **options}), setup)
    return objective.double()


def loss(objective: Objective, batch: Batch) -> float:
    return float(objective.loss(torch.tensor(VECTORS), batch).detach())


def cosine(a: Any, b: Any) -> float:
    return float(a @ b / math.sqrt((a @ a) * (b @ b)))


def published_simcse(scale: float, skipped: frozenset[tuple[int, int]] = frozenset()) -> float:
    """Return the loss of github.com/bojone/SimCSE: all 2 B vectors, the diagonal left out."""
    n, total = len(VECTORS), 0.0
    for i in range(n):
        twin = (i + n // 2) % n
        logits = {
            j: scale * cosine(VECTORS[i], VECTORS[j])
            for j in range(n)
            if j != i and (i, j) not in skipped
        }
        total += math.log(math.fsum(map(math.exp, logits.values()))) - logits[twin]
    return total / n


def test_simcse_is_the_published_loss() -> None:
    assert loss(made("simcse"), TWINS) == pytest.approx(published_simcse(20), **CLOSE)
    assert loss(made("simcse", scale=5.0), TWINS) == pytest.approx(published_simcse(5), **CLOSE)


def test_the_english_recipe_compares_one_side_with_the_other() -> None:
    total = 0.0
    for i in range(3):
        logits = [20 * cosine(VECTORS[i], VECTORS[3 + j]) for j in range(3)]
        total += math.log(math.fsum(map(math.exp, logits))) - logits[i]
    found = loss(made("simcse", two_way=False), TWINS)
    assert found == pytest.approx(total / 3, **CLOSE)
    with_layer = made("simcse", two_way=False, projection=True)
    assert loss(with_layer, TWINS) != pytest.approx(found)
    kept = with_layer.scored(torch.tensor(VECTORS))
    assert torch.equal(kept, torch.tensor(VECTORS)), "the layer is dropped after training"


def test_a_second_copy_of_a_sentence_is_no_negative_where_masked() -> None:
    batch = Batch(torch.tensor([7, 1, 7, 7, 1, 7]))
    same = frozenset((i, j) for i in (0, 2, 3, 5) for j in (0, 2, 3, 5) if j != (i + 3) % 6)
    masked = loss(made("simcse", duplicates="masked"), batch)
    assert masked == pytest.approx(published_simcse(20, same), **CLOSE)
    assert loss(made("simcse"), batch) == pytest.approx(published_simcse(20), **CLOSE)


def test_a_linear_layer_starts_as_the_identity_and_is_scored() -> None:
    objective = made("linear-simcse")
    assert objective.frozen
    assert loss(objective, TWINS) == pytest.approx(published_simcse(20), **CLOSE)
    assert objective.projection is not None
    with torch.no_grad():
        objective.projection.weight.mul_(2.0)
    scored = objective.scored(torch.tensor(VECTORS))
    assert torch.allclose(scored, torch.tensor(2 * VECTORS), atol=0, rtol=1e-15)


def test_losses_of_pairs_read_first_and_second_halves() -> None:
    grades = torch.tensor([0.2, 1.0, 0.5], dtype=torch.float64)
    cosines = [cosine(VECTORS[i], VECTORS[3 + i]) for i in range(3)]
    total = 1 + math.fsum(
        math.exp(20 * (cosines[j] - cosines[i])) for i, j in ((1, 0), (1, 2), (2, 0))
    )
    batch = Batch(torch.arange(6), grades)
    assert loss(made("cosent"), batch) == pytest.approx(math.log(total), **CLOSE)
    direct = math.fsum(
        t * (1 - c) + (1 - t) * (1 + c) for t, c in zip(grades.tolist(), cosines, strict=True)
    )
    assert loss(made("linear-cosine"), batch) == pytest.approx(direct / 3, **CLOSE)
    squared = math.fsum(
        t * (1 - c) ** 2 + (1 - t) * c**2 for t, c in zip(grades.tolist(), cosines, strict=True)
    )
    assert loss(made("squared-cosine"), batch) == pytest.approx(squared / 3, **CLOSE)


def written_out(weights: Any, allowed: Any, labels: list[int]) -> float:
    total = 0.0
    for i, label in enumerate(labels):
        u, v = VECTORS[i], VECTORS[3 + i]
        logits = weights @ np.concatenate([u, v, abs(u - v)])
        total += math.log(math.fsum(map(math.exp, logits[allowed[i]]))) - logits[label]
    return total / len(labels)


def test_sentence_bert_has_a_class_for_each_whole_grade() -> None:
    objective = made("sbert", SETUP._replace(classes=6))
    (weights,) = (p.detach().numpy() for p in objective.parameters())
    assert weights.shape == (6, 12)
    batch = Batch(torch.arange(6), torch.tensor([0, 5, 3]))
    expected = written_out(weights, np.ones((3, 6), dtype=bool), [0, 5, 3])
    assert loss(objective, batch) == pytest.approx(expected, **CLOSE)


def test_a_joint_head_gives_each_pair_the_classes_of_its_task() -> None:
    objective = made("joint")
    (weights,) = (p.detach().numpy() for p in objective.parameters())
    assert weights.shape == (2 + 3, 12)
    allowed = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 1]], dtype=bool)
    batch = Batch(torch.arange(6), torch.tensor([1, 4, 2]), torch.tensor(allowed))
    expected = written_out(weights, allowed, [1, 4, 2])
    assert loss(objective, batch) == pytest.approx(expected, **CLOSE)


def test_a_student_is_compared_with_the_teacher_of_its_own_sentences() -> None:
    objective = made("distillation")
    assert objective.layers == 2
    objective.teacher = torch.tensor(RNG.normal(size=(9, 7)))
    teacher = objective.teacher.numpy()
    rows = [8, 0, 3, 1, 2, 5]
    total = math.fsum(
        (cosine(VECTORS[i], VECTORS[j]) - cosine(teacher[rows[i]], teacher[rows[j]])) ** 2
        for i in range(6)
        for j in range(6)
    )
    found = loss(objective, Batch(torch.tensor(rows)))
    assert found == pytest.approx(100 * total / 36, **CLOSE)


def test_every_method_is_found_by_its_name_and_says_what_it_learns_from() -> None:
    assert methods.names() == (
        "cosent",
        "distillation",
        "joint",
        "linear-cosine",
        "linear-simcse",
        "sbert",
        "simcse",
        "squared-cosine",
    )
    assert {methods.learns(methods.find(name)) for name in methods.names()} == {
        "pairs",
        "sentences",
        "two-label-sets",
    }


def test_an_arm_is_named_with_the_options_that_are_not_the_defaults() -> None:
    assert parse_arm("whitened-train").name == "whitened-train"
    assert parse_arm("simcse").name == "simcse"
    assert parse_arm({"name": "simcse", "epochs": 3}).name == "simcse (epochs 3)"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"name": "simcse", "batch": 1}, "batch must be at least 2, got 1"),
        ({"name": "cosent", "rate": 0}, "rate must be above 0"),
        ({"name": "cosent", "scale": -1}, "scale must be above 0"),
        ({"name": "sbert", "epochs": 0}, "epochs must be at least 1"),
        ({"name": "sbert", "warmup": 1}, r"warmup must be in \[0, 1\)"),
        ({"name": "simcse", "dropout": 1.0}, r"dropout must be in \[0, 1\)"),
        ({"name": "simcse", "sentences": 8}, "sentences must be at least a batch of 64"),
        ({"name": "simcse", "duplicates": "gone"}, "duplicates"),
        ({"name": "distillation", "layers": 0}, "layers must be at least 1"),
        ({"name": "cosent", "clip": float("nan")}, "weight_decay and clip must be 0 or more"),
    ],
)
def test_options_that_cannot_be_are_refused(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(MethodError, match=says):
        parse_arm(spec)


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'simcse'"):
        parse_arm("simcsee")
    with pytest.raises(UnknownNameError, match="did you mean 'whitened-train'"):
        parse_arm("whitened-trian")


def test_what_an_encoder_lacks_is_said() -> None:
    with pytest.raises(MethodError, match="needs an encoder with dropout"):
        made("simcse", SETUP._replace(dropout=False))
    with pytest.raises(MethodError, match="at most the encoder's 4, got 5"):
        made("distillation", layers=5)
