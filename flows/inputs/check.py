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
from flows.inputs.places import wanted

Task = TypeVar("Task", PairTask, ClueTask)


class Listed(NamedTuple):
    """One split of one task.

    Attributes:
        task: Name of the task.
        language: ISO 639-1 code.
        split: Name of the split.
        scored: Whether this is the split that is scored, rather than one to fit on.
        where: "bundled", "mirror", "hub" (in the library's cache), "not here" or "broken".
        source: The file or the hub's name and revision.
        rows: Pairs; None where `where` is "not here" or "broken".
        distinct: Distinct sentences of both columns together.
        repeated: Rows whose pair is the same as in an earlier row.
        digest: Content digest.
        licence: Licence, as the source states it.
        problem: The problem and its remedy; empty if there is none.
        note: The task's note for readers of its scores.
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
    return [_describe(task, task.split, mirrors, cache, download=False) for task in chosen]


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
    return _describe_each(
        splits,
        lambda task, split: _describe(task, split, mirrors, None, download=download),
        progress,
    )


def _describe(
    task: PairTask, split: str, mirrors: Sequence[Path], cache: Path | None, *, download: bool
) -> Listed:
    source = f"{task.hub_id}@{task.revision}"
    location, facts, problem = "broken", None, ""
    try:
        _, place = pairs.located(task, split, mirrors)
        source = source if place.path is None else str(place.path)
        if place.path is None and not download and not in_cache(task):
            location, problem = "not here", _how_to_get(task, split)
        else:
            facts = pairs.summary(task, split=split, mirrors=mirrors, cache=cache)
            location, problem = place.kind, _wrong_count(task, split, facts)
    except DatasetError as error:
        problem = str(error)
    scored = split == task.split
    return _listed(task, task.language, split, scored, location, source, facts, problem, task.note)


def _how_to_get(task: PairTask, split: str) -> str:
    return (
        f"not downloaded yet: the first run loads {task.hub_id} from the hub, or put "
        f"{wanted(task, split)} into a folder that RANKCHECK_DATA names"
    )


def _wrong_count(task: PairTask, split: str, facts: Summary) -> str:
    if split != task.split or task.pairs is None or facts.rows == task.pairs:
        return ""
    return (
        f"{facts.rows} rows, while the source has {task.pairs}: an incomplete or altered "
        f"copy, whose scores are not those of {task.name}"
    )


def list_clue(
    tasks: Iterable[str] | None = None, *, mirrors: Sequence[Path] = (), cache: Path | None = None
) -> list[Listed]:
    """Return the scored split of each task, and its own training split if it has one.

    Downloads nothing; digests come from the cache where it has them.

    Args:
        tasks: Names; by default all.
        mirrors: Folders in the layout of `RANKCHECK_DATA`.
        cache: JSON file that remembers digests; None remembers nothing.

    Raises:
        DatasetError: A name is not a task. Problems of the data are rows of the answer instead.
    """
    return [
        _describe_clue(task, split, mirrors, cache, whole=False, download=False)
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
    """Read every available split, and each task's training and scored split, in full.

    Args:
        tasks: As for `list_clue`.
        mirrors: As for `list_clue`.
        download: Whether to load from the hub what is not here.
        progress: Called before each split and after the last.

    Raises:
        DatasetError: As `list_clue`.
    """
    splits = [
        (task, split) for task in _chosen(tasks) for split in _available_splits(task, mirrors)
    ]
    return _describe_each(
        splits,
        lambda task, split: _describe_clue(
            task, split, mirrors, None, whole=True, download=download
        ),
        progress,
    )


def _chosen(tasks: Iterable[str] | None) -> list[ClueTask]:
    return [clue_tasks.find(name) for name in (clue_tasks.names() if tasks is None else tasks)]


def _defaults(task: ClueTask) -> list[str]:
    trained, _, split = task.train.partition("/")
    return [task.scored, *([split] if trained == task.name else [])]


def _available_splits(task: ClueTask, mirrors: Sequence[Path]) -> Iterator[str]:
    yield from (defaults := _defaults(task))
    for split in task.splits:
        try:
            available = at_hand(task, split, mirrors)
        except DatasetError:
            available = True  # reading the split reports the problem
        if available and split not in defaults:
            yield split


def at_hand(task: ClueTask, split: str, mirrors: Sequence[Path]) -> bool:
    """Return whether the mirrors hold a split.

    Raises:
        DatasetError: As `flows.inputs.places.locate`.
    """
    return all(place.path is not None for _, place in places(task, split, mirrors))


def _describe_clue(
    task: ClueTask,
    split: str,
    mirrors: Sequence[Path],
    cache: Path | None,
    *,
    whole: bool,
    download: bool,
) -> Listed:
    location, source, problem, note = "broken", f"{task.hub_id}/{task.config}", "", task.note
    facts: Summary | None = None
    try:
        located = places(task, split, mirrors)
        source = ", ".join(
            str(place.path or source_of_file.hub_id) for source_of_file, place in located
        )
        absent = [source_of_file for source_of_file, place in located if place.path is None]
        if (
            any(
                source_of_file.revision is None or not in_cache(source_of_file)
                for source_of_file in absent
            )
            and not download
        ):
            location = "not here"
            file = wanted(absent[0], absent[0].split)
            problem = (
                f"not downloaded yet: put {file} into a folder that RANKCHECK_DATA names, or run "
                "while the hub can be reached"
            )
        else:
            location = "hub" if absent else "mirror"
            if whole:
                data = load_split(task, split, mirrors=mirrors)
                facts, note = summarised(data), _left_out(data)
            else:
                facts = clue.summary(task, split, mirrors=mirrors, cache=cache)
    except DatasetError as error:
        location, problem = "broken", str(error)
    scored = split == task.scored
    return _listed(task, "zh", split, scored, location, source, facts, problem, note)


def _describe_each(
    splits: Sequence[tuple[Task, str]],
    describe: Callable[[Task, str], Listed],
    progress: Progress | None,
) -> list[Listed]:
    """Describe each split in turn, and report the progress."""
    rows = []
    for done, (task, split) in enumerate(splits):
        if progress is not None:
            progress(f"{task.name}/{split}", done, len(splits))
        rows.append(describe(task, split))
    if progress is not None:
        progress("checked", len(splits), len(splits))
    return rows


def _listed(
    task: PairTask | ClueTask,
    language: str,
    split: str,
    scored: bool,
    location: str,
    source: str,
    facts: Summary | None,
    problem: str,
    note: str,
) -> Listed:
    return Listed(
        task=task.name,
        language=language,
        split=split,
        scored=scored,
        where=location,
        source=source,
        rows=facts.rows if facts else None,
        distinct=facts.distinct if facts else None,
        repeated=facts.repeated if facts else None,
        digest=facts.digest if facts else None,
        licence=task.licence,
        problem=problem,
        note=note,
    )


def _left_out(data: LabelledDataset) -> str:
    return "; ".join(f"{count} rows left out: {reason}" for reason, count in data.dropped)
