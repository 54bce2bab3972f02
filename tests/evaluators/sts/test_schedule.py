from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evaluators.sts import Session
from evaluators.sts.encoder import _keeps_state
from evaluators.sts.schedule import TokenBudget, batch_end, longest_first, run_batches


def threads_of_a_new_thread() -> int:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.usefixtures("two_threads")
def test_threads_are_the_callers_again_after_an_encoding(
    checkpoint: Path, sentences: tuple[str, ...]
) -> None:
    with Session(checkpoint, poolings=["cls"], token_budget=30, device="cpu") as session:
        session.encode(sentences)
        assert session.cost["workers"] == 2
    assert torch.get_num_threads() == 2
    assert threads_of_a_new_thread() == 2


@pytest.mark.usefixtures("two_threads")
def test_threads_are_the_callers_again_after_an_error_and_an_abandoned_run() -> None:
    def broken(start: int, end: int) -> int:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(run_batches([5, 5, 5], TokenBudget(5), 2, broken))
    assert threads_of_a_new_thread() == 2
    run = run_batches([5, 5, 5], TokenBudget(5), 2, lambda start, end: start)
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert threads_of_a_new_thread() == 2


@pytest.mark.usefixtures("two_threads")
def test_workers_give_the_vectors_of_one(checkpoint: Path, sentences: tuple[str, ...]) -> None:
    found = []
    for threads in (2, 1):
        torch.set_num_threads(threads)
        with Session(checkpoint, poolings=["first-last-mean"], token_budget=30) as session:
            session.encode(sentences)
            found.append(session._store.vectors("first-last-mean"))
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


@given(st.lists(st.integers(1, 40), max_size=60), st.integers(1, 100), st.integers(1, 3))
def test_every_sentence_is_computed_once_within_the_budget(
    lengths: list[int], budget: int, workers: int
) -> None:
    lengths = sorted(lengths, reverse=True)
    done = list(run_batches(lengths, TokenBudget(budget), workers, lambda start, end: end - start))
    assert [i for start, end, _ in done for i in range(start, end)] == list(range(len(lengths)))
    for start, _, size in done:
        assert size == 1 or size * lengths[start] <= budget


def test_a_batch_half_full_ends_where_the_length_changes() -> None:
    lengths = [9] * 6 + [8] * 20
    assert batch_end(lengths, 0, 90) == 6  # six of ten: no padding, no mask
    assert batch_end(lengths, 2, 90) == 12  # four of ten: filled up, padded
    assert batch_end(lengths, 6, 90) == 17
    assert [lengths[i] for i in longest_first(lengths)] == lengths


def test_models_whose_forward_pass_changes_them_get_one_worker() -> None:
    assert _keeps_state(SimpleNamespace(rope_scaling={"type": "dynamic", "factor": 2.0}))
    assert _keeps_state(SimpleNamespace(rope_parameters={"rope_type": "longrope"}))
    assert not _keeps_state(SimpleNamespace(rope_parameters={"rope_type": "default"}))
    assert not _keeps_state(SimpleNamespace())
