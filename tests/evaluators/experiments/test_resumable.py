"""A training that is killed goes on to the same bits, and its steps draw what they should."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from evaluators.errors import TrainingError
from evaluators.experiments import _resumable
from evaluators.experiments._resumable import Bench, Order, Trained, stream, train
from evaluators.training_curve import TrainingCurve

STEPS = 12


class KilledError(Exception):
    pass


def bench(work: Path | None = None, seed: int = 3) -> Bench:
    return Bench(torch.device("cpu"), "float32", seed, work, "digest")


def net() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))


def fitted(
    work: Path | None, killed_at: int | None = None, seed: int = 3
) -> tuple[Trained, nn.Module, Tensor]:
    model = bench(seed=seed).new(net)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    record = torch.zeros(STEPS)

    def step(number: int, generator: torch.Generator) -> Tensor:
        if number == killed_at:
            raise KilledError
        inputs = torch.randn(6, 4, generator=generator)
        loss = model(inputs).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        record[number] = float(inputs.sum())
        return loss

    found = train(
        step,
        bench(work, seed),
        steps=STEPS,
        modules={"net": model},
        optimisers={"adam": optimiser},
        records={"sums": record},
    )
    return found, model, record


@pytest.fixture(autouse=True)
def saves_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_resumable, "SAVED_AFTER", 0.0)
    monkeypatch.setattr(_resumable, "EVERY", 4)


@pytest.mark.parametrize("killed_at", [2, 5, 11])
def test_a_killed_training_ends_with_the_same_bits(tmp_path: Path, killed_at: int) -> None:
    whole, model, record = fitted(None)
    before = torch.get_rng_state()
    with pytest.raises(KilledError):
        fitted(tmp_path, killed_at)
    torch.manual_seed(99)  # nothing outside may matter
    resumed, again, resumed_record = fitted(tmp_path)
    assert resumed.resumed_after == killed_at // 4 * 4
    for name, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert resumed.curve.points().tolist() == whole.curve.points().tolist()
    assert torch.equal(record, resumed_record)
    torch.set_rng_state(before)


def test_a_training_that_ended_is_not_repeated(tmp_path: Path) -> None:
    whole, _, _ = fitted(tmp_path)
    again, _, record = fitted(tmp_path, killed_at=0)
    assert again.resumed_after == STEPS
    assert again.curve.points().tolist() == whole.curve.points().tolist()
    assert bool((record != 0).all())


def test_another_seed_is_another_training() -> None:
    assert (
        fitted(None)[0].curve.points().tolist() != fitted(None, seed=4)[0].curve.points().tolist()
    )
    torch.rand(1)
    assert fitted(None)[0].curve.points().tolist() == fitted(None)[0].curve.points().tolist()


def test_a_loss_that_is_not_finite_is_named_by_its_step() -> None:
    def step(number: int, generator: torch.Generator) -> Tensor:
        return torch.tensor(float("nan") if number == 5 else 1.0)

    with pytest.raises(TrainingError, match="the loss is nan in step 6"):
        train(step, bench(), steps=8, modules={}, optimisers={})


def test_every_epoch_sees_every_row_in_another_order() -> None:
    order = Order(bench(), 10, 3)
    epochs = [torch.cat([order.at(3 * epoch + i) for i in range(3)]).tolist() for epoch in range(2)]
    assert all(len(set(epoch)) == 9 for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert Order(bench(), 10, 3).at(4).tolist() == epochs[1][3:6]
    assert Order(bench(), 2, 3).batch == 2


def test_streams_differ_by_their_low_bits_too() -> None:
    """On a CPU torch takes the lower 32 bits of a seed alone."""
    low = {
        stream(seed, part, step) % 2**32
        for seed in range(5)
        for part in range(4)
        for step in range(50)
    }
    assert len(low) == 1000


def test_a_whole_curve_is_that_of_its_steps() -> None:
    losses = torch.rand(23, 2, generator=torch.Generator().manual_seed(0))
    curve = TrainingCurve(23)
    for row in losses:
        curve.add(row)
    assert TrainingCurve.of(losses).points() == pytest.approx(curve.points())
    assert TrainingCurve.of(losses[:3]).points().shape == (2, 4)
