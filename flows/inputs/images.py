"""Images with labels: the digits that ship with scikit-learn, or a folder."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from db.rows import DatasetRow
from evaluators.errors import DatasetError
from evaluators.registry import DatasetRef
from flows.datasets.known import Summary, file_identity, remembered

if TYPE_CHECKING:
    from evaluators.contrastive.images import ImageData
    from flows.inputs import InputPlace

_FORMAT = 1


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of the images."""
    return _summary(ref, place).digest


def load(ref: DatasetRef, place: InputPlace) -> ImageData:
    """Read the images.

    Raises:
        DatasetError: There are none, or one cannot be read.
    """
    if ref.task == "digits":
        from evaluators.contrastive.images import digits

        return digits()
    from evaluators.contrastive.image_folder import read_folder

    return read_folder(_folder(ref))


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe the images; their number is left out where they cannot be read (any more)."""
    try:
        found = _summary(ref, place)
    except DatasetError:
        found = None
    bundled = ref.task == "digits"
    return DatasetRow(
        dataset_digest=digest,
        task="digits" if bundled else _folder(ref).name,
        source="scikit-learn load_digits: UCI optical recognition of handwritten digits, test part"
        if bundled
        else None,
        row_count=found.rows if found is not None and found.digest == digest else None,
        licence="CC-BY-4.0" if bundled else None,
    )


def _folder(ref: DatasetRef) -> Path:
    return Path(ref.task.removeprefix("folder:"))


def _summary(ref: DatasetRef, place: InputPlace) -> Summary:
    def read() -> Summary:
        data = load(ref, place)
        rows = len(data.train) + len(data.test)
        return Summary(data.digest, rows, rows - data.duplicates, data.duplicates)

    return remembered(place.digests, lambda: _key(ref), read)


def _key(ref: DatasetRef) -> str | None:
    if ref.task == "digits":
        return json.dumps(["images", _FORMAT, "digits", version("scikit-learn")])
    from evaluators.contrastive.image_folder import SIDE, image_paths

    identities = [file_identity(path) for path, _ in image_paths(_folder(ref))]
    if None in identities:
        return None
    listing = hashlib.sha256(json.dumps(identities).encode()).hexdigest()
    return json.dumps(["images", _FORMAT, SIDE, listing])
