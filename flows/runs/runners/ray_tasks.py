"""Run each group of jobs that shares a loaded checkpoint as a Ray task, with a GPU of its own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flows.runs.runners import Crew, RunnerError
from flows.runs.worker_link import Call
from flows.runs.worker_process import serve

_RETRIES = 1
"""How often Ray starts a task again whose process or node died; later ones are another round's."""


class RayTasks:
    """Ray tasks on the cluster of `RAY_ADDRESS`, or the one that runs here, or one just started.

    Raises:
        RunnerError: Ray is not installed.
    """

    elsewhere = True
    own_groups = True

    def __init__(self) -> None:
        try:
            import ray
        except ImportError as error:
            raise RunnerError(
                "runner ray needs the library ray: pip install 'rankcheck[cluster]'"
            ) from error
        self._ray = ray

    def count(self, jobs: int, groups: int) -> int:
        """Return the number of groups; Ray starts as many at once as its nodes can hold."""
        return groups

    @contextmanager
    def workers(self, call: Call, crew: Crew) -> Iterator[_Tasks]:
        """Start a task for each group; those that have not finished are killed."""
        ray = self._ray
        with _connected(ray):
            gpus = 1 if ray.cluster_resources().get("GPU", 0) else 0
            task = ray.remote(
                num_cpus=1,
                num_gpus=gpus,
                max_retries=_RETRIES,
                max_calls=1,  # a process for each: the memory of a checkpoint is free after it
                scheduling_strategy="SPREAD",
            )(serve)
            references = [task.remote(call, place) for place in range(crew.count)]
            try:
                yield _Tasks(ray, references)
            finally:
                for place, reference in enumerate(references):
                    if place not in crew.finished:
                        ray.cancel(reference, force=True)


@contextmanager
def _connected(ray: Any) -> Iterator[None]:
    """Connect with the cluster; what Ray does with SIGTERM would hide that the plan run ends."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise RunnerError(
            f"runner ray must reach a Ray cluster: {' '.join(str(error).split())}; start one with"
            " ray start --head, and set RAY_ADDRESS on another machine"
        ) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        ray.shutdown()


class _Tasks:
    """The submitted tasks."""

    def __init__(self, ray: Any, references: list[Any]) -> None:
        self._ray = ray
        self._references = references
        self._ended: dict[int, str] = {}

    def ended(self) -> dict[int, str]:
        """Return the errors of those that Ray does not start again."""
        open_ones = {
            reference: place
            for place, reference in enumerate(self._references)
            if place not in self._ended
        }
        if open_ones:
            ready, _ = self._ray.wait(list(open_ones), num_returns=len(open_ones), timeout=0)
            for reference in ready:
                self._ended[open_ones[reference]] = self._why(reference)
        return self._ended

    def _why(self, reference: Any) -> str:
        try:
            self._ray.get(reference)
        except Exception as error:  # of any kind: Ray raises what the task raised
            lines = [line for line in str(error).splitlines() if line.strip()]
            return (
                f"the Ray task ended: {type(error).__name__}: {lines[-1].strip() if lines else ''}"
            )
        return "the Ray task ended"
