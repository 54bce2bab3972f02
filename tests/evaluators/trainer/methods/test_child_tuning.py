"""Child-Tuning and its controls, beside their formulas."""

from __future__ import annotations

import math

import pytest
import torch

from evaluators.errors import MethodError
from evaluators.trainer import methods
from evaluators.trainer.methods._masking import drop
from evaluators.trainer.methods.child_tuning_d import ChildTuningD, largest
from evaluators.trainer.methods.plain import Plain
from tests.evaluators.trainer.methods.toy import Toy, batches, train, weights

NAMES = ("child-tuning-f", "child-tuning-d", "lr-root-p", "update-dropout")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_gradients_are_kept_with_probability_p_and_divided_by_it() -> None:
    values = torch.ones(200_000, dtype=torch.float64)
    drop(values, 0.3, generator())
    assert set(values.tolist()) == {0.0, 1 / 0.3}
    assert float((values > 0).double().mean()) == pytest.approx(0.3, abs=0.005)
    again = torch.ones(200_000, dtype=torch.float64)
    drop(again, 0.3, generator())
    assert torch.equal(values, again)
    drop(again, 0.3, generator(1))
    assert not torch.equal(values, again)


def test_each_step_draws_a_mask_of_its_own_for_every_gradient() -> None:
    model = Toy(dropout=0.0)
    method = methods.make({"name": "child-tuning-f", "p": 0.5})
    draws, kept = generator(), []
    for _ in range(2):
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
        method.edit_gradients(model, draws)
        kept.append(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]))
    assert all(set(each.tolist()) == {0.0, 2.0} for each in kept)
    assert not torch.equal(*kept)


@pytest.mark.parametrize("name", ["child-tuning-f", "lr-root-p", "update-dropout"])
def test_keeping_all_is_plain_training(name: str) -> None:
    found = weights(train(methods.make({"name": name, "p": 1.0})))
    assert (found - weights(train(Plain()))).abs().max() <= 1e-15


def test_a_step_of_root_p_is_that_of_a_smaller_rate_weight_decay_and_all() -> None:
    found = train(methods.make({"name": "lr-root-p", "p": 0.25}), weight_decay=0.1)
    model = Toy()
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.1 * math.sqrt(0.25), weight_decay=0.1)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        for batch in batches():
            optimiser.zero_grad()
            model.loss(model(batch), batch).backward()
            optimiser.step()
    assert (weights(found) - weights(model)).abs().max() <= 1e-12


def test_dropped_updates_leave_parameters_where_they_are() -> None:
    found = weights(train(methods.make({"name": "update-dropout", "p": 0.5}), steps=1))
    start, plain = weights(Toy()), weights(train(Plain(), steps=1))
    moved = found != start
    assert 0.3 < float(moved.double().mean()) < 0.7
    assert torch.allclose(found[moved] - start[moved], 2 * (plain - start)[moved], atol=1e-12)


def test_the_mask_is_the_largest_mean_squared_gradients() -> None:
    model = Toy(dropout=0.0)
    method = ChildTuningD(0.25, "")
    method.prepare(model, batches())
    squares = torch.zeros_like(weights(model))
    for batch in batches():
        model.zero_grad()
        model.loss(model(batch), batch).backward()
        squares += torch.cat([p.grad.flatten() ** 2 for p in model.parameters()]) / 4
    mask = torch.cat([each.flatten() for each in method.state_dict().values()])
    assert int(mask.sum()) == round(0.25 * len(squares))
    assert squares[mask].min() > squares[~mask].max()


def test_only_the_chosen_parameters_of_the_layers_move() -> None:
    method = ChildTuningD(0.5, "layer")
    model = train(method, weight_decay=0.0)
    masks = method.state_dict()
    assert set(masks) == {"layer.weight", "layer.bias"}
    start = Toy()
    for name, parameter in model.named_parameters():
        moved = parameter != start.get_parameter(name)
        assert torch.equal(moved, masks.get(name, torch.ones_like(moved)))


def test_the_mask_survives_a_kill() -> None:
    first = ChildTuningD(0.3, "layer")
    first.prepare(Toy(), batches())
    second = ChildTuningD(0.3, "layer")
    second.load_state_dict(first.state_dict())
    model = Toy()
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    second.edit_gradients(model, generator())
    for name, mask in first.state_dict().items():
        gradient = model.get_parameter(name).grad
        assert gradient is not None
        assert torch.equal(gradient, mask.double())
    assert Plain().state_dict() == {}


def test_of_equal_elements_the_first_are_kept_and_one_always_is() -> None:
    masks = largest({"a": torch.zeros(2, 2), "b": torch.tensor([1.0, 0.0])}, 0.5)
    assert masks["a"].tolist() == [[True, True], [False, False]]
    assert masks["b"].tolist() == [True, False]
    assert int(largest({"a": torch.rand(100)}, 1e-9)["a"].sum()) == 1
    assert bool(largest({"a": torch.rand(100)}, 1.0)["a"].all())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("p", [0.0, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(name: str, p: float) -> None:
    with pytest.raises(MethodError, match=f"{name}: p, the share that is kept, must be"):
        methods.make({"name": name, "p": p})


def test_a_mask_without_a_name_a_batch_or_a_number_is_refused() -> None:
    with pytest.raises(MethodError, match="no parameter has 'encoder' in its name"):
        ChildTuningD(0.3, "encoder").prepare(Toy(), batches())
    with pytest.raises(MethodError, match="at least one training batch"):
        ChildTuningD(0.3, "").prepare(Toy(), [])
    (bad,) = batches(1)
    bad["inputs"][0, 0] = float("nan")
    with pytest.raises(MethodError, match=r"gradient of layer\.weight is not finite"):
        ChildTuningD(0.3, "layer").prepare(Toy(), [bad])
