"""End a run by Ctrl-C, even if a library swallows the interrupt.

Where the signal falls into Prefect's own bookkeeping, its engine answers with an error of its own
("Task run is not set") in place of the KeyboardInterrupt, and the interrupted job would pass for a
failed one. So the signal is remembered, and an error after it is taken for what it is.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_asked = threading.Event()


@contextmanager
def remembered_interrupt() -> Iterator[None]:
    """Remember a Ctrl-C within the block, and raise KeyboardInterrupt at its end.

    A signal that is ignored (as under nohup) stays ignored; outside the main thread, where Python
    takes no signals, nothing changes.
    """
    before = signal.getsignal(signal.SIGINT)
    if (
        threading.current_thread() is not threading.main_thread()
        or before is not signal.default_int_handler
    ):
        yield
        return

    def remember(number: int, frame: FrameType | None) -> None:
        _asked.set()
        signal.default_int_handler(number, frame)

    _asked.clear()
    signal.signal(signal.SIGINT, remember)
    try:
        yield
        stop_if_interrupted()
    except Exception as error:
        stop_if_interrupted(error)
        raise
    finally:
        signal.signal(signal.SIGINT, before)
        _asked.clear()


def stop_if_interrupted(error: BaseException | None = None) -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed and swallowed.

    Args:
        error: What came out in its place.
    """
    if _asked.is_set():
        raise KeyboardInterrupt from error
