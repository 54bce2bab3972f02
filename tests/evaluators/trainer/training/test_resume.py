"""A killed run ends with the very weights of one that was left alone."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from evaluators.trainer.training import state
from tests.evaluators.trainer.training.killed import RECIPE, run
from tests.warm import Warm


@pytest.fixture(scope="module")
def killed(toy: Path, tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """The folder that a run left which was killed after its first epoch."""
    work = tmp_path_factory.mktemp("work")
    module = "tests.evaluators.trainer.training.killed"
    done = warm.run(module, [str(toy), str(work)], warm.environment, timeout=200)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return work


def test_a_run_killed_after_an_epoch_resumes_to_the_same_bits(toy: Path, killed: Path) -> None:
    whole = run(toy, None)
    resumed = run(toy, killed)
    assert whole.cost["resumed_after_epoch"] == 0
    assert resumed.cost["resumed_after_epoch"] == 1
    assert whole.weights.keys() == resumed.weights.keys()
    for name, value in whole.weights.items():
        assert torch.equal(value, resumed.weights[name]), name
    assert resumed.course.losses == whole.course.losses
    assert resumed.course.chosen_by == whole.course.chosen_by
    assert resumed.course.best == whole.course.best
    assert resumed.predictions.predicted == whole.predictions.predicted
    one_epoch_less = run(toy, None, replace(RECIPE, epochs=1))
    assert any(
        not torch.equal(value, one_epoch_less.weights[name])
        for name, value in whole.weights.items()
    ), "the second epoch changed something, or the test would prove nothing"


def test_a_finished_run_is_only_scored_again(toy: Path, killed: Path) -> None:
    first = run(toy, killed)
    again = run(toy, killed)
    assert again.cost["resumed_after_epoch"] == RECIPE.epochs
    assert all(torch.equal(v, again.weights[k]) for k, v in first.weights.items())


def test_nothing_on_disk_is_pickled(toy: Path, tmp_path: Path) -> None:
    run(toy, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert all(name.endswith((".safetensors", ".json")) for name in names), names
    assert json.loads((tmp_path / state.STATE).read_text())["about"]["epoch"] == RECIPE.epochs


def test_another_runs_state_is_not_taken_up(toy: Path, tmp_path: Path) -> None:
    run(toy, tmp_path)
    other = run(toy, tmp_path, replace(RECIPE, seed=4))
    assert other.cost["resumed_after_epoch"] == 0


@pytest.mark.parametrize("damage", ["cut", "gone", "no json", "half written"])
def test_a_damaged_state_starts_anew(tmp_path: Path, damage: str) -> None:
    tensors = {"model/w": torch.ones(3)}
    state.save(tmp_path, "run", {"epoch": 1}, tensors, {"w": torch.ones(3)})
    found = state.load(tmp_path, "run")
    assert found is not None
    assert torch.equal(found.tensors["model/w"], torch.ones(3))
    file = tmp_path / "epoch-1.safetensors"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-3])
    elif damage == "gone":
        file.unlink()
    elif damage == "no json":
        (tmp_path / state.STATE).write_text("{")
    if damage == "half written":  # a kill while the next epoch was being written
        (tmp_path / "epoch-2.safetensors.tmp").write_bytes(b"half")
        assert state.load(tmp_path, "run") is not None
    else:
        assert state.load(tmp_path, "run") is None
    state.save(tmp_path, "run", {"epoch": 2}, tensors, {"w": torch.zeros(3)})
    again = state.load(tmp_path, "run")
    assert again is not None
    assert again.about == {"epoch": 2}
    assert torch.equal(again.best["w"], torch.zeros(3))


def test_the_best_weights_outlive_worse_epochs(tmp_path: Path) -> None:
    state.save(tmp_path, "run", {"epoch": 1}, {"model/w": torch.ones(1)}, {"w": torch.ones(1)})
    state.save(tmp_path, "run", {"epoch": 2}, {"model/w": torch.zeros(1)}, None)
    found = state.load(tmp_path, "run")
    assert found is not None
    assert (found.best["w"].item(), found.tensors["model/w"].item()) == (1, 0)
    assert len(list(tmp_path.glob("*.safetensors"))) == 2
