"""Load splits of CLUE tasks from a mirror or the hub, and validate every row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import evaluators.clue
from db.rows import DatasetRow
from evaluators.clue import tasks
from evaluators.clue.task import ClueTask
from evaluators.declared import files, key
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.trainer import labelled_data
from evaluators.trainer.labelled_data import Example, LabelledDataset, has_label, without_label
from flows.inputs.clue_files import Rows, declared_split, places, read_rows, source_of
from flows.inputs.known_digests import Summary, file_identity, remembered

if TYPE_CHECKING:
    from evaluators.progress import Progress
    from flows.inputs import InputPlace


def checked(task: ClueTask, name: str, files: Sequence[Rows]) -> LabelledDataset:
    """Validate every row of a split, and return its examples.

    Args:
        task: The task.
        name: The split.
        files: The rows of each of its files, in order.

    Raises:
        DatasetError: On no rows, a row that the task cannot read (an empty text, a label out of
            range, a span outside its text …), a duplicate identity, and a labelled split
            whose labels are missing. The message names the file and the row.
    """
    split = declared_split(task, name)
    source = ", ".join(file.source for file in files)
    first_of: dict[str, str] = {}
    examples: list[Example] = []
    dropped: Counter[str] = Counter()
    for place, example in _read(task, files, split.half):
        if isinstance(example, str):
            dropped[example] += 1
            continue
        if example.id in first_of:
            raise DatasetError(
                f"{place} has the id {example.id!r} of {first_of[example.id]} again: "
                "ids tell examples apart, so correct or remove one of the two"
            )
        first_of[example.id] = place
        if not split.labelled:
            examples.append(without_label(example))
        elif has_label(example):
            examples.append(example)
        elif task.without_label:
            dropped[task.without_label] += 1
        else:
            raise DatasetError(
                f"{place} has no label: the labels of this split are hidden or incomplete, so it "
                "is neither trained on nor scored; name a labelled split of "
                f"{task.name} ({', '.join(_labelled(task))})"
            )
    if not examples:
        reasons = "".join(f"; {count} left out: {reason}" for reason, count in dropped.items())
        hidden = ": its labels are hidden" if dropped[task.without_label] else ": fetch it again"
        raise DatasetError(f"{source} has no rows that can be used{reasons}{hidden}")
    return LabelledDataset(
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
                read = task.read(row, index)
            except DatasetError as error:
                raise DatasetError(f"{file.where(index)}: {error}") from error
            for example in read if isinstance(read, tuple) else (read,):
                if prefix and not isinstance(example, str):
                    example = replace(example, id=prefix + example.id)
                yield file.where(index), example


def _labelled(task: ClueTask) -> list[str]:
    return [name for name, split in task.splits.items() if split.labelled]


def load_split(
    task: ClueTask,
    split: str | None = None,
    *,
    mirrors: Sequence[Path] = (),
    progress: Progress | None = None,
) -> LabelledDataset:
    """Read one split of a task from the first place that has it.

    Args:
        task: The task.
        split: The split; by default the one that is scored.
        mirrors: Folders in the layout of `RANKCHECK_DATA`, in the order of the search.
        progress: Called after each step of a download from the hub.

    Raises:
        DatasetError: No place has the split, or its rows cannot be used; the message names the
            file and the row and says what to do.
    """
    name = split or task.scored
    return checked(task, name, read_rows(task, name, mirrors=mirrors, progress=progress))


def summary(
    task: ClueTask,
    split: str | None = None,
    *,
    mirrors: Sequence[Path] = (),
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Return digest, examples, distinct texts and repeated examples of a split.

    Cached (see `flows.inputs.known_digests`) until the file or the code that reads it changes.

    Raises:
        DatasetError: As `load_split`.
    """
    name = split or task.scored
    located = places(task, name, mirrors)

    def key_now() -> str | None:
        identities: list[object] = []
        for source, place in located:
            if place.path is not None:
                identity = file_identity(place.path)
                if identity is None:
                    return None
                identities.append(identity)
            elif source.revision is None:
                return None  # the hub's main branch may have moved on
            else:
                identities.append([source.hub_id, source.revision, source.config, source.split])
        return json.dumps(["clue", task.name, name, _reading(task), identities])

    def read() -> Summary:
        return summarised(load_split(task, name, mirrors=mirrors, progress=progress))

    return remembered(cache, key_now, read)


def summarised(data: LabelledDataset) -> Summary:
    """Return the digest and the counts of a split's examples and texts."""
    contents = [labelled_data.content(example) for example in data.examples]
    distinct = {text for content in contents for text in content}
    return Summary(data.digest, len(data), len(distinct), len(contents) - len(set(contents)))


def _reading(task: ClueTask) -> str:
    """Return a digest of the code that turns rows into examples."""
    home = Path(next(iter(evaluators.clue.__path__)))
    code = [
        home / "tasks" / f"{files('evaluators.clue.tasks')[key(task.name)]}.py",
        home / "tasks" / "_shared.py",
        Path(labelled_data.__file__),
        *sorted((home / "reading").glob("*.py")),
        Path(__file__),
    ]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in code)).hexdigest()


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of a split."""
    task = tasks.find(ref.task)
    facts = summary(task, ref.split, mirrors=place.settings.data, cache=place.digests)
    return facts.digest


def is_here(ref: DatasetRef, place: InputPlace) -> bool:
    """Return whether all files of a split are in mirrors or in the cache of the hub's library."""
    from flows.inputs.hub import in_cache

    task = tasks.find(ref.task)
    return all(
        found.path is not None or (source.revision is not None and in_cache(source))
        for source, found in places(task, ref.split or task.scored, place.settings.data)
    )


def load(ref: DatasetRef, place: InputPlace) -> LabelledDataset:
    """Read the examples of a split."""
    return load_split(tasks.find(ref.task), ref.split, mirrors=place.settings.data)


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe a split for the store, without counts if it can no longer be read."""
    task = tasks.find(ref.task)
    name = ref.split or task.scored
    source = source_of(task, declared_split(task, name))
    try:
        facts = summary(task, name, mirrors=place.settings.data, cache=place.digests)
    except DatasetError:
        facts = None
    same = facts is not None and facts.digest == digest
    return DatasetRow(
        dataset_digest=digest,
        task=task.name,
        language="zh",
        hub_id=source.hub_id,
        revision=source.revision,
        config=source.config,
        split=name,
        row_count=facts.rows if facts is not None and same else None,
        sentence_count=facts.distinct if facts is not None and same else None,
        licence=task.licence,
        citation=task.citation,
    )
