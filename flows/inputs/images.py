"""Load labelled images: scikit-learn's digits, a mirror, the hub, or a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from db.rows import DatasetRow
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows.inputs.known_digests import Summary, file_identity, remembered
from flows.inputs.places import Place, locate

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import Tensor

    from evaluators.batch_sweep.images import ImageData
    from flows.inputs import InputPlace


SPLITS = ("train", "test")


@dataclass(frozen=True)
class ImageSet:
    """Where a set of labelled images is published; `flows.inputs.places` locates it.

    Attributes:
        name: Its name in plans.
        hub_id: `<org>/<name>` on the hub, and in a mirror.
        config: The hub's configuration name.
        revision: Commit of the hub repository.
        columns: Names of image and label.
        side: Height and width of every image.
        channels: 3 for colours, 1 for grey.
        classes: Labels are below this.
        licence: Licence, as the hub states it.
        split: Required by `Published`; both splits are read.
        mirror_ids: Other hub names of the same rows.
    """

    name: str
    hub_id: str
    config: str
    revision: str | None
    columns: tuple[str, str]
    side: int
    classes: int
    channels: int = 3
    licence: str | None = None
    split: str = "test"
    mirror_ids: tuple[str, ...] = ()


IMAGE_SETS: Mapping[str, ImageSet] = MappingProxyType(
    {
        "cifar10": ImageSet(
            name="cifar10",
            hub_id="uoft-cs/cifar10",
            config="plain_text",
            revision="0b2714987fa478483af9968de7c934580d0bb9a2",
            columns=("img", "label"),
            side=32,
            classes=10,
            mirror_ids=("cifar10",),
        ),
        "mnist": ImageSet(
            name="mnist",
            hub_id="ylecun/mnist",
            config="mnist",
            revision="77f3279092a1c1579b2250db8eafed0ad422088c",
            columns=("image", "label"),
            side=28,
            classes=10,
            channels=1,
            licence="MIT",
            mirror_ids=("mnist",),
        ),
    }
)
"""The image sets of the hub that a plan may name, besides the digits and folders."""


def places(images: ImageSet, mirrors: Sequence[Path]) -> list[Place]:
    """Return the places of both splits.

    Raises:
        DatasetError: A mirror is not a folder.
    """
    return [locate(images, split, mirrors) for split in SPLITS]


def load_hub_images(images: ImageSet, *, mirrors: Sequence[Path] = ()) -> ImageData:
    """Read both splits from the first place that has them.

    Raises:
        DatasetError: No place has them, a file is damaged or has other columns, or an image or a
            label cannot be used; the message names the file and the row.
    """
    from evaluators.batch_sweep.images import given_split

    train, test = (_split(images, place, mirrors) for place in places(images, mirrors))
    return given_split(images.name, *train, *test)


def _split(images: ImageSet, place: Place, mirrors: Sequence[Path]) -> tuple[Tensor, Tensor]:
    if place.path is None:
        from flows.inputs.hub import fetch_table

        source = f"{images.hub_id}@{images.revision}/{images.config}/{place.split}"
        table = fetch_table(images, place.split, mirrors=mirrors)
        return _rows(table.select(_columns(images, table.column_names, source)), images, source)
    source = str(place.path)
    if place.path.suffix != ".parquet":
        raise DatasetError(f"{source}: images must be in a .parquet file, as on the hub")
    from flows.inputs.files import parquet_table

    try:
        table = parquet_table(place.path, lambda names: _columns(images, names, source))
    except OSError as error:
        raise DatasetError(f"{source} cannot be read: {error.strerror or error}") from error
    return _rows(table, images, source)


def _columns(images: ImageSet, names: Sequence[str], source: str) -> list[str]:
    missing = [column for column in images.columns if column not in names]
    if missing:
        raise DatasetError(
            f"{source} has no column {', '.join(map(repr, missing))}, only"
            f" {', '.join(map(repr, names))}: {images.hub_id} has {' and '.join(images.columns)}"
        )
    return list(images.columns)


def _rows(table: pa.Table, images: ImageSet, source: str) -> tuple[Tensor, Tensor]:
    import numpy as np
    import torch

    from evaluators.batch_sweep.images import pixels

    _validate_types(table, images, source)
    if not table.num_rows:
        raise DatasetError(f"{source} has no rows: fetch it again")
    files, labels = (table.column(name) for name in images.columns)
    shape = (table.num_rows, images.side, images.side, images.channels)
    stacked = np.empty(shape, dtype=np.uint8)
    for row, file in enumerate(files):
        value = file.as_py()
        place = f"{source}, row {row + 1}: its image"
        if value is None or value["bytes"] is None:
            raise DatasetError(f"{place} is missing (no bytes): fetch it again")
        image = pixels(value["bytes"], place, grey=images.channels == 1)
        if image.shape != stacked.shape[1:]:
            height, width, _ = image.shape
            raise DatasetError(
                f"{place} has {width} × {height} pixels: {images.name} has {images.side} ×"
                f" {images.side}"
            )
        stacked[row] = image
    numbers = labels.to_pylist()
    for row, label in enumerate(numbers, start=1):
        if label is None or not 0 <= label < images.classes:
            raise DatasetError(
                f"{source}, row {row}: its label is {label}, not one of 0 … {images.classes - 1}"
            )
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous(), torch.tensor(numbers)


def _validate_types(table: pa.Table, images: ImageSet, source: str) -> None:
    from pyarrow import types

    image, label = (table.schema.field(name).type for name in images.columns)
    binary = types.is_struct(image) and image.get_field_index("bytes") >= 0
    if binary:
        bytes_type = image.field("bytes").type
        binary = types.is_binary(bytes_type) or types.is_large_binary(bytes_type)
    for name, column_type, fits, expected in (
        (images.columns[0], image, binary, "struct<bytes: binary, path: string>"),
        (images.columns[1], label, types.is_integer(label), "whole numbers"),
    ):
        if not fits:
            raise DatasetError(f"{source}: column {name!r} holds {column_type}, not {expected}")


_FORMAT = 1
_DIGITS = "scikit-learn load_digits: UCI optical recognition of handwritten digits, test part"


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Return the content digest of the images."""
    return _summary(ref, place).digest


