"""How long work says how far it has come: one callback, the same everywhere."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is."""

Report = Callable[[int, int], None]
"""The same for one stage: called with how much is done and how much there is."""


def stage_progress(progress: Progress | None, stage: str) -> Report:
    """Return a callback for one stage of the work; without `progress` it does nothing.

    Args:
        progress: Called with the stage, how much is done and how much there is.
        stage: What is being done.
    """

    def report(done: int, total: int) -> None:
        if progress is not None:
            progress(stage, done, total)

    return report
