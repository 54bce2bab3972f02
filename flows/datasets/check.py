"""What `rankcheck datasets list` and `rankcheck datasets check` show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluators.errors import DatasetError
from evaluators.progress import Progress
from evaluators.task import PairTask
from evaluators.tasks import find, names
from flows.datasets.known import Summary, summary
from flows.datasets.places import locate


class Listed(NamedTuple):
    """One split of one task.

    Attributes:
        task: Name of the task.
        language: ISO 639-1 code.
        split: Name of the split.
        scored: Whether this is the split that is scored, rather than one to fit on.
        where: "bundled", "mirror", "hub" (the library's cache has it), "not here" or "broken".
        source: The file or the hub's name and revision.
        rows: Pairs; None where `where` is "not here" or "broken".
        distinct: Distinct sentences of both columns together.
        repeated: Rows whose pair stood in an earlier row.
        digest: Content digest.
        licence: As the source states it.
        problem: What is wrong and what to do about it; empty when nothing is.
        note: What the task says a reader of its scores should know.
    """

    task: str
    language: str
    split: str
    scored: bool
    where: str
    source: str
    rows: int | None
    distinct: int | None
    repeated: int | None
    digest: str | None
    licence: str
    problem: str
    note: str


def listing(
    tasks: Iterable[str] | None = None, *, mirrors: Sequence[Path] = (), cache: Path | None = None
) -> list[Listed]:
    """Return the scored split of each task, quickly: digests come from the cache where it has them.

    Downloads nothing.

    Args:
        tasks: Names; by default all.
        mirrors: Folders in the layout of `RANKCHECK_DATA`.
        cache: As for `flows.datasets.digest`.

    Raises:
        DatasetError: If a name is no task. Problems of the data are rows of the answer instead.
    """
    chosen = [find(name) for name in (names() if tasks is None else tasks)]
    return [_look(task, task.split, mirrors, cache, download=False) for task in chosen]


def check(
    tasks: Iterable[str] | None = None,
    *,
    mirrors: Sequence[Path] = (),
    download: bool = False,
    progress: Progress | None = None,
) -> list[Listed]:
    """Read every split that a task scores or fits on, whole, and say what is wrong.

    Args:
        tasks: As for `listing`.
        mirrors: As for `listing`.
        download: Whether to load from the hub what is not here.
        progress: Called before each split and after the last.

    Raises:
        DatasetError: As `listing`.
    """
    chosen = [find(name) for name in (names() if tasks is None else tasks)]
    splits = [
        (task, split) for task in chosen for split in dict.fromkeys((task.split, *task.fit_splits))
    ]
    listed = []
    for done, (task, split) in enumerate(splits):
        if progress is not None:
            progress(f"{task.name}/{split}", done, len(splits))
        listed.append(_look(task, split, mirrors, None, download=download))
    if progress is not None:
        progress("checked", len(splits), len(splits))
    return listed


def _look(
    task: PairTask, split: str, mirrors: Sequence[Path], cache: Path | None, *, download: bool
) -> Listed:
    source = f"{task.hub_id}@{task.revision}"
    where, found, problem = "broken", None, ""
    try:
        place = locate(task, split, mirrors)
        source = source if place.path is None else str(place.path)
        if place.path is None and not download and not _on_disk(task):
            where, problem = "not here", _fetch_it(task, split)
        else:
            found = summary(task, split=split, mirrors=mirrors, cache=cache)
            where, problem = place.kind, _other_count(task, split, found)
    except DatasetError as error:
        problem = str(error)
    return Listed(
        task=task.name,
        language=task.language,
        split=split,
        scored=split == task.split,
        where=where,
        source=source,
        rows=found.rows if found else None,
        distinct=found.distinct if found else None,
        repeated=found.repeated if found else None,
        digest=found.digest if found else None,
        licence=task.licence,
        problem=problem,
        note=task.note,
    )


def _on_disk(task: PairTask) -> bool:
    from flows.datasets.hub import in_cache

    return in_cache(task)


def _fetch_it(task: PairTask, split: str) -> str:
    from flows.datasets.places import wanted

    return (
        f"not downloaded yet: the first run loads {task.hub_id} from the hub, or put "
        f"{wanted(task, split)} into a folder that RANKCHECK_DATA names"
    )


def _other_count(task: PairTask, split: str, found: Summary) -> str:
    if split != task.split or task.pairs is None or found.rows == task.pairs:
        return ""
    return (
        f"{found.rows} rows, while the source publishes {task.pairs}: an incomplete or altered "
        f"copy, whose scores are not those of {task.name}"
    )
