"""Progress of what takes longer than two seconds: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from evaluators.progress import Progress

PATIENCE = 2.0  # seconds without a bar


def counting(progress: Progress | None, what: str, total: int) -> Callable[[int], None] | None:
    """Return a function that adds up bytes and tells `progress` of the sum."""
    if progress is None:
        return None
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(what, min(done, total), total)

    return advance


@contextmanager
def reporting(progress: Progress | None, name: str) -> Iterator[Progress | None]:
    """Yield where progress goes: to the caller's function, to a bar on stderr, or nowhere."""
    if progress is not None or not sys.stderr.isatty():
        yield progress
        return
    bar = _Bar(name)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """A rich bar that shows itself only when the work turns out to be long."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = time.monotonic()
        self._live: Any = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._live is None:
            if time.monotonic() - self._started < PATIENCE:
                return
            self._live = self._open()
        if what not in self._tasks:
            self._tasks[what] = self._live.add_task(f"{what} {self._name}", total=total)
        self._live.update(self._tasks[what], completed=done, total=total)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _open(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
        live = RichProgress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
        live.start()
        return live
