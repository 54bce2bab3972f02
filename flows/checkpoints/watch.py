"""Limit network work, so that no client library can block a plan run forever.

Some of its requests have no time limit, and name resolution ignores time limits. So the work runs
in a thread that may be abandoned, while this one watches the bytes arrive on disk.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar, cast

from evaluators.progress import Progress
from flows.checkpoints.keep import bytes_below
from flows.checkpoints.source import SourceUnreachable

T = TypeVar("T")

_TICK = 0.2  # seconds


class SourceStalled(SourceUnreachable):
    """The connection is open but delivers nothing."""


def within(seconds: float, work: Callable[[], T], *, what: str) -> T:
    """Run `work` in a thread, and return its result if it ends within a time limit.

    Raises:
        SourceUnreachable: It takes longer than `seconds`.
        Exception: What `work` raises.
    """
    outcome = _Outcome(work)
    outcome.done.wait(seconds)
    if not outcome.done.is_set():
        raise SourceUnreachable(f"{what}: no answer within {seconds:.0f} s")
    return outcome.result()


def watched(
    work: Callable[[], T],
    folder: Path,
    *,
    what: str,
    total: int,
    stall: float,
    progress: Progress | None = None,
) -> T:
    """Run `work` in a thread, and report the bytes that arrive in `folder`.

    Raises:
        SourceStalled: No byte arrives for `stall` seconds.
        Exception: What `work` raises.
    """
    outcome = _Outcome(work)
    size, last_change = -1, time.monotonic()
    while not outcome.done.wait(_TICK):
        current_size = bytes_below(folder)
        if current_size != size:
            size, last_change = current_size, time.monotonic()
        elif time.monotonic() - last_change > stall:
            raise SourceStalled(f"{what}: nothing arrived for {stall:.0f} s")
        if progress is not None:
            progress("pull", min(current_size, total), total)
    result = outcome.result()
    if progress is not None:
        progress("pull", total, total)
    return result


class _Outcome(Generic[T]):
    """The outcome of work in a daemon thread, which ends with the process."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.done = threading.Event()
        self._value: T | None = None
        self._error: BaseException | None = None

        def run() -> None:
            try:
                self._value = work()
            except BaseException as error:
                self._error = error
            finally:
                self.done.set()

        threading.Thread(target=run, daemon=True, name="checkpoint-pull").start()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return cast(T, self._value)
