"""List and check datasets for `rankcheck datasets list` and `check`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from evaluators import tasks as pair_tasks
from evaluators.clue import tasks as clue_tasks
from evaluators.clue.task import ClueTask
from evaluators.errors import DatasetError
from evaluators.progress import Progress
from evaluators.task import PairTask
from evaluators.trainer.labelled_data import LabelledDataset
from flows.inputs import clue, pairs
from flows.inputs.clue import load_split, summarised
from flows.inputs.clue_files import places
from flows.inputs.hub import in_cache
from flows.inputs.known_digests import Summary
from flows.inputs.places import locate, wanted

Task = TypeVar("Task", PairTask, ClueTask)


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
    """Return the scored split of each task, with digests from the cache if available.

    Downloads nothing.

    Args:
        tasks: Names; by default all.
        mirrors: Folders in the layout of `RANKCHECK_DATA`.
        cache: JSON file that remembers digests; None remembers nothing.

    Raises:
        DatasetError: A name is not a task. Problems of the data are rows of the answer instead.
    """
    chosen = [pair_tasks.find(name) for name in (pair_tasks.names() if tasks is None else tasks)]
    return [_look(task, task.split, mirrors, cache, download=False) for task in chosen]


def check(
    tasks: Iterable[str] | None = None,
    *,
    mirrors: Sequence[Path] = (),
    download: bool = False,
    progress: Progress | None = None,
) -> list[Listed]:
    """Read every split that a task scores or fits on, and report its problems.

    Args:
        tasks: As for `listing`.
        mirrors: As for `listing`.
        download: Whether to load from the hub what is not here.
        progress: Called before each split and after the last.

    Raises:
        DatasetError: As `listing`.
    """
    chosen = [pair_tasks.find(name) for name in (pair_tasks.names() if tasks is None else tasks)]
    splits = [
        (task, split) for task in chosen for split in dict.fromkeys((task.split, *task.fit_splits))
    ]
    return _each(
        splits, lambda task, split: _look(task, split, mirrors, None, download=download), progress
    )


def _look(
    task: PairTask, split: str, mirrors: Sequence[Path], cache: Path | None, *, download: bool
) -> Listed:
    source = f"{task.hub_id}@{task.revision}"
    where, found, problem = "broken", None, ""
    try:
        place = locate(task, split, mirrors)
        source = source if place.path is None else str(place.path)
        if place.path is None and not download and not in_cache(task):
            where, problem = "not here", _fetch_it(task, split)
        else:
            found = pairs.summary(task, split=split, mirrors=mirrors, cache=cache)
            where, problem = place.kind, _other_count(task, split, found)
    except DatasetError as error:
        problem = str(error)
    scored = split == task.split
    return _listed(task, task.language, split, scored, where, source, found, problem, task.note)


def _fetch_it(task: PairTask, split: str) -> str:
    return (
        f"not downloaded yet: the first run loads {task.hub_id} from the hub, or put "
        f"{wanted(task, split)} into a folder that RANKCHECK_DATA names"
    )


def _other_count(task: PairTask, split: str, found: Summary) -> str:
    if split != task.split or task.pairs is None or found.rows == task.pairs:
        return ""
    return (
        f"{found.rows} rows, while the source has {task.pairs}: an incomplete or altered "
        f"copy, whose scores are not those of {task.name}"
    )


def list_clue(
    tasks: Iterable[str] | None = None, *, mirrors: Sequence[Path] = (), cache: Path | None = None
) -> list[Listed]:
    """Return the scored split of each task, and the one it is trained on where that is its own.

    Downloads nothing; digests come from the cache where it has them.

    Args:
        tasks: Names; by default all.
        mirrors: Folders in the layout of `RANKCHECK_DATA`.
        cache: JSON file that remembers digests; None remembers nothing.

    Raises:
        DatasetError: A name is not a task. Problems of the data are rows of the answer instead.
    """
    return [
        _look_clue(task, split, mirrors, cache, whole=False, download=False)
        for task in _chosen(tasks)
        for split in _defaults(task)
    ]


def check_clue(
    tasks: Iterable[str] | None = None,
    *,
    mirrors: Sequence[Path] = (),
    download: bool = False,
    progress: Progress | None = None,
) -> list[Listed]:
    """Read every split that is here, and those a task trains on and scores, whole.

    Args:
        tasks: As for `list_clue`.
        mirrors: As for `list_clue`.
        download: Whether to load from the hub what is not here.
        progress: Called before each split and after the last.

    Raises:
        DatasetError: As `list_clue`.
    """
    splits = [(task, split) for task in _chosen(tasks) for split in _here(task, mirrors)]
    return _each(
        splits,
        lambda task, split: _look_clue(task, split, mirrors, None, whole=True, download=download),
        progress,
    )


def _chosen(tasks: Iterable[str] | None) -> list[ClueTask]:
    return [clue_tasks.find(name) for name in (clue_tasks.names() if tasks is None else tasks)]


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
        DatasetError: As `flows.inputs.places.locate`.
    """
    return all(place.path is not None for _, place in places(task, split, mirrors))


def _look_clue(
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
                "while the hub can be reached"
            )
        else:
            where = "hub" if absent else "mirror"
            if whole:
                data = load_split(task, split, mirrors=mirrors)
                found, note = summarised(data), _left_out(data)
            else:
                found = clue.summary(task, split, mirrors=mirrors, cache=cache)
    except DatasetError as error:
        where, problem = "broken", str(error)
    scored = split == task.scored
    return _listed(task, "zh", split, scored, where, source, found, problem, note)


def _each(
    splits: Sequence[tuple[Task, str]],
    look: Callable[[Task, str], Listed],
    progress: Progress | None,
) -> list[Listed]:
    """Look at one split after another, and report how far it has come."""
    listed = []
    for done, (task, split) in enumerate(splits):
        if progress is not None:
            progress(f"{task.name}/{split}", done, len(splits))
        listed.append(look(task, split))
    if progress is not None:
        progress("checked", len(splits), len(splits))
    return listed


def _listed(
    task: PairTask | ClueTask,
    language: str,
    split: str,
    scored: bool,
    where: str,
    source: str,
    found: Summary | None,
    problem: str,
    note: str,
) -> Listed:
    return Listed(
        task=task.name,
        language=language,
        split=split,
        scored=scored,
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


def _left_out(data: LabelledDataset) -> str:
    return "; ".join(f"{count} rows left out: {reason}" for reason, count in data.dropped)
