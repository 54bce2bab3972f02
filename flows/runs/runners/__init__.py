"""Choose what starts the worker processes of a plan run: this machine, Prefect, Ray or Slurm.

A runner only starts processes and notices when one ends for good. What they do, and what the plan
run hears of them, is the same for all (`flows.runs.workers`, `flows.runs.worker_process`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from evaluators.errors import EvaluatorError
from evaluators.names import validate_known
from flows.runs.worker_link import Call

NAMES = ("local", "prefect", "ray", "slurm")


class RunnerError(EvaluatorError):
    """A runner cannot start workers: says what is missing and what to do."""


@dataclass
class Crew:
    """The worker processes of one round, by their places from 0.

    Attributes:
        count: How many there are.
        finished: Places of those that have said that nothing is left.
        lost: Places of those whose connection ended before that.
    """

    count: int
    finished: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)


class Workers(Protocol):
    """Started worker processes."""

    def ended(self) -> Mapping[int, str]:
        """Return why workers ended, by place; only those that nobody will start again."""


class Runner(Protocol):
    """Starts worker processes.

    Attributes:
        elsewhere: Whether they may be on other machines.
        own_groups: Whether each gets the jobs of one loaded checkpoint; otherwise all take what is
            left.
    """

    elsewhere: bool
    own_groups: bool

    def count(self, jobs: int, groups: int) -> int:
        """Return how many workers to start, at least 1.

        Args:
            jobs: The jobs that are left.
            groups: Their groups, each of which shares a loaded checkpoint.

        Raises:
            RunnerError: There is nobody to start them.
        """

    def workers(self, call: Call, crew: Crew) -> AbstractContextManager[Workers]:
        """Start workers; those that have not finished are stopped when the block ends.

        Raises:
            RunnerError: They cannot be started.
        """


def runner_of(text: str, devices: tuple[str, ...] = ()) -> Runner | None:
    """Return a runner by its setting; None where the plan run evaluates in its own process.

    Args:
        text: The name, for `prefect` and `slurm` with the number of workers: `slurm:8`.
        devices: Torch devices of this machine, for `local`.

    Raises:
        RunnerError: The setting is not valid, or a library is missing.
        UnknownNameError: There is no such runner.
    """
    name, colon, number = text.partition(":")
    validate_known("runner", [name], NAMES)
    if devices and name != "local":
        raise RunnerError(
            f"devices are those of this machine, and runner {name} chooses its own: remove the"
            " devices, or set the runner to local"
        )
    if colon and (name in ("local", "ray") or not number.isdecimal() or int(number) < 1):
        raise RunnerError(
            f"a runner must be local, ray, or prefect or slurm with a number of workers such as"
            f" slurm:8, got {text!r}"
        )
    workers = int(number) if number else None
    match name:
        case "prefect":
            from flows.runs.runners.prefect_pool import PrefectPool

            return PrefectPool(workers)
        case "ray":
            from flows.runs.runners.ray_tasks import RayTasks

            return RayTasks()
        case "slurm":
            from flows.runs.runners.slurm_array import SlurmArray

            return SlurmArray(workers)
    from flows.runs.runners.local_processes import LocalProcesses

    return LocalProcesses(devices) if devices else None
