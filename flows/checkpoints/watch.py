"""Limit network work, so that no client library can block a plan run forever.

Some of its requests have no time limit, and name resolution obeys none. So the work runs in a
thread that may be left behind, while this one watches the bytes arrive on disk.
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
    """Return what `work` returns.

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
    """Return what `work` returns, telling `progress` of the bytes that arrive in `folder`.

    Raises:
        SourceStalled: No byte arrives for `stall` seconds.
        Exception: What `work` raises.
    """
    outcome = _Outcome(work)
    seen, changed = -1, time.monotonic()
    while not outcome.done.wait(_TICK):
        there = bytes_below(folder)
        if there != seen:
            seen, changed = there, time.monotonic()
        elif time.monotonic() - changed > stall:
            raise SourceStalled(f"{what}: nothing arrived for {stall:.0f} s")
        if progress is not None:
            progress("pull", min(there, total), total)
    result = outcome.result()
    if progress is not None:
        progress("pull", total, total)
    return result


class _Outcome(Generic[T]):
    """What comes of work in a thread of its own, which dies with the process."""

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
