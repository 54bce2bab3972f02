"""Images with labels: the digits that ship with scikit-learn, a set of the hub, or a folder."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from db.rows import DatasetRow
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows.datasets.hub_images import IMAGE_SETS, places
from flows.datasets.known import Summary, file_identity, remembered

if TYPE_CHECKING:
    from evaluators.batch_sweep.images import ImageData
    from flows.inputs import InputPlace

_FORMAT = 1
_DIGITS = "scikit-learn load_digits: UCI optical recognition of handwritten digits, test part"


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of the images."""
    return _summary(ref, place).digest


def load(ref: DatasetRef, place: InputPlace) -> ImageData:
    """Read the images.

    Raises:
        DatasetError: There are none, or one cannot be read.
    """
    if ref.task == "digits":
        from evaluators.batch_sweep.images import digits

        return digits()
    if ref.task in IMAGE_SETS:
        from flows.datasets.hub_images import load as load_set

        return load_set(IMAGE_SETS[ref.task], mirrors=place.settings.data)
    from evaluators.batch_sweep.images import read_folder

    return read_folder(_folder(ref))


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe the images; their number is left out where they cannot be read (any more)."""
    try:
        found = _summary(ref, place)
    except DatasetError:
        found = None
    digits, published = ref.task == "digits", IMAGE_SETS.get(ref.task)
    return DatasetRow(
        dataset_digest=digest,
        task=ref.task if digits or published else _folder(ref).name,
        hub_id=published.hub_id if published else None,
        revision=published.revision if published else None,
        config=published.config if published else None,
        source=_DIGITS if digits else None,
        row_count=found.rows if found is not None and found.digest == digest else None,
        licence="CC-BY-4.0" if digits else published.licence if published else None,
    )


def _folder(ref: DatasetRef) -> Path:
    return Path(ref.task.removeprefix("folder:"))


def _summary(ref: DatasetRef, place: InputPlace) -> Summary:
    def read() -> Summary:
        data = load(ref, place)
        rows = len(data.train) + len(data.test)
        return Summary(data.digest, rows, rows - data.duplicates, data.duplicates)

    return remembered(place.digests, lambda: _key(ref, place), read)


def _key(ref: DatasetRef, place: InputPlace) -> str | None:
    if ref.task == "digits":
        return json.dumps(["images", _FORMAT, "digits", version("scikit-learn")])
    if ref.task in IMAGE_SETS:
        images = IMAGE_SETS[ref.task]
        found = places(images, place.settings.data)
        at = [
            file_identity(one.path) if one.path else [images.hub_id, images.revision, one.split]
            for one in found
        ]
        return None if None in at else json.dumps(["images", _FORMAT, images.name, at])
    from evaluators.batch_sweep.images import SIDE, image_paths

    identities = [file_identity(path) for path, _ in image_paths(_folder(ref))]
    if None in identities:
        return None
    listing = hashlib.sha256(json.dumps(identities).encode()).hexdigest()
    return json.dumps(["images", _FORMAT, SIDE, listing])
