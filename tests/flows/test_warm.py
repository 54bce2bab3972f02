from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.home import PROGRAM, Home
from tests.flows.warm import Warm


def test_commands_of_a_home_are_forks_unless_an_import_reads_their_settings(
    new_home: Callable[..., Home], warm: Warm
) -> None:
    assert warm.can_run_with(new_home().environment)
    assert not warm.can_run_with(new_home("other", HF_ENDPOINT="http://127.0.0.1:9").environment)


def test_a_fork_has_its_own_settings_output_and_status(warm: Warm, tmp_path: Path) -> None:
    settings = {**warm.environment, "RANKCHECK_STORE": f"duckdb:///{tmp_path}/mine.duckdb"}
    done = warm.run(PROGRAM, ["sql", "SELECT 1"], settings, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"no store exists at {tmp_path}/mine.duckdb" in done.stderr
    assert warm.run(PROGRAM, ["--version"], settings, timeout=60).stdout.startswith("rankcheck ")


def test_a_fork_that_takes_too_long_is_killed_and_the_next_one_runs(warm: Warm) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run(PROGRAM, ["--version"], warm.environment, timeout=0.001)
    assert warm.run(PROGRAM, ["--version"], warm.environment, timeout=60).returncode == 0
