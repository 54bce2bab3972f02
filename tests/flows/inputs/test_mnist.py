"""MNIST as the hub and a mirror have it: grey images of 28 × 28, and what may be wrong."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from db.settings import Settings
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows import inputs
from flows.inputs.images import IMAGE_SETS

REF = DatasetRef("mnist", kind="images")
Rows = list[tuple[Any, Any]]


def png(seed: int, *, side: int = 28, colours: bool = False) -> dict[str, Any]:
    shape = (side, side, 3) if colours else (side, side)
    pixels = np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8)
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "png")
    return {"bytes": sink.getvalue(), "path": None}


def mirror(folder: Path, test: Rows, image: str = "image") -> inputs.InputPlace:
    train = [(png(row), row % 10) for row in range(20)]
    place = folder / "ylecun/mnist/mnist"
    place.mkdir(parents=True)
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    for name, rows in (("train", train), ("test", test)):
        images, labels = zip(*rows, strict=True)
        columns = {image: pa.array(images, kind), "label": pa.array(labels, pa.int64())}
        parquet.write_table(pa.table(columns), place / f"{name}.parquet")
    return inputs.InputPlace(Settings(store="duckdb:///x", data=(folder,)))


def test_pixels_are_those_of_the_files(tmp_path: Path) -> None:
    test = [(png(100), 3), (png(101, colours=True), 4)]
    place = mirror(tmp_path, test)
    data = inputs.load(REF, place)
    assert (data.image_shape, data.classes, len(data.train)) == ((1, 28, 28), 10, 20)
    first = np.asarray(Image.open(io.BytesIO(test[0][0]["bytes"])))
    assert (data.test[0, 0].numpy() * 255).round().astype(np.uint8).tolist() == first.tolist()
    assert data.test_labels.tolist() == [3, 4]
    row = inputs.row(REF, data.digest, place)
    assert (row.hub_id, row.licence, row.row_count) == ("ylecun/mnist", "MIT", 22)
    assert inputs.digest(REF, place) == data.digest
    assert inputs.is_here(REF, place)


@pytest.mark.parametrize(
    ("rows", "column", "says"),
    [
        (
            [(png(1, side=32), 0)],
            "image",
            r"row 1: its image has 32 × 32 pixels: mnist has 28 × 28",
        ),
        ([(png(1), 0), (png(2), 10)], "image", r"row 2: its label is 10, not one of 0 … 9"),
        ([({"bytes": b"GIF89a", "path": None}, 0)], "image", r"row 1: its image is not an image"),
        ([(png(1), 0)], "img", r"has no column 'image', only 'img', 'label'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, rows: Rows, column: str, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        inputs.load(REF, mirror(tmp_path, rows, column))


def test_the_revision_is_pinned() -> None:
    assert len(IMAGE_SETS["mnist"].revision or "") == 40
