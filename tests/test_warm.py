from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.flows.home import PROGRAM
from tests.shared_process import ROOT
from tests.warm import StartCode, Warm
from tests.warm_server import PACKAGES


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


HUB = """
import json, datasets, huggingface_hub, transformers
from huggingface_hub import constants
from transformers.utils import hub
print(json.dumps([constants.ENDPOINT, datasets.config.HF_ENDPOINT, hub.constants.HF_HUB_CACHE]))
print(constants.HF_HUB_OFFLINE)
"""


def test_a_fork_has_the_hubs_libraries_under_its_own_settings(warm: Warm, tmp_path: Path) -> None:
    clean = {k: v for k, v in warm.environment.items() if not k.startswith("HF_")}
    own = {"HF_ENDPOINT": "http://127.0.0.1:99", "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = warm.run("-c", [HUB], {**clean, **own}, timeout=60)
    assert done.stderr == ""
    places, offline = done.stdout.splitlines()
    assert json.loads(places) == [*[own["HF_ENDPOINT"]] * 2, f"{tmp_path}/hub"]
    assert offline == "True"
    plain = warm.run("-c", [HUB], clean, timeout=60).stdout
    assert plain.startswith('["https://huggingface.co"')
    assert plain.endswith("False\n")


def test_a_fork_in_a_copy_of_the_project_runs_the_copy(warm: Warm, tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    (tmp_path / "flows/commands/greet.py").write_text(
        '"""Say hello."""\nimport click, db\n@click.command()\n'
        "def command():\n    print(db.__file__)\n"
    )
    done = warm.run(PROGRAM, ["greet"], warm.environment, timeout=60, folder=tmp_path)
    assert (done.stdout, done.stderr) == (f"{tmp_path}/db/__init__.py\n", "")
    assert "no command 'greet'" in warm.run(PROGRAM, ["greet"], warm.environment, 60).stderr


def test_a_shell_runs_forks_too(warm: Warm, warm_command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"RANKCHECK_STORE=duckdb:///mine {warm_command} flows.cli sql 'SELECT 1'"],
        cwd=tmp_path,
        env=dict(warm.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"no store exists at {tmp_path}/mine" in done.stderr


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


def test_a_fork_lacks_no_thread(warm: Warm) -> None:
    """A fork has only the thread that asked for it; jemalloc, of Arrow, starts its own again."""
    code = """
import psutil
from pathlib import Path
tasks = Path(f"/proc/{psutil.Process().parent().parent().pid}/task")
names = [(task / "comm").read_text().strip() for task in tasks.iterdir()]
print(*(name for name in names if "jemalloc" not in name))
"""
    done = warm.run("-c", [code], warm.environment, timeout=60)
    assert len(done.stdout.split()) == 1, done.stdout + done.stderr
