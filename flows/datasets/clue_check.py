"""What `rankcheck datasets list` and `rankcheck datasets check` show of CLUE tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from evaluators.clue.dataset import ClueDataset
from evaluators.clue.task import ClueTask
from evaluators.clue.tasks import find, names
from evaluators.errors import DatasetError
from evaluators.progress import Progress
from flows.datasets.check import Listed
from flows.datasets.clue import load, summarised, summary
from flows.datasets.clue_files import places
from flows.datasets.hub import in_cache
from flows.datasets.known import Summary
from flows.datasets.places import wanted


def listing(
    tasks: Iterable[str] | None = None, *, mirrors: Sequence[Path] = (), cache: Path | None = None
) -> list[Listed]:
    """Return the scored split of each task, and the one it is trained on where that is its own.

    Downloads nothing; digests come from the cache where it has them.

    Args:
        tasks: Names; by default all.
        mirrors: Folders in the layout of `RANKCHECK_DATA`.
        cache: As for `flows.datasets.digest`.

    Raises:
        DatasetError: A name is no task. Problems of the data are rows of the answer instead.
    """
    return [
        _look(task, split, mirrors, cache, whole=False, download=False)
        for task in _chosen(tasks)
        for split in _defaults(task)
    ]


def check(
    tasks: Iterable[str] | None = None,
    *,
    mirrors: Sequence[Path] = (),
    download: bool = False,
    progress: Progress | None = None,
) -> list[Listed]:
    """Read every split that is here, and those a task trains on and scores, whole.

    Args:
        tasks: As for `listing`.
        mirrors: As for `listing`.
        download: Whether to load from the hub what is not here.
        progress: Called before each split and after the last.

    Raises:
        DatasetError: As `listing`.
    """
    splits = [(task, split) for task in _chosen(tasks) for split in _here(task, mirrors)]
    listed = []
    for done, (task, split) in enumerate(splits):
        if progress is not None:
            progress(f"{task.name}/{split}", done, len(splits))
        listed.append(_look(task, split, mirrors, None, whole=True, download=download))
    if progress is not None:
        progress("checked", len(splits), len(splits))
    return listed


def _chosen(tasks: Iterable[str] | None) -> list[ClueTask]:
    return [find(name) for name in (names() if tasks is None else tasks)]


def _defaults(task: ClueTask) -> list[str]:
    trained, _, split = task.train.partition("/")
    return [task.scored, *([split] if trained == task.name else [])]


def _here(task: ClueTask, mirrors: Sequence[Path]) -> Iterator[str]:
    yield from (defaults := _defaults(task))
    for split in task.splits:
        try:
            here = at_hand(task, split, mirrors)
        except DatasetError:
            here = True  # what is wrong with it is told where it is read
        if here and split not in defaults:
            yield split


def at_hand(task: ClueTask, split: str, mirrors: Sequence[Path]) -> bool:
    """Say whether mirrors hold a split.

    Raises:
        DatasetError: As `flows.datasets.places.locate`.
    """
    return all(place.path is not None for _, place in places(task, split, mirrors))


def _look(
    task: ClueTask,
    split: str,
    mirrors: Sequence[Path],
    cache: Path | None,
    *,
    whole: bool,
    download: bool,
) -> Listed:
    where, source, problem, note = "broken", f"{task.hub_id}/{task.config}", "", task.note
    found: Summary | None = None
    try:
        put = places(task, split, mirrors)
        source = ", ".join(str(place.path or one.hub_id) for one, place in put)
        absent = [one for one, place in put if place.path is None]
        if any(one.revision is None or not in_cache(one) for one in absent) and not download:
            where = "not here"
            file = wanted(absent[0], absent[0].split)
            problem = (
                f"not downloaded yet: put {file} into a folder that RANKCHECK_DATA names, or run "
                "with the hub in reach"
            )
        else:
            where = "hub" if absent else "mirror"
            if whole:
                data = load(task, split, mirrors=mirrors)
                found, note = summarised(data), _left_out(data)
            else:
                found = summary(task, split, mirrors=mirrors, cache=cache)
    except DatasetError as error:
        where, problem = "broken", str(error)
    return Listed(
        task=task.name,
        language="zh",
        split=split,
        scored=split == task.scored,
        where=where,
        source=source,
        rows=found.rows if found else None,
        distinct=found.distinct if found else None,
        repeated=found.repeated if found else None,
        digest=found.digest if found else None,
        licence=task.licence,
        problem=problem,
        note=note,
    )


def _left_out(data: ClueDataset) -> str:
    return "; ".join(f"{count} rows left out: {reason}" for reason, count in data.dropped)
