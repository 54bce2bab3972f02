"""What evaluators that need no checkpoint, or share nothing between their jobs, have in common.

A file of `evaluators/registry` imports from here what it would otherwise write again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from evaluators.job import Job
from evaluators.result import Result

if TYPE_CHECKING:
    from evaluators.evaluator import DatasetRef
    from evaluators.progress import Progress


class PlainSession:
    """Runs each job by one function.

    Args:
        run: From a job to its result.
    """

    def __init__(self, run: Callable[[Job], Result]) -> None:
        self._run = run

    def evaluate(self, job: Job) -> Result:
        """Run one job."""
        return self._run(job)

    def close(self) -> None:
        """Nothing is held."""


class OpenSession(Protocol):
    """`open_session` of an evaluator whose jobs share nothing."""

    def __call__(
        self,
        folder: Path | None,
        jobs: Iterable[Job],
        load: Callable[[DatasetRef], Any],
        device: str | None,
        progress: Progress | None,
    ) -> PlainSession:
        """Prepare nothing."""


def opening(measure: Callable[[Job, str | None, Progress | None], Result]) -> OpenSession:
    """Return the `open_session` of an evaluator that needs a job, a device and nothing else.

    Args:
        measure: From a job, a device and a place to tell progress to the job's result.
    """

    def open_session(
        folder: Path | None,
        jobs: Iterable[Job],
        load: Callable[[DatasetRef], Any],
        device: str | None,
        progress: Progress | None,
    ) -> PlainSession:
        return PlainSession(lambda job: measure(job, device, progress))

    return open_session


def needs_checkpoint(request: Any) -> bool:
    """It makes what it measures."""
    return False


def parts(request: Any) -> list[Any]:
    """Nothing can fail apart."""
    return [request]


def dataset_of(job: Job) -> None:
    """It reads none."""
    return


def session_key(job: Job) -> str:
    """Nothing is shared."""
    return ""
