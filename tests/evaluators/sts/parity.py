"""Compare our vectors with sentence-transformers' own, on tiny checkpoints of every kind.

    python -m tests.evaluators.sts.parity

runs every recipe on every backbone in every dtype, and writes docs/reports/checkpoints.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from evaluators.checkpoint.quiet import quiet
from evaluators.sts import Session
from tests.evaluators.sts.tiny_models import (
    SENTENCES,
    TinyRecipe,
)

BOUND = {"float32": 1e-5, "float64": 1e-12}
"""Largest accepted difference of a number of a vector."""

REPORT = Path(__file__).parents[3] / "docs" / "reports" / "checkpoints.md"


def ours(folder: Path, *, dtype: str, prompt: str = "", pooling: str = "native") -> np.ndarray:
    """Return our vectors of the sentences, in float64."""
    with (
        quiet(),
        Session(
            folder, poolings=[pooling], dtype=dtype, device="cpu", prompt=prompt, token_budget=120
        ) as session,
    ):
        session.encode(SENTENCES)
        rows = session._store.rows(SENTENCES)
        return session._store.vectors(pooling)[rows].astype(np.float64)


def theirs(folder: Path, *, dtype: str, prompt: str = "", batch_size: int = 4) -> np.ndarray:
    """Return sentence-transformers' vectors of the sentences, in float64."""
    import torch
    from sentence_transformers import SentenceTransformer

    with quiet():
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    model.to(getattr(torch, dtype))
    tensors = model.encode(
        list(SENTENCES), prompt=prompt or None, batch_size=batch_size, convert_to_tensor=True
    )
    vectors: np.ndarray = tensors.double().numpy()
    return vectors


class Difference(NamedTuple):
    """Largest difference of a number of ours and theirs, and what it may be."""

    largest: float
    bound: float

    @property
    def holds(self) -> bool:
        return self.largest <= self.bound


def difference(folder: Path, recipe: TinyRecipe, dtype: str) -> Difference:
    """Compare the vectors of one checkpoint.

    In half precision the bound is twice the error of sentence-transformers itself: two passes
    that round in other places each lie that far from the exact vectors.
    """
    expected = theirs(folder, dtype=dtype, prompt=recipe.prompt)
    found = ours(folder, dtype=dtype, prompt=recipe.prompt)
    assert found.shape == expected.shape
    largest = float(np.abs(found - expected).max())
    if dtype in BOUND:
        return Difference(largest, BOUND[dtype])
    exact = theirs(folder, dtype="float32", prompt=recipe.prompt)
    return Difference(largest, 2 * float(np.abs(expected - exact).max()))
