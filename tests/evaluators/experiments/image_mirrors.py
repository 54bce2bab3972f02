"""A mirror with a few drawn images in the layout of CIFAR-10 or MNIST, and experiments on it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image
from pyarrow import parquet

from db.settings import Settings
from evaluators.evaluator import DatasetRef
from evaluators.registry import find
from evaluators.result import Result
from flows import inputs
from flows.inputs.images import IMAGE_SETS

COUNTS = {"train": 32, "test": 16}


def drawn(label: int, rng: np.random.Generator, side: int, channels: int) -> bytes:
    """Return a PNG: noise, and a bright square whose size is the label's."""
    pixels = rng.integers(0, 100, (side, side, channels), dtype=np.uint8)
    inside = slice(13 - 4 * label, 15 + 4 * label)
    pixels[inside, inside] += 150
    sink = io.BytesIO()
    Image.fromarray(pixels if channels == 3 else pixels[..., 0]).save(sink, "png")
    return sink.getvalue()


def write_mirror(folder: Path, name: str = "cifar10") -> Path:
    """Write both splits of a data set of four classes, and return the mirror's folder."""
    images = IMAGE_SETS[name]
    place = folder / images.hub_id / images.config
    place.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for split, count in COUNTS.items():
        labels = [row % 4 for row in range(count)]
        column = [
            {"bytes": drawn(label, rng, images.side, images.channels), "path": None}
            for label in labels
        ]
        rows = pa.table(
            {
                images.columns[0]: pa.array(
                    column, pa.struct([("bytes", pa.binary()), ("path", pa.string())])
                ),
                images.columns[1]: pa.array(labels, pa.int64()),
            }
        )
        parquet.write_table(rows, place / f"{split}.parquet")
    return folder


def run(
    evaluator: str,
    request: dict[str, Any],
    mirror: Path,
    *,
    work: Path | None = None,
    device: str = "cpu",
) -> list[Result]:
    """Run a request's jobs on what a mirror holds, as a plan run does."""
    place = inputs.InputPlace(Settings(store="duckdb:///x", data=(mirror,)))
    found = find(evaluator)
    jobs = found.jobs(found.Request(**request), "", lambda ref: inputs.digest(ref, place))
    session = found.open_session(None, jobs, lambda ref: inputs.load(ref, place), device)
    results = [session.evaluate(job, work and work / job.job_key) for job in jobs]
    session.close()
    return results


def images_of(mirror: Path, name: str = "cifar10") -> Any:
    """Return the images of a mirror."""
    place = inputs.InputPlace(Settings(store="duckdb:///x", data=(mirror,)))
    return inputs.load(DatasetRef(name, kind="images"), place)
