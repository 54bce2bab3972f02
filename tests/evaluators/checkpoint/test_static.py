from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from evaluators.checkpoint.files import checkpoint_digest
from evaluators.checkpoint.static import load_static
from evaluators.checkpoint.verify import verify
from evaluators.errors import CheckpointError
from tests.evaluators.sts.tiny_models import save_static

pytest.importorskip("sentence_transformers", reason="the peer is not installed")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_static("alone", tmp_path_factory.mktemp("static") / "checkpoint")


@pytest.fixture
def table(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "table"))


def change(folder: Path, **tensors: torch.Tensor) -> None:
    save_file(tensors, folder / "model.safetensors")


def test_table_of_word_vectors_is_a_whole_checkpoint_without_a_configuration(table: Path) -> None:
    assert not (table / "config.json").exists()
    verify(table)
    before = checkpoint_digest(table)
    rows = load_file(table / "model.safetensors")["embedding.weight"]
    change(table, **{"embedding.weight": rows + 1})
    assert checkpoint_digest(table) != before


def test_integers_and_other_tensors_are_refused(table: Path) -> None:
    rows = load_file(table / "model.safetensors")["embedding.weight"]
    change(table, embeddings=(rows * 10).to(torch.int8))
    with pytest.raises(CheckpointError, match=r"quantised to torch\.int8"):
        load_static(table, device="cpu")
    change(table, other=rows)
    with pytest.raises(CheckpointError, match="must hold the matrix embedding"):
        load_static(table, device="cpu")
    change(table, embeddings=rows[:5].contiguous())
    with pytest.raises(CheckpointError, match="the table 5 rows"):
        load_static(table, device="cpu")


def test_half_precision_rows_are_widened_to_the_dtype_of_the_job(table: Path) -> None:
    rows = load_file(table / "model.safetensors")["embedding.weight"]
    change(table, **{"embedding.weight": rows.half()})
    assert load_static(table, device="cpu").model.table.weight.dtype == torch.float32


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_missing_file_is_named(table: Path, name: str) -> None:
    (table / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_static(table, device="cpu")
