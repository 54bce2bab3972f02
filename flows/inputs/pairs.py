"""Load graded sentence pairs from a sample, mirror or the hub, and validate them.

The rows of a task are looked for in the bundled sample, then in mirrors, then on the hub.
This module imports neither pyarrow nor the hub's libraries: a plan run with nothing to do
needs only `digest`, which then reads only the cached digests.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.rows import DatasetRow
from evaluators import tasks
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.task import PairTask
from flows.inputs.files import Raw
from flows.inputs.known_digests import Summary, file_identity, remembered
from flows.inputs.places import Place, locate

if TYPE_CHECKING:
    from evaluators.dataset import PairDataset
    from evaluators.progress import Progress
    from flows.inputs import InputPlace

_FORMAT = 1


def checked(task: PairTask, split: str, raw: Raw) -> PairDataset:
    """Validate every row of a split, and return the rows.

    Rows that repeat are allowed: published data sets have them, and their scores count them.

    Raises:
        DatasetError: On no rows, a missing or empty sentence, a gold value that is missing, not a
            number, NaN, infinite, outside the task's range or the same everywhere, and on a split
            whose labels are hidden. The message names the file and the first such row.
    """
    # numpy is imported where rows are read: a plan run with nothing to do reads none.
    import numpy as np

    from evaluators.dataset import PairDataset

    if not raw.first:
        raise DatasetError(f"{raw.source} has no rows: fetch it again")
    labels = task.labels
    if labels is not None:
        raw = _relabelled(task, labels, raw)
    for name, sentences in zip(task.columns[:2], (raw.first, raw.second), strict=True):
        _validate_text(raw, name, sentences, "sentence")
    if raw.subsets is not None:
        _validate_text(raw, str(task.subset_column), raw.subsets, "sub-dataset")
    return PairDataset(
        task=task.name,
        split=split,
        first=tuple(raw.first),
        second=tuple(raw.second),
        gold=np.asarray(_gold(task, raw), dtype=np.float64),
        subsets=None if raw.subsets is None else tuple(raw.subsets),
        source=raw.source,
    )


def _relabelled(task: PairTask, labels: Mapping[int, float | None], raw: Raw) -> Raw:
    """Return the rows that a task counts, with gold values for their labels."""
    kept = []
    for index, label in enumerate(raw.gold):
        # bool is an int to Python, and equal to a label.
        number = isinstance(label, int | float) and not isinstance(label, bool)
        if not number or label not in labels:
            raise DatasetError(
                f"{raw.where(index)}: the label {label!r} is none of"
                f" {', '.join(map(str, sorted(labels)))}: correct it, or declare in the task"
                f" {task.name} what it means"
            )
        if labels[label] is not None:
            kept.append(index)
    if not kept:
        raise DatasetError(f"{raw.source} has no rows that {task.name} counts: fetch it again")

    def of(values: Sequence[Any]) -> list[Any]:
        return [values[index] for index in kept]

    return replace(
        raw,
        first=of(raw.first),
        second=of(raw.second),
        gold=[labels[label] for label in of(raw.gold)],
        subsets=None if raw.subsets is None else of(raw.subsets),
        rows=kept,
    )


def _validate_text(raw: Raw, column: str, values: Sequence[Any], noun: str) -> None:
    for index, text in enumerate(values):
        if not isinstance(text, str):
            value = "nothing" if text is None else f"{text!r}, which is not text"
            raise DatasetError(f"{raw.where(index)}: column {column!r} holds {value}")
        if not text or text.isspace():
            raise DatasetError(
                f"{raw.where(index)}: the {noun} in column {column!r} is empty: remove the row "
                "or restore its text"
            )
        # JSON can spell half of a character, which no tokenizer and no digest can take.
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise DatasetError(
                f"{raw.where(index)}: column {column!r} holds a lone surrogate, half of a "
                "character: restore the text"
            )


def _gold(task: PairTask, raw: Raw) -> Sequence[float]:
    low, high = task.gold_range
    for index, value in enumerate(raw.gold):
        # The hub marks a hidden label by a negative one outside the range.
        if value is None or (value == -1 and low > -1):
            hidden = sum(1 for other in raw.gold if other is None or other == -1)
            raise DatasetError(
                f"{raw.where(index)} has no gold value ({'none' if value is None else '-1'}), as "
                f"{hidden} of {len(raw.gold)} rows: the labels of this split are hidden or "
                "incomplete, so it is not scored; name a labelled split, validation for example"
            )
        # bool is an int to Python, but True is a label and not a similarity.
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise DatasetError(f"{raw.where(index)}: the gold value {value!r} is not a number")
        if isinstance(value, float) and not math.isfinite(value):
            raise DatasetError(
                f"{raw.where(index)}: the gold value is {value}, which is not a score"
            )
        if not low <= value <= high:
            raise DatasetError(
                f"{raw.where(index)}: the gold value {value!s:.24} is outside {low:g} to {high:g}: "
                f"correct it, or the range that the task {task.name} declares"
            )
        if task.type == "PairClassification" and value not in (0, 1):
            raise DatasetError(
                f"{raw.where(index)}: the label {value!s:.24} must be 0 or 1, as {task.name} is a"
                " task of pair classification: correct it, or declare the task's labels"
            )
    if all(value == raw.gold[0] for value in raw.gold):
        undefined = (
            "there is one class only"
            if task.type == "PairClassification"
            else "no correlation is defined"
        )
        raise DatasetError(
            f"{raw.source}: all {len(raw.gold)} gold values are {raw.gold[0]:g}, so {undefined}: "
            "a wrong column, or a placeholder for hidden labels"
        )
    return raw.gold


def load_task(
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
        mirrors: Folders in the layout of `RANKCHECK_DATA`, in the order of the search.
        progress: Called after each step of a download from the hub.

    Raises:
        DatasetError: If no place has the split, or its rows cannot be used; the message names the
            file and the row and says what to do.
    """
    declared, place = located(task, split or task.split, mirrors)
    if place.path is not None:
        from flows.inputs.files import read

        raw = read(place.path, declared)
    else:
        from flows.inputs.hub import fetch

        raw = fetch(task, place.split, mirrors=mirrors, progress=progress)
    return checked(declared, place.split, raw)


