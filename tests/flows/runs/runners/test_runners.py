"""The choice of a runner by one setting."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from evaluators.names import UnknownNameError
from flows.commands.run import command
from flows.runs.runners import RunnerError, runner_of
from flows.runs.runners.slurm_array import SlurmArray


def test_the_plan_run_evaluates_by_itself_unless_it_is_told_otherwise() -> None:
    assert runner_of("local") is None
    devices = runner_of("local", ("cpu", "cpu"))
    assert devices is not None
    assert (devices.count(jobs=9, groups=1), devices.count(jobs=1, groups=1)) == (2, 1)


def test_slurm_has_a_job_for_each_checkpoint_unless_a_number_is_given() -> None:
    assert SlurmArray(None).count(jobs=40, groups=5) == 5
    three = runner_of("slurm:3")
    assert three is not None
    assert (three.count(jobs=40, groups=5), three.count(jobs=2, groups=1)) == (3, 2)


@pytest.mark.parametrize("text", ["ray:2", "local:2", "slurm:", "slurm:0", "slurm:many"])
def test_a_number_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(RunnerError, match=f"such as slurm:8, got '{text}'"):
        runner_of(text)


def test_an_unknown_runner_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'slurm'"):
        runner_of("slrum")


@pytest.mark.parametrize(("runner", "library"), [("ray", "ray"), ("slurm", "submitit")])
def test_a_missing_library_is_named_with_what_to_install(
    runner: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RunnerError, match=rf"{library}: pip install 'rankcheck\[cluster\]'"):
        runner_of(runner)


def test_devices_belong_to_this_machine() -> None:
    found = CliRunner().invoke(command, ["quickstart", "--devices", "cpu", "--runner", "slurm"])
    assert isinstance(found.exception, RunnerError)
    assert "remove the devices, or set the runner to local" in str(found.exception)


def test_the_setting_chooses_where_the_option_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKCHECK_RUNNER", "cloud")
    found = CliRunner().invoke(command, ["quickstart"])
    assert isinstance(found.exception, UnknownNameError)
    assert "cloud" in str(found.exception)
