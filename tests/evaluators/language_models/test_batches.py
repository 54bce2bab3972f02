"""What S networks read in a step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evaluators.errors import DatasetError
from evaluators.language_models.batches import Causal, Masked
from evaluators.language_models.text import Stream

COUNTED = np.arange(1000)
STREAM = Stream(COUNTED, COUNTED[:100], COUNTED[100:200], vocabulary=1000)


def causal(*seeds: int) -> Causal:
    return Causal([STREAM] * len(seeds), seeds, batch=3, length=8, scored=6)


def masked(*seeds: int, length: int = 20) -> Masked:
    return Masked([STREAM] * len(seeds), seeds, batch=50, length=length, scored=50)


def test_the_next_token_is_the_target() -> None:
    batch = causal(0, 1).draw(0)
    assert batch.inputs.shape == (2, 3, 8)
    assert torch.equal(batch.targets, batch.inputs + 1)


def test_a_seed_reads_the_same_in_any_company() -> None:
    assert torch.equal(causal(1).draw(7).inputs[0], causal(0, 1).draw(7).inputs[1])
    assert not torch.equal(causal(1).draw(7).inputs, causal(1).draw(8).inputs)


def test_parts_are_read_from_their_own_tokens_and_again_the_same() -> None:
    batches = causal(0)
    test = [batch.inputs for batch in batches.evaluated("test")]
    assert len(test) == 2
    assert all(((part >= 100) & (part < 200)).all() for part in test)
    again = [batch.inputs for batch in batches.evaluated("test")]
    assert all(map(torch.equal, test, again))


def test_hidden_tokens_are_masked_changed_and_kept_in_these_shares() -> None:
    batch = masked(0).draw(0)
    assert batch.places is not None
    shown = batch.inputs.gather(2, batch.places)
    assert batch.targets.shape == (1, 50, 3), "15% of 20"
    share = (shown == 1000).double().mean()
    assert 0.65 < share < 0.9
    assert 0.03 < (shown == batch.targets).double().mean() < 0.2


def test_tokens_that_are_not_asked_stay() -> None:
    batch = masked(0).draw(0)
    assert batch.places is not None
    restored = batch.inputs.scatter(2, batch.places, batch.targets)
    assert torch.equal(restored[..., 1:] - restored[..., :-1], torch.ones(1, 50, 19).long())


def test_a_text_shorter_than_a_sequence_is_an_error() -> None:
    with pytest.raises(DatasetError, match="at least 200 tokens"):
        masked(0, length=200)


def test_a_seed_twice_is_an_error() -> None:
    with pytest.raises(DatasetError, match="each seed once"):
        causal(0, 0)