def is_here(ref: DatasetRef, place: InputPlace) -> bool:
    """Return whether the images are local or in the cache of the hub's library."""
    from flows.inputs.hub import in_cache

    images = IMAGE_SETS.get(ref.task)
    if images is None:  # scikit-learn's digits, or a folder
        return True
    return all(found.path for found in places(images, place.settings.data)) or in_cache(images)


def load(ref: DatasetRef, place: InputPlace) -> ImageData:
    """Read the images.

    Raises:
        DatasetError: There are none, or one cannot be read.
    """
    if ref.task == "digits":
        from evaluators.batch_sweep.images import digits

        return digits()
    if ref.task in IMAGE_SETS:
        return load_hub_images(IMAGE_SETS[ref.task], mirrors=place.settings.data)
    from evaluators.batch_sweep.images import read_folder

    return read_folder(_folder(ref))


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Describe the images for the store, without counts if they can no longer be read."""
    try:
        facts = _summary(ref, place)
    except DatasetError:
        facts = None
    digits, published = ref.task == "digits", IMAGE_SETS.get(ref.task)
    return DatasetRow(
        dataset_digest=digest,
        task=ref.task if digits or published else _folder(ref).name,
        hub_id=published.hub_id if published else None,
        revision=published.revision if published else None,
        config=published.config if published else None,
        source=_DIGITS if digits else None,
        row_count=facts.rows if facts is not None and facts.digest == digest else None,
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
        located = places(images, place.settings.data)
        sources = [
            file_identity(place.path)
            if place.path
            else [images.hub_id, images.revision, place.split]
            for place in located
        ]
        return None if None in sources else json.dumps(["images", _FORMAT, images.name, sources])
    from evaluators.batch_sweep.images import SIDE, image_paths

    identities = [file_identity(path) for path, _ in image_paths(_folder(ref))]
    if None in identities:
        return None
    listing = hashlib.sha256(json.dumps(identities).encode()).hexdigest()
    return json.dumps(["images", _FORMAT, SIDE, listing])
