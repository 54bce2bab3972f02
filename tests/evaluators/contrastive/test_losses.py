"""Losses beside closed forms, float64 autograd and each other."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from evaluators.contrastive.logits import one_way_logits, two_view_logits
from evaluators.contrastive.losses import (
    LOSSES,
    dcl,
    diagnose,
    flatnce,
    infonce,
    infonce_log1p,
    log_xi,
    relative_error,
)
from evaluators.errors import ScoreError


def _features(seed: int, batch: int = 7, size: int = 5, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    made = torch.randn(2, batch, size, generator=generator, dtype=dtype)
    return made[0], made[0] + 0.3 * made[1]


def _gradients(loss: str, seed: int = 0) -> torch.Tensor:
    first, second = _features(seed)
    first.requires_grad_()
    rows = LOSSES[loss](two_view_logits(first, second, 0.1))
    return torch.stack([torch.autograd.grad(row, first, retain_graph=True)[0] for row in rows])


def test_two_samples_by_hand() -> None:
    first = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    second = torch.tensor([[0.6, 0.8], [0.0, 2.0]], dtype=torch.float64)
    logits = two_view_logits(first, second, 0.5)
    assert logits.positive.tolist() == pytest.approx([1.2, 2.0, 1.2, 2.0])
    assert logits.negative.tolist() == pytest.approx(
        [pytest.approx(row) for row in ([0.0, 0.0], [0.0, 1.6], [1.6, 1.6], [0.0, 1.6])]
    )
    expected = [math.log(1 + 2 * math.exp(-1.2)), math.log(1 + math.exp(-2) + math.exp(-0.4))]
    assert infonce(logits)[:2].tolist() == pytest.approx(expected)


def test_infonce_is_the_cross_entropy_of_the_masked_similarity_matrix() -> None:
    first, second = _features(1)
    views = normalize(torch.cat([first, second]), dim=-1)
    scores = (views @ views.T / 0.2).fill_diagonal_(-math.inf)
    partner = (torch.arange(14) + 7) % 14
    expected = cross_entropy(scores, partner, reduction="none")
    logits = two_view_logits(first, second, 0.2)
    assert torch.allclose(infonce(logits), expected, rtol=1e-13)
    assert torch.allclose(infonce_log1p(logits), expected, rtol=1e-13)


def test_one_way_logits_are_the_rows_of_query_against_key() -> None:
    query, key = _features(2)
    scores = normalize(query, dim=-1) @ normalize(key, dim=-1).T / 0.05
    expected = cross_entropy(scores, torch.arange(7), reduction="none")
    assert torch.allclose(infonce(one_way_logits(query, key, 0.05)), expected, rtol=1e-12)


def test_the_gradients_of_dcl_and_flatnce_are_the_same() -> None:
    off = relative_error(_gradients("flatnce"), _gradients("dcl"))
    assert off < 1e-12


def test_infonce_gradient_is_flatnce_gradient_times_one_minus_p_for_each_row() -> None:
    first, second = _features(0)
    weight = torch.sigmoid(log_xi(two_view_logits(first, second, 0.1)))
    flat = _gradients("flatnce")
    for name in ("infonce", "infonce-log1p"):
        assert torch.allclose(_gradients(name), weight[:, None, None] * flat, rtol=1e-9, atol=1e-13)


def test_flatnce_is_one_whatever_the_features() -> None:
    logits = two_view_logits(*_features(3), 0.1)
    assert torch.equal(flatnce(logits), torch.ones(14, dtype=torch.float64))
    assert not torch.allclose(dcl(logits), torch.ones(14, dtype=torch.float64))


def test_autograd_agrees_with_finite_differences() -> None:
    first, second = _features(4, batch=3)
    first.requires_grad_()
    for name in ("infonce", "infonce-log1p", "dcl"):
        loss = LOSSES[name]

        def mean(x: torch.Tensor, loss=loss) -> torch.Tensor:
            return loss(two_view_logits(x, second, 0.3)).mean()

        assert torch.autograd.gradcheck(mean, (first,))


def test_decoupled_temperatures_divide_their_own_logits() -> None:
    first, second = _features(5)
    one, two = two_view_logits(first, second, 0.1), two_view_logits(first, second, 0.4)
    mixed = two_view_logits(first, second, 0.1, negative_temperature=0.4)
    assert torch.equal(mixed.positive, one.positive)
    assert torch.equal(mixed.negative, two.negative)


def test_models_in_a_leading_dimension_are_models_of_their_own() -> None:
    pairs = [_features(seed) for seed in range(3)]
    first, second = (torch.stack(side) for side in zip(*pairs, strict=True))
    for name, loss in LOSSES.items():
        together = loss(two_view_logits(first, second, 0.1))
        alone = torch.stack([loss(two_view_logits(a, b, 0.1)) for a, b in pairs])
        assert torch.allclose(together, alone, rtol=1e-12), name


def test_the_bound_on_information_stops_at_its_ceiling() -> None:
    apart = torch.eye(6, dtype=torch.float64)
    found = diagnose(two_view_logits(apart, apart, 0.01), torch.float32)
    assert found.ceiling == pytest.approx(math.log(11))
    assert found.information == pytest.approx(found.ceiling, abs=1e-12)
    assert found.below_epsilon == 1.0
    chance = torch.ones(6, 4, dtype=torch.float64)
    lost = diagnose(two_view_logits(chance, chance, 0.5), torch.float32)
    assert lost.information == pytest.approx(0.0, abs=1e-12)
    assert (lost.below_epsilon, lost.positive_probability) == (0.0, pytest.approx(1 / 11))


BAD = {
    "a batch of one": (torch.ones(1, 4), torch.ones(1, 4), 0.1, "need negatives"),
    "temperature 0": (torch.ones(2, 4), torch.ones(2, 4), 0.0, "above 0"),
    "temperature NaN": (torch.ones(2, 4), torch.ones(2, 4), math.nan, "above 0"),
    "NaN": (torch.full((2, 4), math.nan), torch.ones(2, 4), 0.1, "diverged"),
    "two sizes": (torch.ones(2, 4), torch.ones(3, 4), 0.1, "must have one shape"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("make", [two_view_logits, one_way_logits])
def test_bad_batches_are_refused(bad, make) -> None:
    first, second, temperature, says = bad
    with pytest.raises(ScoreError, match=says):
        make(first, second, temperature)
