from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from flows.runs.locks import job_locks, remove_unheld_locks

HOLDER = """
import sys, time
from pathlib import Path
from flows.runs.locks import job_locks
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


def test_the_locks_of_a_killed_holder_are_removed_and_held_ones_stay(tmp_path: Path) -> None:
    kill(hold(tmp_path, "a", "b"))
    holder = hold(tmp_path, "c")
    try:
        assert len(list(tmp_path.iterdir())) == 3
        assert remove_unheld_locks(tmp_path) == 2
        assert [path.name for path in tmp_path.iterdir()] == ["c.lock"]
        with job_locks(tmp_path, ["c"], wait=False) as held:
            assert not held
    finally:
        kill(holder)
    assert remove_unheld_locks(tmp_path / "missing") == 0


TAKER = """
import sys
from pathlib import Path
from flows.runs.locks import job_locks
folder, counter = Path(sys.argv[1]), Path(sys.argv[2])
for _ in range(300):
    with job_locks(folder, ["a"], wait=True) as held:
        assert held
        counter.write_text(str(int(counter.read_text()) + 1))
with job_locks(folder, ["free"], wait=False) as held:
    assert held
"""


def test_removing_locks_lets_no_two_processes_in_at_once(tmp_path: Path) -> None:
    folder, counter = tmp_path / "locks", tmp_path / "counter"
    counter.write_text("0")
    folder.mkdir()
    command = [sys.executable, "-c", TAKER, str(folder), str(counter)]
    takers = [subprocess.Popen(command) for _ in range(3)]
    while any(taker.poll() is None for taker in takers):
        (folder / "left.lock").touch()
        remove_unheld_locks(folder)
    assert [taker.returncode for taker in takers] == [0, 0, 0]
    assert counter.read_text() == "900"


def test_a_removal_at_the_same_moment_is_not_taken_for_a_holder(tmp_path: Path) -> None:
    """A run that found the lock held would leave the job to a run that is not there."""
    taker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            """
import sys
from pathlib import Path
from flows.runs.locks import job_locks
for _ in range(2000):
    with job_locks(Path(sys.argv[1]), ["a"], wait=False) as held:
        assert held
    Path(sys.argv[1], "a.lock").touch()
""",
            str(tmp_path),
        ]
    )
    while taker.poll() is None:
        remove_unheld_locks(tmp_path)
    assert taker.returncode == 0
