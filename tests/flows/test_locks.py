from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from flows.locks import job_locks

HOLDER = """
import sys, time
from pathlib import Path
from flows.locks import job_locks
with job_locks(Path(sys.argv[1]), sys.argv[2:], wait=False) as held:
    print(held, flush=True)
    time.sleep(600)
"""


def hold(folder: Path, *keys: str) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *keys], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "True"
    return holder


def kill(holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()


def test_a_lock_held_elsewhere_is_not_taken_and_takes_none_of_its_group(tmp_path: Path) -> None:
    holder = hold(tmp_path, "b")
    try:
        with job_locks(tmp_path, ["a", "b", "c"], wait=False) as held:
            assert not held
        with job_locks(tmp_path, ["a", "c"], wait=False) as held:
            assert held
    finally:
        kill(holder)


def test_kill_9_of_the_holder_frees_its_locks(tmp_path: Path) -> None:
    kill(hold(tmp_path, "a"))
    with job_locks(tmp_path, ["a"], wait=False) as held:
        assert held


def test_waiting_ends_when_the_holder_dies(tmp_path: Path) -> None:
    holder = hold(tmp_path, "a")
    killer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"""
import os, signal, time
time.sleep(0.5)
os.kill({holder.pid}, signal.SIGKILL)
""",
        ]
    )
    with job_locks(tmp_path, ["a"], wait=True) as held:
        assert held
    assert killer.wait() == 0
    kill(holder)


def test_released_locks_leave_no_files(tmp_path: Path) -> None:
    with job_locks(tmp_path, ["a", "b"], wait=False):
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []
