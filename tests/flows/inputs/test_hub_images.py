"""CIFAR-10 as the hub and a mirror have it, by a few images of its shape, and what may be wrong."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from db.settings import Settings
from evaluators.batch_sweep.probes import FEW
from evaluators.errors import DatasetError, ScoreError
from evaluators.evaluator import DatasetRef
from evaluators.registry import find
from flows import inputs
from flows.inputs import InputPlace
from flows.inputs.images import IMAGE_SETS, load_hub_images
from tests.flows.inputs.conftest import AskHub
from tests.hub.server import HubServer

CIFAR10 = IMAGE_SETS["cifar10"]
REF = DatasetRef("cifar10", kind="images")
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SCHEMA = pa.schema(
    [
        ("img", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("label", pa.int64()),
    ],
    metadata={
        "huggingface": json.dumps(
            {
                "info": {
                    "features": {
                        "img": {"_type": "Image"},
                        "label": {"names": CLASSES, "_type": "ClassLabel"},
                    }
                }
            }
        )
    },
)
NAMES = "".join(f"\n          '{n}': {name}" for n, name in enumerate(CLASSES))
CARD = f"""---
dataset_info:
  config_name: plain_text
  features:
  - name: img
    dtype: image
  - name: label
    dtype:
      class_label:
        names:{NAMES}
configs:
- config_name: plain_text
  data_files:
  - split: train
    path: plain_text/train-*
  - split: test
    path: plain_text/test-*
  default: true
---
""".encode()


def png(seed: int, *, side: int = 32, mode: str = "RGB") -> bytes:
    rng = np.random.default_rng(seed)
    shape = (side, side, 3) if mode == "RGB" else (side, side)
    sink = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, shape, dtype=np.uint8)).save(sink, "png")
    return sink.getvalue()


Rows = Sequence[tuple[Any, Any]]


def rows(count: int, start: int) -> list[tuple[Any, Any]]:
    return [({"bytes": png(start + i), "path": None}, i % 2) for i in range(count)]


TRAIN, TEST = rows(16, 0), rows(6, 100)


def table(found: Rows, schema: pa.Schema = SCHEMA) -> bytes:
    sink = pa.BufferOutputStream()
    columns = [list(column) for column in zip(*found, strict=True)] or [[], []]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), sink)
    return sink.getvalue().to_pybytes()


Mirror = Callable[..., Path]


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    def make(train: Rows | bytes = TRAIN, test: Rows | bytes = TEST) -> Path:
        folder = tmp_path / "mirror" / "uoft-cs/cifar10/plain_text"
        folder.mkdir(parents=True, exist_ok=True)
        for name, found in (("train", train), ("test", test)):
            content = found if isinstance(found, bytes) else table(found)
            (folder / f"{name}.parquet").write_bytes(content)
            os.utime(folder / f"{name}.parquet", (1, 1))
        return tmp_path / "mirror"

    return make


def test_a_mirror_has_the_pixels_and_the_split_of_the_source(mirror: Mirror) -> None:
    data = load_hub_images(CIFAR10, mirrors=[mirror()])
    assert (data.name, data.classes, data.image_shape) == ("cifar10", 2, (3, 32, 32))
    assert (len(data.train), len(data.test), data.duplicates) == (16, 6, 0)
    first = np.asarray(Image.open(io.BytesIO(TEST[0][0]["bytes"])))
    assert (data.test[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8).tolist() == (
        first.tolist()
    )
    assert data.test_labels.tolist() == [0, 1, 0, 1, 0, 1]
    twice = load_hub_images(CIFAR10, mirrors=[mirror([*TRAIN, TRAIN[3]])])
    assert twice.duplicates == 1
    assert twice.digest != data.digest
    grey = [({"bytes": png(7, mode="L"), "path": "x.png"}, 1), *TEST]
    assert len(load_hub_images(CIFAR10, mirrors=[mirror(TRAIN, grey)]).test) == 7


def test_a_digest_is_remembered_until_the_mirror_changes(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(store="duckdb:///x", data=(mirror(),))
    place = InputPlace(settings, tmp_path / "digests.json")
    monkeypatch.setattr("flows.inputs.known_digests._SETTLED_NS", -(10**18))
    digest = inputs.digest(REF, place)
    row = inputs.row(REF, digest, place)
    assert (row.task, row.hub_id, row.row_count) == ("cifar10", "uoft-cs/cifar10", 22)
    assert row.revision == CIFAR10.revision
    monkeypatch.setattr("flows.inputs.images.load", lambda *_: pytest.fail("read again"))
    assert inputs.digest(REF, place) == digest
    monkeypatch.undo()
    mirror(TRAIN[:-1])
    assert inputs.digest(REF, place) != digest


BROKEN = png(5)[:70]
BAD: dict[str, tuple[Rows | bytes, Rows | bytes]] = {
    r"train\.parquet, row 3: its image is not an image that can be read": (
        [*TRAIN[:2], ({"bytes": BROKEN, "path": None}, 0), *TRAIN[2:]],
        TEST,
    ),
    r"test\.parquet, row 2: its image is missing \(no bytes\)": (
        TRAIN,
        [TEST[0], ({"bytes": None, "path": "frog.png"}, 1)],
    ),
    r"row 1: its image is missing": (TRAIN, [(None, 1), *TEST]),
    r"row 1: its image has 31 × 31 pixels: cifar10 has 32 × 32": (
        [({"bytes": png(1, side=31), "path": None}, 0), *TRAIN],
        TEST,
    ),
    r"test\.parquet, row 7: its label is -1, not one of 0 … 9": (
        TRAIN,
        [*TEST, ({"bytes": png(1), "path": None}, -1)],
    ),
    r"row 1: its label is None": (TRAIN, [({"bytes": png(1), "path": None}, None), *TEST]),
    r"train\.parquet has no rows": ([], TEST),
    r"training images of every class": (TRAIN, [*TEST, ({"bytes": png(1), "path": None}, 9)]),
    r"at least two classes": (TRAIN[::2], TEST[::2]),
    r"test\.parquet is truncated, damaged": (TRAIN, table(TEST)[:-40]),
    r"has no column 'img', only 'image', 'label'": (
        table(TRAIN, SCHEMA.set(0, SCHEMA.field(0).with_name("image"))),
        TEST,
    ),
    r"column 'label' holds double, not whole numbers": (
        table(
            [(TRAIN[0][0], float("nan")), *TRAIN[1:]],
            SCHEMA.set(1, pa.field("label", pa.float64())),
        ),
        TEST,
    ),
    r"column 'img' holds string, not struct<bytes": (
        table([("a.png", 0)], SCHEMA.set(0, pa.field("img", pa.string()))),
        TEST,
    ),
}


@pytest.mark.parametrize("says", BAD)
def test_what_is_wrong_is_named_before_anything_is_trained(mirror: Mirror, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        load_hub_images(CIFAR10, mirrors=[mirror(*BAD[says])])


def test_too_few_labels_are_refused_before_anything_is_trained(mirror: Mirror) -> None:
    data = load_hub_images(CIFAR10, mirrors=[mirror(TRAIN[: 2 * FEW - 1])])
    evaluator = find("batch_sweep")
    request = evaluator.Request(data="cifar10", arms=("dcl/float32",), batches=(4,), baselines=())
    (job, *_) = evaluator.jobs(request, "", lambda ref: data.digest if ref == REF else "")
    assert (job.task, evaluator.dataset_of(job)) == ("cifar10", REF)
    told: list[Any] = []
    session = evaluator.open_session(
        None, [job], lambda ref: data, "cpu", lambda *said: told.append(said)
    )
    with pytest.raises(ScoreError, match="a class has 4 images"):
        session.evaluate(job)
    assert told == []


CHILD = """
import json, sys, warnings
from dataclasses import replace
warnings.simplefilter("error")
from db.settings import Settings
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows import inputs
from types import MappingProxyType
from flows.inputs import images
found = replace(images.IMAGE_SETS["cifar10"], revision=sys.argv[1])
images.IMAGE_SETS = MappingProxyType({"cifar10": found})
place = inputs.InputPlace(Settings(store="duckdb:///x"))
try:
    data = inputs.load(DatasetRef("cifar10", kind="images"), place)
    print(json.dumps({"digest": data.digest, "shape": list(data.train.shape)}))
