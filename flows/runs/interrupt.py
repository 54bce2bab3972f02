"""End a run by Ctrl-C, even if a library swallows the interrupt.

If the signal arrives during Prefect's own bookkeeping, its engine raises an error of its own ("Task
run is not set") instead of the KeyboardInterrupt, and the interrupted job would count as failed. So
the signal is remembered, and an error after it is treated as an interrupt.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_interrupted = threading.Event()


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
