"""Parts are computed in order, a bounded number ahead, and exceptions come through."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from evaluators.sts import Session, ahead
from evaluators.sts.ahead import computed_ahead, longest_first_parts


def test_no_more_parts_are_computed_than_asked_ahead() -> None:
    begun: list[int] = []

    def compute(part: int) -> int:
        begun.append(part)
        return part * part

    results = computed_ahead(compute, range(10), ahead=2)
    found = []
    for part, square in results:
        time.sleep(0.01)  # time enough to run further ahead
        assert len(begun) <= part + 3
        found.append(square)
    assert found == [n * n for n in range(10)]


def test_an_exception_comes_at_its_turn_and_ends_the_thread() -> None:
    def compute(part: int) -> int:
        if part == 2:
            raise KeyError("part 2")
        return part

    results = computed_ahead(compute, range(10), ahead=3)
    assert next(results) == (0, 0)
    assert next(results) == (1, 1)
    with pytest.raises(KeyError, match="part 2"):
        next(results)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_leaving_early_computes_nothing_more() -> None:
    begun: list[int] = []
    results = computed_ahead(begun.append, range(100), ahead=1)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(begun) <= 2


def test_parts_hold_every_sentence_once_longest_first_and_double() -> None:
    sentences = ["x" * (i * 7 % 23 + 1) for i in range(23)]
    parts = list(longest_first_parts(sentences, first=3))
    assert [len(part) for part in parts] == [3, 6, 12, 2]
    assert [s for part in parts for s in part] == sorted(sentences, key=len, reverse=True)


def test_parts_give_the_vectors_of_the_whole(
    checkpoint: Path, sentences: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for parts in (lambda unseen: [unseen], lambda unseen: ahead.longest_first_parts(unseen, 5)):
        done: list[int] = []
        with Session(
            checkpoint,
            poolings=["last-mean"],
            device="cpu",
            progress=lambda stage, n, total, done=done: done.append(n),  # type: ignore[misc]
        ) as session:
            session._loaded().on_cpu = False
            monkeypatch.setattr("evaluators.sts.session.longest_first_parts", parts)
            session.encode(sentences)
            found.append(session._store.vectors("last-mean")[session._store.rows(sentences)])
        assert done == sorted(done)
        assert done[-1] == len(set(sentences))
    np.testing.assert_allclose(found[1], found[0], atol=1e-6)
