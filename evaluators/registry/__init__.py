"""The evaluators a plan may name: one file in this folder each, found by its file name.

A file here is light (no torch, no numpy) and says:

- `VERSION`: a new version makes every job of the evaluator a new job.
- `SOURCES`: the folders and files of `evaluators/` that its numbers come from.
- `Request`: a frozen dataclass, the keys of its entry in a plan.
- `needs_checkpoint(request)`: whether it measures a checkpoint, or something of its own.
- `parts(request)`: requests that together are this one and that may fail apart.
- `label(request)`: what such a part is about, in a word or two.
- `jobs(request, checkpoint_digest, digest_of)`: the jobs it stands for.
- `dataset_of(job)`: what the job's `dataset_digest` is the digest of.
- `session_key(job)`: jobs of one checkpoint with equal keys share one `open_session`.
- `open_session(folder, jobs, load, device, progress)`: loads what the jobs share, once.

Where several of these come to nothing, `evaluators.standalone` has them ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast, runtime_checkable

from evaluators import discovery
from evaluators.job import Job
from evaluators.names import require_known
from evaluators.progress import Progress
from evaluators.result import Result


class DatasetRef(NamedTuple):
    """A dataset that a job reads.

    Attributes:
        task: Its name: a task, a corpus.
        split: Its split; None is the one that is scored.
        kind: What reads it: the name of a file in `flows/inputs`.
    """

    task: str
    split: str | None = None
    kind: str = "pairs"


class Session(Protocol):
    """What a group of jobs shares: a loaded checkpoint, vectors already computed."""

    def evaluate(self, job: Job) -> Result:
        """Run one job; raises what the evaluator raises."""

    def close(self) -> None:
        """Give memory back."""


@runtime_checkable
class Resumable(Protocol):
    """A session whose jobs go on where a kill stopped them."""

    def work_in(self, folder: Path) -> None:
        """Take the folder of the job that comes next: its own, kept until it is recorded."""


class Evaluator(Protocol):
    """The shape of every module in this folder."""

    VERSION: str
    SOURCES: tuple[str, ...]
    Request: type[Any]

    def needs_checkpoint(self, request: Any) -> bool:
        """Say whether the request measures a checkpoint; otherwise it runs once a plan."""

    def parts(self, request: Any) -> Sequence[Any]:
        """Split a request so that a dataset that cannot be had fails what reads it alone."""

    def label(self, request: Any) -> str:
        """Say what a part is about, for a report of its failure."""

    def jobs(
        self, request: Any, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
    ) -> list[Job]:
        """Return the jobs the request stands for on one checkpoint (digest empty: on none).

        Raises:
            DatasetError: What `digest_of` raises for a dataset that cannot be had.
        """

    def dataset_of(self, job: Job) -> DatasetRef | None:
        """Return the dataset that a job scores; None where it makes its own."""

    def session_key(self, job: Job) -> str:
        """Return equal keys for jobs that can share a session."""

    def open_session(
        self,
        folder: Path | None,
        jobs: Iterable[Job],
        load: Callable[[DatasetRef], Any],
        device: str | None,
        progress: Progress | None,
    ) -> Session:
        """Prepare the evaluation of these jobs on the checkpoint in `folder` (None: on none)."""


def names() -> tuple[str, ...]:
    """Return the name of every evaluator, sorted."""
    return discovery.files(__name__)


def find(name: str) -> Evaluator:
    """Import one evaluator by its name.

    Raises:
        UnknownNameError: No file of that name, with the nearest one.
    """
    require_known("evaluator", [name], names())
    return cast(Evaluator, discovery.load(__name__, name))
