"""Show progress on standard error: bars on a terminal, else occasional lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from evaluators.progress import Progress

_SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Yield a callback that takes a label, the amount done and the total."""
    if sys.stderr.isatty():
        with _bars() as callback:
            yield callback
    else:
        yield _lines()


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Remaining(elapsed_when_finished=True),
        console=console,
    ) as bars:
        ids: dict[str, int] = {}

        def callback(label: str, done: int, total: int) -> None:
            if label not in ids:
                ids[label] = bars.add_task(label, total=total)
            bars.update(bars.tasks[ids[label]].id, completed=done, total=total)

        yield callback


def _lines() -> Progress:
    last: dict[str, float] = {}

    def callback(label: str, done: int, total: int) -> None:
        now = time.monotonic()
        started = label not in last
        if started:
            last[label] = now  # a step that ends within the interval needs no line
        elif now - last[label] > _SECONDS_BETWEEN_LINES:
            last[label] = now
            print(f"{label}: {done} of {total}", file=sys.stderr, flush=True)

    return callback
