"""Load each checkpoint when a job first needs it, one at a time."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from evaluators import registry
from evaluators.errors import EvaluatorError
from evaluators.result import Result
from flows.checkpoints import Unchanged, in_use
from flows.runs import kept_work

if TYPE_CHECKING:
    from evaluators.evaluator import Session
    from evaluators.progress import Progress
    from flows.runs.prepare import PlannedJob, PlannedRun


class OutOfMemory(EvaluatorError):  # noqa: N818 - as in torch, and not the builtin's name
    """A job needs more memory than there is."""


class Sessions:
    """Provide each job with the session that it shares with its siblings.

    Only the newest session is open, so that only one checkpoint's vectors are in memory.
    """

    def __init__(self, planned: PlannedRun, progress: Progress) -> None:
        self._planned = planned
        self._progress = progress
        self._key: tuple[str, ...] = ()
        self._open: Session | None = None
        self._unchanged: Unchanged | None = None
        self._held = ExitStack()

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None
        self._unchanged = None
        self._held.close()

    def evaluate(self, item: PlannedJob) -> Result:
        """Run a job in its session.

        Raises:
            CheckpointError: Its checkpoint changed on disk since it was pulled.
            OutOfMemory: It needs more memory than there is; a retry would only repeat that.
        """
        try:
            return self._evaluate(item)
        except (MemoryError, RuntimeError) as error:
            from evaluators.sts.schedule import is_out_of_memory

            if not is_out_of_memory(error):
                raise
            said = " ".join(str(error).split())[:200]
        # Outside of the block, which holds the frames and thereby the memory of the failed job.
        self._close()
        raise OutOfMemory(
            f"{item.subject} on {item.job.task} needs more memory than there is"
            f"{f' ({said})' if said else ''}: free some, evaluate on another device"
            " (RANKCHECK_DEVICE), or lower the job's sizes, such as max_length or its batch"
        )

    def _evaluate(self, item: PlannedJob) -> Result:
        key = session_of(item)
        if key != self._key or self._open is None:
            self._close()
            self._key = key
            if item.checkpoint:  # protects it from pruning while it is evaluated
                root = self._planned.places.checkpoints
                self._held.enter_context(in_use(item.checkpoint, root=root))
                self._unchanged = Unchanged(item.checkpoint, root=root)
            siblings = [other.job for other in self._planned.todo if session_of(other) == key]
            self._open = registry.find(item.job.evaluator).open_session(
                item.checkpoint.folder if item.checkpoint else None,
                siblings,
                self._planned.load,
                self._planned.settings.device,
                self._progress,
                self._planned.device_map(item),
            )
        folder = kept_work.folder_of(self._planned.places.work, item)
        result = self._open.evaluate(item.job, folder)
        if self._unchanged is not None:
            self._unchanged.validate()
        return result


def session_of(item: PlannedJob) -> tuple[str, ...]:
    """Return a key that is equal for jobs that share a loaded checkpoint."""
    job = item.job
    return (job.evaluator, job.checkpoint_digest, registry.find(job.evaluator).session_key(job))
