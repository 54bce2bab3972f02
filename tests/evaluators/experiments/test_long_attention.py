"""Transformers on longer sequences with several kinds of attention."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.experiments.long_attention import LongAttention, LongAttentionRequest, compare


def loss(kind: str, landmarks: int = 0, steps: int = 250) -> float:
    result = compare(
        "retrieval", kind, landmarks, 4, 32, 32, steps, 16, 0.01, [0, 1], lambda *_: None
    )
    return float(np.mean([s.value for s in result.scores if s.metric == "loss"]))


@pytest.mark.slow
def test_local_attention_does_not_find_far_keys_and_full_attention_does() -> None:
    assert loss("full", steps=400) < 0.3
    assert loss("local", steps=400) > 1.0


def test_a_landmark_for_each_token_learns_as_full_attention_does() -> None:
    found, full = loss("nystrom", 32, steps=4), loss("full", steps=4)
    assert found == pytest.approx(full, abs=0.05)
    assert found != full, "six steps are not quite the inverse"


def test_landmarks_that_do_not_divide_a_length_are_left_out() -> None:
    request = LongAttentionRequest(lengths=(96,), landmarks=(32, 64))
    jobs = LongAttention().jobs(request, "", lambda _: "")
    assert [(job.parameters["kind"], job.parameters["landmarks"]) for job in jobs] == [
        ("full", 0),
        ("linear", 0),
        ("local", 0),
        ("nystrom", 32),
    ]
