"""Graded sentence pairs: the bundled sample, a mirror, or the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.rows import DatasetRow
from evaluators import tasks
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows import datasets
from flows.datasets.known import summary

if TYPE_CHECKING:
    from evaluators.dataset import PairDataset
    from flows.inputs import InputPlace


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of a split."""
    return datasets.digest(
        tasks.find(ref.task),
        split=ref.split,
        mirrors=place.settings.data,
        cache=place.digests,
    )


def load(ref: DatasetRef, place: InputPlace) -> PairDataset:
    """Read the rows of a split."""
    return datasets.load(tasks.find(ref.task), split=ref.split, mirrors=place.settings.data)


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe a split; its counts are left out where it cannot be read (any more)."""
    task = tasks.find(ref.task)
    try:
        found = summary(task, split=ref.split, mirrors=place.settings.data, cache=place.digests)
    except DatasetError:
        found = None
    same = found is not None and found.digest == digest
    return DatasetRow(
        dataset_digest=digest,
        task=task.name,
        language=task.language,
        hub_id=task.hub_id,
        revision=task.revision,
        config=task.config,
        split=ref.split or task.split,
        row_count=found.rows if found is not None and same else None,
        sentence_count=found.distinct if found is not None and same else None,
        licence=task.licence,
        citation=task.citation,
    )
