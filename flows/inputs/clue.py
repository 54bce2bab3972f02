"""Splits of CLUE tasks: a mirror, or the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.rows import DatasetRow
from evaluators.clue import tasks
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows.datasets import clue
from flows.datasets.clue_files import declared_split, source_of

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset
    from flows.inputs import InputPlace


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of a split."""
    task = tasks.find(ref.task)
    found = clue.summary(task, ref.split, mirrors=place.settings.data, cache=place.digests)
    return found.digest


def load(ref: DatasetRef, place: InputPlace) -> ClueDataset:
    """Read the examples of a split."""
    return clue.load(tasks.find(ref.task), ref.split, mirrors=place.settings.data)


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe a split; its counts are left out where it cannot be read (any more)."""
    task = tasks.find(ref.task)
    name = ref.split or task.scored
    source = source_of(task, declared_split(task, name))
    try:
        found = clue.summary(task, name, mirrors=place.settings.data, cache=place.digests)
    except DatasetError:
        found = None
    same = found is not None and found.digest == digest
    return DatasetRow(
        dataset_digest=digest,
        task=task.name,
        language="zh",
        hub_id=source.hub_id,
        revision=source.revision,
        config=source.config,
        split=name,
        row_count=found.rows if found is not None and same else None,
        sentence_count=found.distinct if found is not None and same else None,
        licence=task.licence,
        citation=task.citation,
    )
