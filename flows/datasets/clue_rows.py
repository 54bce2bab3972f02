"""From rows of a CLUE task as found to examples that may be used: all of them are checked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evaluators.clue.dataset import ClueDataset
from evaluators.clue.examples import Example, has_label, without_label
from evaluators.clue.task import ClueTask
from evaluators.errors import DatasetError
from flows.datasets.clue_files import Rows, declared_split


def checked(task: ClueTask, name: str, files: Sequence[Rows]) -> ClueDataset:
    """Return the examples of a split once nothing is wrong with any of its rows.

    Args:
        task: The task.
        name: The split.
        files: The rows of each of its files, in order.

    Raises:
        DatasetError: On no rows, a row that the task cannot read (an empty text, a label out of
            range, a span outside its text …), an identity that stands twice, and a labelled split
            whose labels are missing. The message names the file and the row.
    """
    split = declared_split(task, name)
    source = ", ".join(file.source for file in files)
    first_of: dict[str, str] = {}
    examples: list[Example] = []
    dropped: Counter[str] = Counter()
    for where, example in _read(task, files, split.half):
        if isinstance(example, str):
            dropped[example] += 1
            continue
        if example.id in first_of:
            raise DatasetError(
                f"{where} has the id {example.id!r}, which {first_of[example.id]} has already: "
                "ids tell examples apart, so correct or remove one of the two"
            )
        first_of[example.id] = where
        if not split.labelled:
            examples.append(without_label(example))
        elif has_label(example):
            examples.append(example)
        elif task.without_label:
            dropped[task.without_label] += 1
        else:
            raise DatasetError(
                f"{where} has no label: the labels of this split are hidden or incomplete, so it "
                "is neither trained on nor scored; name a labelled split of "
                f"{task.name} ({', '.join(_labelled(task))})"
            )
    if not examples:
        why = "".join(f"; {count} left out: {reason}" for reason, count in dropped.items())
        hidden = ": its labels are hidden" if dropped[task.without_label] else ": fetch it again"
        raise DatasetError(f"{source} has no rows that can be used{why}{hidden}")
    return ClueDataset(
        task=task.name,
        split=name,
        family=task.family,
        labels=task.labels,
        examples=tuple(examples),
        dropped=tuple(sorted(dropped.items())),
        source=source,
    )


def _read(
    task: ClueTask, files: Sequence[Rows], half: str | None
) -> Iterator[tuple[str, Example | str]]:
    for file in files:
        # Rows of several files count from 0 in each, so their identities need the file's name.
        prefix = f"{file.source.rpartition('/')[2].partition('.')[0]}-" if len(files) > 1 else ""
        for index, row in enumerate(file.rows):
            if half is not None and index % 2 != (half == "odd"):
                continue
            try:
                found = task.read(row, index)
            except DatasetError as error:
                raise DatasetError(f"{file.where(index)}: {error}") from error
            for one in found if isinstance(found, tuple) else (found,):
                if prefix and not isinstance(one, str):
                    one = replace(one, id=prefix + one.id)
                yield file.where(index), one


def _labelled(task: ClueTask) -> list[str]:
    return [name for name, split in task.splits.items() if split.labelled]
