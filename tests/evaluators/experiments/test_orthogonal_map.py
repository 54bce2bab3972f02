"""Orthogonal matrices that map one unit vector to another."""

from __future__ import annotations

from collections import defaultdict

import pytest
import torch

from evaluators.experiments.orthogonal_map import (
    ARMS,
    Form,
    OrthogonalMap,
    OrthogonalMapRequest,
    errors,
    near_singular,
    random_pairs,
)
from evaluators.result import Result

SEEDS = [0, 1, 2, 3]


def largest(result: Result, metric: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for score in result.scores:
        if score.metric == metric:
            arm = score.variant["arm"]
            found[arm] = max(found[arm], score.value)
    return found


def vectors(dimension: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(dimension)
    drawn = torch.randn(2, 3, dimension, generator=generator, dtype=torch.float64)
    a, b = drawn / drawn.norm(dim=-1, keepdim=True)
    return a, b


def dense(form: Form) -> torch.Tensor:
    eye = torch.eye(form.left.shape[2], dtype=torch.float64)
    outer = form.left.transpose(1, 2) @ (form.factor[..., None] * form.right)
    return form.identity[:, None, None] * eye + outer


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("dimension", [2, 3, 7, 20])
def test_the_small_matrices_say_the_same_as_dense_ones(arm: str, dimension: int) -> None:
    a, b = vectors(dimension)
    form = Form.made(arm, a, b)
    whole = dense(form)
    assert torch.allclose(form(a), (whole @ a[..., None])[..., 0], atol=1e-12)
    found = errors(form, a, b, arm)
    norm = torch.linalg.matrix_norm(
        whole.transpose(1, 2) @ whole - torch.eye(dimension, dtype=torch.float64), 2
    )
    assert torch.allclose(found.orthogonality_error, norm.clamp(max=2), atol=1e-12)
    promised = {"reflection": -1, "half turn": (-1) ** (dimension - 1)}.get(arm, 1)
    off = (torch.linalg.det(whole) - promised).abs().clamp(max=2)
    assert torch.allclose(found.determinant_error, off, atol=1e-9)


def test_a_quarter_turn_is_the_matrix_from_the_textbook() -> None:
    a, b = torch.eye(2, dtype=torch.float64)[:, None]
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    swap = torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    assert torch.allclose(dense(Form.made("rotation", a, b))[0], turn)
    assert torch.allclose(dense(Form.made("reflection", a, b))[0], swap)
    assert torch.allclose(dense(Form.made("half turn", a, b))[0], swap)


def test_the_three_forms_are_exact_and_the_wrong_sign_is_not() -> None:
    result = random_pairs([2, 5, 300], "float64", SEEDS)
    for metric in ("mapping_error", "orthogonality_error", "determinant_error"):
        found = largest(result, metric)
        assert max(value for arm, value in found.items() if arm != "wrong sign") < 1e-13, metric
        assert found["wrong sign"] > 1, metric


@pytest.mark.parametrize(("side", "broken"), [("b = -a", "rotation"), ("b = a", "reflection")])
def test_near_its_singular_case_a_form_breaks_and_the_stable_one_does_not(
    side: str, broken: str
) -> None:
    found = largest(near_singular(50, [1e-6], side, "float32", SEEDS), "orthogonality_error")  # type: ignore[arg-type]
    assert found[broken] > 1
    assert found["stable rotation"] < 1e-5
    other = {"rotation": "reflection", "reflection": "rotation"}[broken]
    assert found[other] < 1e-5, "far from its own singular case it is fine"


def test_at_the_singular_case_itself_the_stable_form_still_turns() -> None:
    a = torch.eye(4, dtype=torch.float64)[:1]
    for b in (a, -a):
        found = errors(Form.made("stable rotation", a, b), a, b, "stable rotation")
        assert max(float(each) for each in found) < 1e-15
    broken = errors(Form.made("rotation", a, -a), a, -a, "rotation")
    assert [float(each) for each in broken] == [2.0, 2.0, 2.0]


def test_only_random_pairs_are_evidence_on_a_theorem() -> None:
    request = OrthogonalMapRequest(dtypes=("float32",))
    jobs = OrthogonalMap().jobs(request, "", lambda _: "")
    assert [OrthogonalMap().level(job.parameters) for job in jobs] == [
        "identity",
        "made-up",
        "made-up",
    ]
