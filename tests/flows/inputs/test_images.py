"""Images as the flows find them: digits by their content, folders with what is wrong in them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from db.settings import Settings
from evaluators.batch_sweep.images import digits
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows import inputs
from flows.inputs import InputPlace

DIGITS = DatasetRef("digits", kind="images")


@pytest.fixture
def place(tmp_path: Path) -> InputPlace:
    return InputPlace(Settings(store=f"duckdb:///{tmp_path}/s.duckdb"), tmp_path / "digests.json")


def test_digits_are_named_by_their_content_and_remembered(
    place: InputPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = inputs.digest(DIGITS, place)
    assert digest == digits().digest == inputs.load(DIGITS, place).digest
    row = inputs.row(DIGITS, digest, place)
    assert (row.task, row.row_count, row.licence) == ("digits", 1797, "CC-BY-4.0")

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("flows.inputs.images.load", refuse)
    assert inputs.digest(DIGITS, place) == digest
    assert inputs.row(DIGITS, "another", place).row_count is None


def test_a_folder_is_digested_anew_when_an_image_changes(place: InputPlace, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(20):
        path = tmp_path / "pets" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (6, 6, 3), dtype=np.uint8)).save(path)
        os.utime(path, (1, 1))
    ref = DatasetRef(f"folder:{tmp_path / 'pets'}", kind="images")
    digest = inputs.digest(ref, place)
    assert inputs.digest(ref, place) == digest
    assert inputs.row(ref, digest, place).row_count == 20
    Image.fromarray(np.zeros((6, 6, 3), dtype=np.uint8)).save(tmp_path / "pets" / "cat" / "0.png")
    assert inputs.digest(ref, place) != digest
    (tmp_path / "pets" / "dog" / "1.png").write_bytes(b"no image")
    with pytest.raises(DatasetError, match=r"dog.1\.png is not an image"):
        inputs.digest(ref, place)
    assert inputs.row(ref, digest, place).row_count is None
