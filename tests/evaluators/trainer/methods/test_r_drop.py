"""R-Drop's loss beside the formula written out in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evaluators.errors import MethodError
from evaluators.trainer import methods
from evaluators.trainer.methods.plain import Plain
from evaluators.trainer.methods.r_drop import divergence
from tests.evaluators.trainer.methods.toy import Toy, batches, train, weights


def kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    terms = np.zeros_like(p)
    some = p > 0
    terms[some] = p[some] * (np.log(p[some]) - np.log(q[some]))
    return terms.sum(axis=1)


@pytest.mark.parametrize("alpha", [0.0, 1.0, 4.0])
def test_the_loss_is_the_published_formula(alpha: float) -> None:
    model, (batch,) = Toy(), batches(1)
    method = methods.make({"name": "r-drop", "alpha": alpha})
    with torch.random.fork_rng():
        torch.manual_seed(5)
        found = float(method.loss(model, batch).detach())
        torch.manual_seed(5)
        p, q = (torch.softmax(model(batch), dim=-1).detach().numpy() for _ in range(2))
    rows, labels = np.arange(8), batch["labels"].numpy()
    wanted = -np.log(p[rows, labels]).mean() - np.log(q[rows, labels]).mean()
    wanted += alpha * 0.5 * (kl(p, q) + kl(q, p)).mean()
    assert abs(found - wanted) <= 1e-12
    assert model.calls == 4  # two of the method's, two of this test's


def test_the_divergence_of_impossible_choices_is_nought_and_has_a_gradient() -> None:
    logits = torch.tensor([[0.3, -1.0, -torch.inf], [2.0, 0.1, 0.5]], dtype=torch.float64)
    other = torch.tensor([[-0.3, 0.2, -torch.inf], [1.0, 0.7, 0.5]], dtype=torch.float64)
    logits.requires_grad_()
    found = divergence(torch.log_softmax(logits, -1), torch.log_softmax(other, -1))
    p, q = (torch.softmax(each, -1).detach().numpy() for each in (logits, other))
    assert abs(float(found.detach()) - 0.5 * (kl(p, q) + kl(q, p)).mean()) <= 1e-12
    found.backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert logits.grad[0, 2] == 0


def test_the_gradient_of_the_divergence_is_the_numerical_one() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 5, 4, generator=generator, dtype=torch.float64)
    first.requires_grad_()
    second.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda a, b: divergence(a.log_softmax(-1), b.log_softmax(-1)), (first, second)
    )


def test_without_dropout_it_is_plain_training() -> None:
    # Twice the loss is no other step under Adam, but for its epsilon.
    found = weights(train(methods.make("r-drop"), dropout=0.0, eps=0.0))
    assert (found - weights(train(Plain(), dropout=0.0, eps=0.0))).abs().max() < 1e-9


def test_it_keeps_the_passes_closer_together() -> None:
    def apart(alpha: float) -> float:
        model = train(methods.make({"name": "r-drop", "alpha": alpha}), steps=60)
        (batch,) = batches(1, rows=200, seed=9)
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(1)
            return float(divergence(*(torch.log_softmax(model(batch), -1) for _ in range(2))))

    assert apart(4.0) < 0.8 * apart(0.0)


@pytest.mark.parametrize("alpha", [-1.0, float("nan"), float("inf")])
def test_an_alpha_that_weighs_nothing_is_refused(alpha: float) -> None:
    with pytest.raises(MethodError, match="alpha, the weight of the divergence, must be"):
        methods.make({"name": "r-drop", "alpha": alpha})
