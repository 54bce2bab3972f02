"""Ctrl-C is Ctrl-C, whatever swallows it on its way."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from flows.runs.interrupt import (
    remembered_interrupt,
    stop_if_interrupted,
    terminated_in_time,
    terminated_plainly,
)
from tests.flows.home import ROOT


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Take Ctrl-C: a suite that runs in the background inherits it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_error_in_place_of_the_interrupt_is_taken_for_the_interrupt() -> None:
    @remembered_interrupt()
    def night() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("Task run is not set") from None

    with pytest.raises(KeyboardInterrupt) as caught:
        night()
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_swallowed_interrupt_stops_before_the_next_job() -> None:
    reached = []

    @remembered_interrupt()
    def night() -> None:
        for job in range(3):
            stop_if_interrupted()
            reached.append(job)
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                continue

    with pytest.raises(KeyboardInterrupt):
        night()
    assert reached == [0]


def test_other_errors_and_later_blocks_are_left_alone() -> None:
    with pytest.raises(KeyboardInterrupt), remembered_interrupt():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(ValueError, match="mine"), remembered_interrupt():
        raise ValueError("mine")
    stop_if_interrupted()


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with remembered_interrupt():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


# Computes for a minute outside of Python, as torch does, in a process that handles SIGTERM.
BUSY = """
import hashlib, signal, sys
from flows.runs.interrupt import terminated_in_time, terminated_plainly
with terminated_plainly(), terminated_in_time(float(sys.argv[1])):
    print("begun", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", int(sys.argv[2]))
    signal.pause()
"""


# Is told to end while an object is destroyed, where Python ignores what a handler raises.
IGNORED = """
import signal, sys
from flows.runs.interrupt import terminated_in_time, terminated_plainly
class Told:
    def __del__(self):
        print("begun", flush=True)
        signal.pause()
with terminated_plainly(), terminated_in_time(float(sys.argv[1])):
    Told()
    signal.pause()
"""


@pytest.mark.parametrize(
    ("code", "grace", "rounds"), [(BUSY, 0.1, 10**9), (BUSY, 30.0, 1), (IGNORED, 30.0, 0)]
)
def test_sigterm_ends_a_run_soon_and_with_a_sentence(code: str, grace: float, rounds: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(grace), str(rounds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    begun = time.monotonic()
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - begun < 15
    assert process.returncode == 143
    assert said.startswith("rankcheck: terminated; finished jobs are stored")
    assert "Traceback" not in said


def test_a_block_without_sigterm_leaves_nothing_behind() -> None:
    handler, threads = signal.getsignal(signal.SIGTERM), threading.active_count()
    with terminated_plainly(), terminated_in_time():
        pass
    assert signal.getsignal(signal.SIGTERM) is handler
    assert signal.set_wakeup_fd(-1) == -1
    deadline = time.monotonic() + 10
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == threads
