"""Work runs on one thread, and the caller has its threads back."""

from __future__ import annotations

import pytest
import torch

from evaluators.contrastive.one_thread import one_thread


@pytest.mark.usefixtures("two_threads")
def test_threads_are_given_back_whatever_happens() -> None:
    inside = []

    def fail() -> None:
        with one_thread():
            inside.append(torch.get_num_threads())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert inside == [1]
    assert torch.get_num_threads() == 2
