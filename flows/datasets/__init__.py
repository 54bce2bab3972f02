"""Finding and reading the rows of a task: bundled sample, then mirror, then the hub.

Importing this package imports neither pyarrow nor the hub's libraries: a night with nothing to do
needs only `digest`, and that only the digests it remembers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.dataset import PairDataset
    from evaluators.progress import Progress
    from evaluators.task import PairTask

__all__ = ["digest", "load"]


def load(
    task: PairTask,
    *,
    split: str | None = None,
    mirrors: Sequence[Path] = (),
    progress: Progress | None = None,
) -> PairDataset:
    """Read one split of a task from the first place that has it.

    Args:
        task: The task.
        split: The split; by default the one that is scored.
        mirrors: Folders in the layout of `RANKCHECK_DATA`, in the order they are asked.
        progress: Told about the steps of a download from the hub.

    Raises:
        DatasetError: If no place has the split, or its rows cannot be used; the message names the
            file and the row and says what to do.
    """
    from flows.datasets.places import locate
    from flows.datasets.rows import checked

    place = locate(task, split or task.split, mirrors)
    if place.path is not None:
        from flows.datasets.files import read

        raw = read(place.path, task)
    else:
        from flows.datasets.hub import fetch

        raw = fetch(task, place.split, mirrors=mirrors, progress=progress)
    return checked(task, place.split, raw)


def digest(
    task: PairTask,
    *,
    split: str | None = None,
    mirrors: Sequence[Path] = (),
    cache: Path | None = None,
    progress: Progress | None = None,
) -> str:
    """Return the content digest of one split, from memory where nothing has changed.

    Args:
        task: The task.
        split: The split; by default the one that is scored.
        mirrors: As for `load`.
        cache: JSON file that remembers digests, made when missing; None remembers nothing.
        progress: As for `load`.

    Raises:
        DatasetError: As `load`.
    """
    from flows.datasets.known import summary

    return summary(task, split=split, mirrors=mirrors, cache=cache, progress=progress).digest
