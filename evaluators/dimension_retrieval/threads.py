"""Compute several pieces of work in parallel, each by one thread.

Threads that share a matrix product of this size wait for the slowest of them at each of thousands
of calls. On a machine with other work that made a scan 30 times slower than one thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Value = TypeVar("Value")

_INTERVAL = 0.25  # seconds between two reports of progress


def in_order(
    count: int, compute: Callable[[int], Value], waiting: Callable[[], None] | None = None
) -> Iterator[Value]:
    """Yield compute(0), compute(1) …, computed in parallel on as many threads as torch has.

    Inside `compute` torch and BLAS have one thread each, so that a nested call of this function is
    sequential; afterwards the caller's numbers of threads are restored. A single piece of work
    keeps all threads.

    Args:
        count: Number of pieces.
        compute: Called in worker threads; at most two pieces per thread are in the queue.
        waiting: Called in the caller's thread about four times a second while it waits.
    """
    if count == 1:
        yield compute(0)
        return
    workers = min(torch.get_num_threads(), count)
    running: deque[Future[Value]] = deque()
    with (
        _single_threads(),
        ThreadPoolExecutor(workers, "retrieval", torch.set_num_threads, (1,)) as pool,
    ):
        try:
            for part in range(count):
                if len(running) == 2 * workers:
                    yield _result(running.popleft(), waiting)
                running.append(pool.submit(compute, part))
            while running:
                yield _result(running.popleft(), waiting)
        finally:
            for future in running:
                future.cancel()


def _result(future: Future[Value], waiting: Callable[[], None] | None) -> Value:
    while waiting:
        try:
            return future.result(timeout=_INTERVAL)
        except TimeoutError:
            if future.done():  # a TimeoutError of its own
                break
            waiting()
    return future.result()


@contextmanager
def _single_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    try:
        with threadpool_limits(1):
            torch.set_num_threads(1)
            yield
    finally:
        torch.set_num_threads(before)
