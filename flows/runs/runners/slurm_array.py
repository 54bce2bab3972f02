"""Run the worker processes as a job array of Slurm, by submitit.

What Slurm preempts or a dead node leaves is started again by Slurm itself. Where there is no Slurm,
submitit runs the array on this machine.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from db.settings import settings
from flows.runs.places import places
from flows.runs.runners import Crew, RunnerError
from flows.runs.worker_link import Call
from flows.runs.worker_process import leave, serve

_MINUTES = 24 * 60
"""Time limit of a job; `SBATCH_TIMELIMIT` overrides it, as `SBATCH_…` does every option."""


class SlurmArray:
    """Jobs of a Slurm array.

    Args:
        number: How many; None for one for each loaded checkpoint.

    Raises:
        RunnerError: submitit is not installed.
    """

    own_groups = False

    def __init__(self, number: int | None) -> None:
        self._number = number
        try:
            import submitit
        except ImportError as error:
            raise RunnerError(
                "runner slurm needs the library submitit: pip install 'rankcheck[cluster]'"
            ) from error
        self._submitit = submitit
        self.elsewhere = shutil.which("srun") is not None

    def count(self, jobs: int, groups: int) -> int:
        """Return the number that was asked for, or that of loaded checkpoints."""
        return min(jobs, self._number or groups)

    @contextmanager
    def workers(self, call: Call, crew: Crew) -> Iterator[_Jobs]:
        """Submit the array; jobs that have not finished are cancelled."""
        if not self.elsewhere:
            print("there is no Slurm here (srun): the workers run on this machine", file=sys.stderr)
        folder = places(settings().store).home / "slurm"
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # it holds the key of the plan run
        executor = self._submitit.AutoExecutor(folder)
        executor.update_parameters(
            name="rankcheck",
            timeout_min=_MINUTES,
            **({"slurm_additional_parameters": {"requeue": True}} if self.elsewhere else {}),
        )
        try:
            with executor.batch():
                jobs = [executor.submit(_Worker(call, place)) for place in range(crew.count)]
        except self._submitit.core.utils.FailedJobError as error:
            raise RunnerError(
                f"runner slurm cannot submit its jobs: {' '.join(str(error).split())[:300]}; set"
                " what your cluster wants by SBATCH_PARTITION, SBATCH_ACCOUNT and the like"
            ) from error
        try:
            yield _Jobs(jobs)
        finally:
            for place, job in enumerate(jobs):
                if place not in crew.finished and not job.done():
                    job.cancel()
            _forget(jobs, crew)


class _Worker:
    """What a job of the array runs; Slurm starts it again where it was preempted."""

    def __init__(self, call: Call, place: int) -> None:
        self._call = call
        self._place = place

    def __call__(self) -> None:
        serve(self._call, self._place)

    def checkpoint(self) -> Any:
        """Return what runs when the job is started again: the rest, which the plan run knows."""
        from submitit.helpers import DelayedSubmission

        leave()
        return DelayedSubmission(self)


class _Jobs:
    """The submitted jobs."""

    def __init__(self, jobs: list[Any]) -> None:
        self._jobs = jobs

    def ended(self) -> dict[int, str]:
        """Return the states of those that Slurm does not start again."""
        return {
            place: f"job {job.job_id} ended ({job.state}), see {job.paths.stderr}"
            for place, job in enumerate(self._jobs)
            if job.done()
        }


def _forget(jobs: list[Any], crew: Crew) -> None:
    """Remove the files of jobs that finished; the others' logs tell why they did not."""
    for place in crew.finished:
        job = jobs[place]
        for path in Path(job.paths.folder).glob(f"{job.job_id}_*"):
            path.unlink(missing_ok=True)
