"""The evaluators a plan may name: one file in this folder each, found by its file name.

A file here is light (no torch, no numpy) and says:

- `VERSION`: a new version makes every job of the evaluator a new job.
- `Request`: a frozen dataclass, the keys of its entry in a plan.
- `parts(request)`: requests that together are this one and that may fail apart.
- `jobs(request, checkpoint_digest, digest_of)`: the jobs it stands for.
- `session_key(job)`: jobs of one checkpoint with equal keys share one `open_session`.
- `open_session(folder, jobs, load, device, progress)`: loads what the jobs share, once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from evaluators.dataset import PairDataset
from evaluators.job import Job
from evaluators.names import require_known
from evaluators.result import Result

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is."""


class DatasetRef(NamedTuple):
    """A split of a task; None is the split that is scored."""

    task: str
    split: str | None = None


class Session(Protocol):
    """What a group of jobs shares: a loaded checkpoint, vectors already computed."""

    def evaluate(self, job: Job) -> Result:
        """Run one job; raises what the evaluator raises."""

    def close(self) -> None:
        """Give memory back."""


class Evaluator(Protocol):
    """The shape of every module in this folder."""

    VERSION: str
    Request: type[Any]

    def parts(self, request: Any) -> Sequence[Any]:
        """Split a request so that a dataset that cannot be had fails what reads it alone."""

    def jobs(
        self, request: Any, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
    ) -> list[Job]:
        """Return the jobs the request stands for on one checkpoint.

        Raises:
            DatasetError: What `digest_of` raises for a dataset that cannot be had.
        """

    def session_key(self, job: Job) -> str:
        """Return equal keys for jobs that can share a session."""

    def open_session(
        self,
        folder: Path,
        jobs: Iterable[Job],
        load: Callable[[DatasetRef], PairDataset],
        device: str | None,
        progress: Progress | None,
    ) -> Session:
        """Prepare the evaluation of these jobs on the checkpoint in `folder`."""


def names() -> tuple[str, ...]:
    """Return the name of every evaluator, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def find(name: str) -> Evaluator:
    """Import one evaluator by its name.

    Raises:
        UnknownNameError: No file of that name, with the nearest one.
    """
    require_known("evaluator", [name], names())
    return cast(Evaluator, importlib.import_module(f"{__name__}.{name}"))
