from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import file_lock

Files = tuple[int, int]


@pytest.fixture
def twice(tmp_path: Path) -> Iterator[Files]:
    """One file, opened as two processes would open it."""
    path = tmp_path / "a.lock"
    first, second = (os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2))
    yield first, second
    os.close(first)
    os.close(second)


def test_readers_share_a_lock_and_keep_a_writer_out(twice: Files) -> None:
    assert file_lock.take(twice[0], shared=True)
    assert file_lock.take(twice[1], shared=True)
    assert not file_lock.take(twice[1])


def test_a_writer_keeps_readers_out_and_is_named(twice: Files) -> None:
    assert file_lock.take(twice[0])
    assert file_lock.holder(twice[1]) == "another process"
    file_lock.write_holder(twice[0])
    assert not file_lock.take(twice[1], shared=True)
    assert file_lock.holder(twice[1]) == f"process {os.getpid()}"


def test_closing_the_file_leaves_the_lock(twice: Files, tmp_path: Path) -> None:
    third = os.open(tmp_path / "a.lock", os.O_RDWR)
    assert file_lock.take(third)
    os.close(third)
    assert file_lock.take(twice[0])
