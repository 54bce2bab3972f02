"""End a run by Ctrl-C or SIGTERM, even if a library swallows or delays the signal.

If the signal arrives during Prefect's own bookkeeping, its engine raises an error of its own ("Task
run is not set") instead of the KeyboardInterrupt, and the interrupted job would count as failed. So
the signal is remembered, and an error after it is treated as an interrupt.

SIGTERM must end a run soon, because a service manager kills what does not end. But Python runs its
handlers only between two steps of the main thread, which may be inside one computation for
minutes, and then Prefect winds up. So a thread ends the process if that takes too long, which loses
no more than kill -9 does: finished jobs are stored.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_interrupted = threading.Event()

GRACE = 5.0
"""Seconds that a run may take to end by itself after SIGTERM."""

TERMINATED = 128 + signal.SIGTERM
"""The exit status of a process that SIGTERM ended."""

_SENTENCE = "rankcheck: terminated; finished jobs are stored, and the next run does the rest"


@contextmanager
def terminated_plainly() -> Iterator[None]:
    """Exit by SIGTERM within the block with one sentence, after Prefect has ended its flow."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        sys.exit(TERMINATED)

    previous = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    except SystemExit as exit_:
        if exit_.code == TERMINATED:
            print(_SENTENCE, file=sys.stderr, flush=True)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def terminated_in_time(grace: float = GRACE) -> Iterator[None]:
    """End the process some seconds after a SIGTERM within the block, whatever it is doing.

    Only where Python handles the signal: its default ends the process at once. A handler may run
    inside a callback of the garbage collector, which ignores what it raises, with a traceback:
    then the signal is sent once more.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def watch() -> None:
        # Every handled signal arrives here at once, even while the main thread computes.
        while number := os.read(reader, 1):
            if number[0] == signal.SIGTERM:
                time.sleep(grace)
                print(_SENTENCE, file=sys.stderr, flush=True)
                os._exit(TERMINATED)
        os.close(reader)

    def send_again(ignored: sys.UnraisableHookArgs) -> None:
        if issubclass(ignored.exc_type, Exception):
            hook(ignored)
            return
        number = signal.SIGINT if ignored.exc_type is KeyboardInterrupt else signal.SIGTERM
        threading.Timer(0.05, os.kill, [os.getpid(), number]).start()

    hook = sys.unraisablehook
    sys.unraisablehook = send_again
    previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=watch, name="sigterm", daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        sys.unraisablehook = hook
        os.close(writer)


@contextmanager
def remembered_interrupt() -> Iterator[None]:
    """Remember a Ctrl-C within the block, and raise KeyboardInterrupt at its end.

    A signal that is ignored (as under nohup) stays ignored; outside the main thread, where Python
    handles no signals, nothing changes.
    """
    previous = signal.getsignal(signal.SIGINT)
    if (
        threading.current_thread() is not threading.main_thread()
        or previous is not signal.default_int_handler
    ):
        yield
        return

    def remember(number: int, frame: FrameType | None) -> None:
        _interrupted.set()
        signal.default_int_handler(number, frame)

    _interrupted.clear()
    signal.signal(signal.SIGINT, remember)
    try:
        yield
        stop_if_interrupted()
    except Exception as error:
        stop_if_interrupted(error)
        raise
    finally:
        signal.signal(signal.SIGINT, previous)
        _interrupted.clear()


def stop_if_interrupted(error: BaseException | None = None) -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed and swallowed.

    Args:
        error: The error that was raised instead.
    """
    if _interrupted.is_set():
        raise KeyboardInterrupt from error
