"""Sentences in one row without padding give the vectors of padded batches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluators.sts import Session, encoder, varlen
from evaluators.sts.forward_pass import _positions
from evaluators.sts.schedule import unpadded_end
from tests.evaluators.sts.tiny_models import BACKBONES, save_backbone
from tests.evaluators.sts.tiny_tokenizers import SENTENCES

WITHOUT = ("MPNet", "DeBERTa-v2", "RoFormer", "T5 encoder", "T5")  # attention of their own
PROVEN = [name for name in BACKBONES if name not in WITHOUT]
EVERY = ("last-mean", "last-token", "weighted-mean", "cls", "first-last-mean", "last-2-mean")


def vectors(
    folder: Path,
    poolings: Sequence[str] = EVERY,
    *,
    unpadded: bool,
    expected: str | None = None,
    compiled: str | None = None,
    budget: int = 130,
    dtype: str = "float32",
    device: str = "cpu",
) -> np.ndarray:
    """Return the vectors of the sentences, those of all poolings side by side."""
    with Session(
        folder,
        poolings=poolings,
        device=device,
        dtype=dtype,
        token_budget=budget,
        unpadded=unpadded,
        compiled=compiled,
    ) as session:
        session.encode(SENTENCES)
        assert session.cost["batches"] == (expected or ("unpadded" if unpadded else "padded"))
        assert session.cost["compiled"] == compiled
        rows = session._store.rows(SENTENCES)
        return np.concatenate([session._store.vectors(name)[rows] for name in poolings], axis=1)


@pytest.mark.parametrize("backbone", PROVEN)
def test_vectors_equal_padded_ones(tmp_path: Path, backbone: str) -> None:
    folder = save_backbone(backbone, tmp_path)
    padded = vectors(folder, unpadded=False)
    np.testing.assert_allclose(vectors(folder, unpadded=True), padded, atol=1e-5)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("compiled", [None, "inductor"])
@pytest.mark.parametrize("backbone", PROVEN)
def test_vectors_equal_padded_ones_on_a_gpu(
    tmp_path: Path, backbone: str, compiled: str | None
) -> None:
    folder = save_backbone(backbone, tmp_path)
    options = {"dtype": "bfloat16", "device": "cuda"}
    padded = vectors(folder, unpadded=False, **options)  # type: ignore[arg-type]
    found = vectors(folder, unpadded=True, compiled=compiled, **options)  # type: ignore[arg-type]
    exact = vectors(folder, unpadded=False)
    # both round, in other places
    assert np.abs(found - exact).max() <= 2 * np.abs(padded - exact).max()


@pytest.mark.parametrize("backbone", WITHOUT)
def test_models_with_their_own_attention_stay_padded(tmp_path: Path, backbone: str) -> None:
    folder = save_backbone(backbone, tmp_path)
    found = vectors(folder, unpadded=True, expected="padded")
    np.testing.assert_array_equal(found, vectors(folder, unpadded=False))


def test_every_architecture_that_may_be_unpadded_is_compared_here(tmp_path: Path) -> None:
    import transformers

    kinds = {getattr(transformers, BACKBONES[name].config).model_type for name in PROVEN}
    assert kinds == varlen.ARCHITECTURES


def test_the_pooler_and_half_precision_work_without_padding(checkpoint: Path) -> None:
    padded = vectors(checkpoint, ["pooler"], unpadded=False)
    np.testing.assert_allclose(vectors(checkpoint, ["pooler"], unpadded=True), padded, atol=1e-5)
    half = vectors(checkpoint, ["pooler"], unpadded=True, dtype="bfloat16")
    np.testing.assert_allclose(half, padded, atol=0.05)


@pytest.mark.parametrize("wrong", ["neighbours", "error", "shape"])
def test_attention_that_changes_vectors_is_undone(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    real = varlen._by_length

    def broken(tokens: list[torch.Tensor], offsets: torch.Tensor, *rest: object) -> torch.Tensor:
        if wrong == "error":
            raise RuntimeError("no kernel for this width of heads")
        if wrong == "shape":
            return real(tokens, offsets, *rest)[:-1]
        return real(tokens, offsets[[0, -1]], *rest)  # all sentences as one

    padded = vectors(checkpoint, unpadded=False)
    monkeypatch.setattr(varlen, "_by_length", broken)
    found = vectors(checkpoint, unpadded=True, expected="padded")
    np.testing.assert_array_equal(found, padded)


def test_compiled_batches_are_filled_up_and_give_the_same(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, ...]] = []
    real = torch.compile

    def recording(model: torch.nn.Module, backend: str) -> object:
        compiled = real(model, backend=backend)

        def call(**inputs: torch.Tensor) -> object:
            shapes.append(tuple(inputs["input_ids"].shape))
            return compiled(**inputs)

        return call

    padded = vectors(checkpoint, ["last-mean", "cls"], unpadded=False)
    monkeypatch.setattr(encoder.torch, "compile", recording)
    found = vectors(checkpoint, ["last-mean", "cls"], unpadded=True, compiled="eager")
    np.testing.assert_allclose(found, padded, atol=1e-5)
    assert set(shapes) == {(1, 130)}


def test_positions_begin_anew_and_skip_written_padding() -> None:
    ids, lengths = np.array([5, 6, 7, 5, 1, 7]), np.array([3, 3])
    assert _positions(ids, lengths, None).tolist() == [0, 1, 2, 0, 1, 2]
    # RoBERTa's own: 1 is padding, the others count from 2
    assert _positions(ids, lengths, 1).tolist() == [2, 3, 4, 2, 1, 3]


def test_an_unpadded_batch_ends_at_the_budget_or_where_padding_would_be_large() -> None:
    assert unpadded_end([9, 5, 5, 1], 0, 19) == 3
    assert unpadded_end([9, 5, 5, 1], 0, 20) == 4
    assert unpadded_end([50, 5], 0, 20) == 1
    assert unpadded_end([50, *[1] * 100], 0, 100) == 8  # padded, 8 × 50 tokens
