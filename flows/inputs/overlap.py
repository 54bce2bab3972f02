"""Count the training examples of tasks that are also scored, or nearly, for `datasets overlap`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluators.clue import tasks as clue_tasks
from evaluators.clue.leaks import overlap
from evaluators.clue.near_duplicates import near_duplicates
from evaluators.errors import DatasetError
from evaluators.progress import Progress
from flows.inputs.check import at_hand
from flows.inputs.clue import load_split


class SharedExample(NamedTuple):
    """A training example and the scored example that it repeats.

    Attributes:
        task: Task that is scored.
        train: Id of the training example.
        scored: Id of the scored example.
        similarity: Jaccard similarity of their texts; 1 where they differ in marks at most.
        exact: Whether they are the same but for width, case and white space.
    """

    task: str
    train: str
    scored: str
    similarity: float
    exact: bool


class TaskOverlap(NamedTuple):
    """What the training set of a task shares with its scored split.

    Attributes:
        task: Name of the task.
        train: Training set, as `task/split`.
        split: Scored split.
        n_train: Examples of the training set.
        n_scored: Examples of the scored split.
        shared: The examples that are in both, exactly or nearly.
        problem: Why it is not known; empty where it is.
    """

    task: str
    train: str
    split: str
    n_train: int
    n_scored: int
    shared: tuple[SharedExample, ...]
    problem: str = ""

    @property
    def exact(self) -> int:
        """Training examples that are also scored."""
        return sum(pair.exact for pair in self.shared)

    @property
    def near(self) -> int:
        """Training examples that nearly repeat a scored one."""
        return len(self.shared) - self.exact


def overlaps(
    names: Iterable[str], *, mirrors: Sequence[Path] = (), progress: Progress | None = None
) -> list[TaskOverlap]:
    """Compare the training set of each task with its scored split.

    Args:
        names: Names of CLUE or FewCLUE tasks.
        mirrors: Folders in the layout of `RANKCHECK_DATA`; nothing is downloaded.
        progress: Called before each task and after the last.
    """
    chosen = tuple(names)
    rows = []
    for done, name in enumerate(chosen):
        if progress is not None:
            progress(name, done, len(chosen))
        rows.append(_overlap(name, mirrors))
    if progress is not None and chosen:
        progress(chosen[-1], len(chosen), len(chosen))
    return rows


def _overlap(name: str, mirrors: Sequence[Path]) -> TaskOverlap:
    task = clue_tasks.find(name)
    trained, _, split = task.train.partition("/")
    try:
        other = clue_tasks.find(trained)
        if not (at_hand(other, split, mirrors) and at_hand(task, task.scored, mirrors)):
            problem = "not here: rankcheck datasets list says where its files are looked for"
            return TaskOverlap(name, task.train, task.scored, 0, 0, (), problem)
        train = load_split(other, split, mirrors=mirrors)
        scored = load_split(task, task.scored, mirrors=mirrors)
    except DatasetError as error:
        return TaskOverlap(name, task.train, task.scored, 0, 0, (), str(error))
    same = set(overlap(train, scored).train)
    shared = tuple(
        SharedExample(
            name,
            train.examples[pair.train].id,
            scored.examples[pair.scored].id,
            pair.similarity,
            pair.train in same,
        )
        for pair in near_duplicates(train, scored)
    )
    return TaskOverlap(name, task.train, task.scored, len(train), len(scored), shared)