def located(task: PairTask, split: str, mirrors: Sequence[Path]) -> tuple[PairTask, Place]:
    """Return the first place of a split, and the task with that place's columns and labels.

    Raises:
        DatasetError: As `flows.inputs.places.locate`.
    """
    place = locate(task, split, mirrors)
    if place.kind == "hub":
        for copy in map(task.read_as, task.copies):
            of_copy = locate(copy, split, mirrors)
            if of_copy.path is not None:
                return copy, of_copy
    return task, place


def summary(
    task: PairTask,
    *,
    split: str | None = None,
    mirrors: Sequence[Path] = (),
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Return digest, rows, distinct sentences and repeated pairs of a split.

    A file counts as unchanged while its path, size, modification and change times are the same; a
    hub revision never changes.  A cache that cannot be read is replaced, and one that cannot be
    written is not used.

    Raises:
        DatasetError: As `load_task`.
    """
    declared, place = located(task, split or task.split, mirrors)

    def read() -> Summary:
        data = load_task(task, split=split, mirrors=mirrors, progress=progress)
        pairs = list(zip(data.first, data.second, strict=True))
        return Summary(
            digest=data.digest,
            rows=len(data),
            distinct=len({*data.first, *data.second}),
            repeated=len(pairs) - len(set(pairs)),
        )

    return remembered(cache, lambda: _key(declared, place), read)


def task_digest(
    task: PairTask,
    *,
    split: str | None = None,
    mirrors: Sequence[Path] = (),
    cache: Path | None = None,
    progress: Progress | None = None,
) -> str:
    """Return the content digest of one split, from the cache if nothing has changed.

    Args:
        task: The task.
        split: The split; by default the one that is scored.
        mirrors: As for `load_task`.
        cache: JSON file that remembers digests, made when missing; None remembers nothing.
        progress: As for `load_task`.

    Raises:
        DatasetError: As `load_task`.
    """
    return summary(task, split=split, mirrors=mirrors, cache=cache, progress=progress).digest


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of a split."""
    return task_digest(
        tasks.find(ref.task),
        split=ref.split,
        mirrors=place.settings.data,
        cache=place.digests,
    )


def is_here(ref: DatasetRef, place: InputPlace) -> bool:
    """Return whether a split is bundled, in a mirror or in the cache of the hub's library."""
    from flows.inputs.hub import in_cache

    task = tasks.find(ref.task)
    found = locate(task, ref.split or task.split, place.settings.data)
    return found.path is not None or in_cache(task)


def load(ref: DatasetRef, place: InputPlace) -> PairDataset:
    """Read the rows of a split."""
    return load_task(tasks.find(ref.task), split=ref.split, mirrors=place.settings.data)


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe a split for the store, without counts if it can no longer be read."""
    task = tasks.find(ref.task)
    try:
        facts = summary(task, split=ref.split, mirrors=place.settings.data, cache=place.digests)
    except DatasetError:
        facts = None
    same = facts is not None and facts.digest == digest
    return DatasetRow(
        dataset_digest=digest,
        task=task.name,
        language=task.language,
        hub_id=task.hub_id,
        revision=task.revision,
        config=task.config,
        split=ref.split or task.split,
        row_count=facts.rows if facts is not None and same else None,
        sentence_count=facts.distinct if facts is not None and same else None,
        licence=task.licence,
        citation=task.citation,
    )


def _key(task: PairTask, place: Place) -> str | None:
    reading: list[object] = [_FORMAT, task.name, place.split, task.columns, task.subset_column]
    reading.append(task.gold_range)
    if task.labels is not None:
        reading.append(sorted(task.labels.items()))
    if place.path is None:
        return json.dumps([task.hub_id, task.revision, task.config, *reading])
    identity = file_identity(place.path)
    return None if identity is None else json.dumps([*identity, *reading])
