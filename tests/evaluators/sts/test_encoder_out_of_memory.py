from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from evaluators.errors import CheckpointError
from evaluators.sts import Session, encoder
from evaluators.sts.schedule import is_out_of_memory
from evaluators.sts.tokenizer import Tokens

ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError(
        "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
    ),
    MemoryError(),
]


def small_memory(monkeypatch: pytest.MonkeyPatch, most: int, error: BaseException) -> list[int]:
    """Let the real encoder raise above `most` tokens; return the sizes it was tried with."""
    tried: list[int] = []
    real = encoder.padded_forward

    def forward(loaded: object, batch: Sequence[Tokens], layers: object) -> object:
        tried.append(max(len(tokens.ids) for tokens in batch) * len(batch))
        if tried[-1] > most:
            raise error
        return real(loaded, batch, layers)  # type: ignore[arg-type]

    monkeypatch.setattr(encoder, "padded_forward", forward)
    return tried


@pytest.mark.parametrize("error", ERRORS)
def test_out_of_memory_halves_the_budget_goes_on_and_records_it(
    checkpoint: Path,
    sentences: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
) -> None:
    with Session(checkpoint, poolings=["last-mean"], token_budget=1000) as session:
        session.encode(sentences)
        plain = session._store.vectors("last-mean")
        assert session.cost["oom_halvings"] == 0
    tried = small_memory(monkeypatch, 70, error)
    with Session(checkpoint, poolings=["last-mean"], token_budget=1000) as session:
        session.encode(sentences)
        found = session._store.vectors("last-mean")
        cost = session.cost
    np.testing.assert_allclose(found, plain, atol=1e-6)
    failures = sum(size > 70 for size in tried)
    assert 0 < cost["oom_halvings"] <= failures
    assert cost["token_budget"] <= 70
    assert cost["encoded"] == len(found) == len(set(sentences))


def test_memory_that_does_not_hold_one_sentence_ends_with_a_reason(
    checkpoint: Path, sentences: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_memory(monkeypatch, 5, MemoryError())
    with (
        Session(checkpoint, poolings=["cls"]) as session,
        pytest.raises(CheckpointError, match="one sentence of 19 tokens does not fit into memory"),
    ):
        session.encode(sentences)


def test_other_errors_are_not_taken_for_a_lack_of_memory(
    checkpoint: Path, sentences: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = small_memory(monkeypatch, 0, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with (
        Session(checkpoint, poolings=["cls"]) as session,
        pytest.raises(RuntimeError, match="mat1 and mat2"),
    ):
        session.encode(sentences)
    assert len(tried) == 1
    assert not is_out_of_memory(ValueError("out of memory"))
