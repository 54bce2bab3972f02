"""Ctrl-C is Ctrl-C, whatever swallows it on its way."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from flows.runs.interrupt import remembered_interrupt, stop_if_interrupted


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Take Ctrl-C: a suite that runs in the background inherits it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_error_in_place_of_the_interrupt_is_taken_for_the_interrupt() -> None:
    @remembered_interrupt()
    def night() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("Task run is not set") from None

    with pytest.raises(KeyboardInterrupt) as caught:
        night()
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_swallowed_interrupt_stops_before_the_next_job() -> None:
    reached = []

    @remembered_interrupt()
    def night() -> None:
        for job in range(3):
            stop_if_interrupted()
            reached.append(job)
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                continue

    with pytest.raises(KeyboardInterrupt):
        night()
    assert reached == [0]


def test_other_errors_and_later_blocks_are_left_alone() -> None:
    with pytest.raises(KeyboardInterrupt), remembered_interrupt():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(ValueError, match="mine"), remembered_interrupt():
        raise ValueError("mine")
    stop_if_interrupted()


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with remembered_interrupt():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
