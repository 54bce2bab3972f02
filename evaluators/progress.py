"""The callbacks by which long work reports its progress."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the stage, the finished amount and the total."""

Report = Callable[[int, int], None]
"""Called with the finished amount and the total of one stage."""


def stage_progress(progress: Progress | None, stage: str) -> Report:
    """Return a callback for one stage of the work, which does nothing without `progress`.

    Args:
        progress: Called with the stage, the finished amount and the total.
        stage: Name of the stage.
    """

    def report(done: int, total: int) -> None:
        if progress is not None:
            progress(stage, done, total)

    return report
