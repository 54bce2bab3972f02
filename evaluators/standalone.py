"""What evaluators that need no checkpoint, or share nothing between their jobs, have in common.

A file of `evaluators/registry` imports from here what it would otherwise write again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evaluators.job import Job
from evaluators.result import Result


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
