"""Plain accumulation is another gradient; the cached one and the surrogate are the batch's own."""

from __future__ import annotations

import pytest
import torch

from evaluators.errors import ScoreError
from evaluators.experiments.gradient_accumulation import (
    GradientAccumulationRequest,
    differences,
)


@pytest.mark.parametrize("seed", [0, 1])
def test_each_way_is_as_far_off_as_mathematics_says(seed: int) -> None:
    found = {one.way: one for one in differences(64, 8, seed=seed)}
    assert found["plain"].relative_error > 0.1
    assert found["plain"].cosine < 0.99
    assert found["cached"].relative_error < 1e-6
    assert found["cached, dropout"].relative_error < 1e-6
    assert found["cached, dropout not replayed"].relative_error > 0.1
    assert found["surrogate"].relative_error < 1e-12


def test_the_caller_keeps_its_random_numbers_and_gets_the_same_answer_twice() -> None:
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    once = differences(16, 8)
    assert torch.equal(torch.rand(1), wanted)
    assert differences(16, 8) == once


def test_chunks_that_cannot_be_are_refused() -> None:
    for batch, chunk in ((64, 1), (64, 64), (64, 7)):
        with pytest.raises(ScoreError, match="must divide"):
            differences(batch, chunk)
    for bad in ({"batches": (8,)}, {"chunk": 1}, {"seeds": (1, 1)}, {"temperature": 0.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            GradientAccumulationRequest(**bad)


@pytest.mark.gpu
def test_a_gpus_gradients_are_those_of_a_cpu() -> None:
    found = {d.way: d.relative_error for d in differences(64, 8, device=torch.device("cuda"))}
    assert found["cached"] < 1e-5
    assert found["cached, dropout"] < 1e-5
    assert found["plain"] > 0.1
    assert found["cached, dropout not replayed"] > 0.1
