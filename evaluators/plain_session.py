"""The session of an evaluator that shares nothing between its jobs."""

from __future__ import annotations

from collections.abc import Callable

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
