from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.flows.home import PROGRAM
from tests.warm import StartCode, Warm


def test_a_fork_has_code_and_folders_of_its_own(warm: Warm, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("HERE = 'found'")
    settings = {**warm.environment, "PYTHONPATH": str(tmp_path)}
    assert warm.can_run_with(settings)
    code = "import sys, mine\nprint(mine.HERE, *sys.argv[1:])"
    done = warm.run("-c", [code, "a", "b"], settings, timeout=60)
    assert (done.stdout, done.stderr) == ("found a b\n", "")


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


COUNT = """
import sys, time
for number in range(int(sys.argv[1])):
    print(number, flush=True)
time.sleep(float(sys.argv[2]))
"""


def test_a_started_fork_is_used_as_a_process_of_ones_own(start_code: StartCode) -> None:
    """Its output comes while it runs; its number stays its own until its end was waited for."""
    started = start_code(COUNT, "3", "0")
    other = start_code(COUNT, "1", "1000")
    assert started.stdout.readline() == "0\n"
    assert started.communicate(timeout=60) == ("1\n2\n", "")
    assert started.returncode == started.poll() == started.wait() == 0

    assert other.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        other.wait(timeout=0.01)
    os.killpg(other.pid, signal.SIGKILL)
    os.kill(other.pid, 0)
    other.communicate(timeout=60)
    assert other.returncode == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(other.pid, 0)