except DatasetError as error:
    print(json.dumps({"error": str(error)}))
"""


def test_the_hub_gives_what_a_mirror_gives(mirror: Mirror, ask_hub: AskHub) -> None:
    with HubServer() as hub:
        repo = hub.dataset("uoft-cs/cifar10")
        files = {
            "README.md": CARD,
            "plain_text/train-00000-of-00002.parquet": table(TRAIN[:9]),
            "plain_text/train-00001-of-00002.parquet": table(TRAIN[9:]),
            "plain_text/test-00000-of-00001.parquet": table(TEST),
        }
        whole = repo.commit(files)
        broken = repo.commit(
            {**files, "plain_text/test-00000-of-00001.parquet": table([*TEST[:3], (TEST[0][0], 3)])}
        )

        def ask(revision: str, **env: str) -> dict[str, Any]:
            return json.loads(ask_hub(hub, CHILD, revision, **env).stdout)

        expected = load_hub_images(CIFAR10, mirrors=[mirror()])
        assert ask(whole) == {"digest": expected.digest, "shape": [16, 3, 32, 32]}
        assert "training images of every class" in ask(broken)["error"]
        offline = ask("0" * 40, HF_HUB_OFFLINE="1")["error"]
    assert "HF_HUB_OFFLINE is set. Put the file uoft-cs/cifar10/plain_text/train.parquet" in offline


def test_the_revision_is_pinned() -> None:
    assert CIFAR10.revision is not None
    assert len(CIFAR10.revision) == 40
    with pytest.raises(DatasetError, match="is not a folder: correct RANKCHECK_DATA"):
        load_hub_images(replace(CIFAR10, mirror_ids=()), mirrors=[Path("/nowhere")])
