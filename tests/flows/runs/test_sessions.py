"""Sessions: what is checked around each evaluation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from evaluators.errors import CheckpointError, EvaluatorError
from evaluators.job import Job
from evaluators.result import Result
from flows.checkpoints import pull
from flows.runs.prepare import PlannedJob
from flows.runs.sessions import Sessions
from tests.flows.checkpoints.conftest import checkpoint_files, weights, write_files


class _Evaluator:
    """An evaluator, and its session, that does one thing while it evaluates."""

    def __init__(self, do: Callable[[], object]) -> None:
        self._do = do
        self.closed = 0

    def session_key(self, job: Job) -> str:
        return ""

    def open_session(self, *_: Any) -> _Evaluator:
        return self

    def evaluate(self, job: Job, folder: Path) -> Result:
        self._do()
        return Result(())

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def planned(tmp_path: Path) -> Any:
    folder = tmp_path / "checkpoint"
    write_files(folder, checkpoint_files())
    root = tmp_path / "root"
    checkpoint = pull("tiny", f"file://{folder}", root=root)
    jobs = [Job("sts", "1", task, checkpoint.digest, "d") for task in ("STS12", "STS13")]
    return SimpleNamespace(
        places=SimpleNamespace(checkpoints=root, work=tmp_path / "work"),
        settings=SimpleNamespace(device="cpu"),
        todo=tuple(PlannedJob(job, checkpoint) for job in jobs),
        load=None,
        device_map=lambda _: None,
    )


def test_a_checkpoint_that_changes_during_its_evaluation_gives_no_score(
    planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training writes its next checkpoint over the one that is evaluated."""
    next_weights = iter([b"", weights(seed=1)])

    def train() -> None:
        if content := next(next_weights):
            (tmp_path / "checkpoint" / "model.safetensors").write_bytes(content)

    monkeypatch.setattr("evaluators.registry.find", lambda _: _Evaluator(train))
    with Sessions(planned, lambda *_: None) as sessions:
        assert sessions.evaluate(planned.todo[0]) == Result(())
        with pytest.raises(CheckpointError, match="changed on disk since the plan run began"):
            sessions.evaluate(planned.todo[1])
    with (
        Sessions(planned, lambda *_: None) as sessions,
        pytest.raises(CheckpointError, match="changed on disk since the plan run began"),
    ):
        sessions.evaluate(planned.todo[0])


@pytest.mark.parametrize("size", [1 << 60, 1 << 50])
def test_a_job_without_memory_fails_plainly_and_frees_its_session(
    planned: Any, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    evaluator = _Evaluator(lambda: torch.empty(size, dtype=torch.uint8))
    monkeypatch.setattr("evaluators.registry.find", lambda _: evaluator)
    with Sessions(planned, lambda *_: None) as sessions:
        for item in planned.todo:
            with pytest.raises(
                EvaluatorError, match=r"tiny on STS1\d needs more memory than there is"
            ) as raised:
                sessions.evaluate(item)
            assert raised.value.__cause__ is None
    assert evaluator.closed == 2


def test_another_error_of_torch_is_left_as_it_is(
    planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluator = _Evaluator(lambda: torch.ones(2) @ torch.ones(3))
    monkeypatch.setattr("evaluators.registry.find", lambda _: evaluator)
    with (
        Sessions(planned, lambda *_: None) as sessions,
        pytest.raises(RuntimeError, match="inconsistent tensor size"),
    ):
        sessions.evaluate(planned.todo[0])
