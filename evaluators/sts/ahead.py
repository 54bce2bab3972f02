"""Tokenise ahead of the device: one thread prepares the next part while this one is encoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Value = TypeVar("Value")

FIRST_PART = 8192
"""Sentences of the first part; each later one has twice as many."""


def longest_first_parts(sentences: Sequence[str], first: int = FIRST_PART) -> Iterator[list[str]]:
    """Yield sentences in parts, those with the most characters first.

    Lengths in tokens are not known yet. The first part is small so that the device begins soon, and
    later ones grow so that joining their vectors costs time in proportion to all.
    """
    order = sorted(sentences, key=len, reverse=True)  # equal lengths stay in order
    start = 0
    while start < len(order):
        yield order[start : start + first]
        start, first = start + first, 2 * first


def computed_ahead(
    compute: Callable[[Part], Value], parts: Iterable[Part], ahead: int = 1
) -> Iterator[tuple[Part, Value]]:
    """Yield every part and what a thread computed from it, in order.

    At most `ahead` parts are computed before they are asked for. An exception is raised where its
    part's turn comes; none of the later parts is yielded then.

    Args:
        compute: Function of a part, called in one thread.
        parts: The parts; taken one by one.
        ahead: How many parts to compute ahead.
    """
    waiting: deque[tuple[Part, Future[Value]]] = deque()
    with ThreadPoolExecutor(1, "ahead") as pool:
        try:
            for part in parts:
                waiting.append((part, pool.submit(compute, part)))
                if len(waiting) > ahead:
                    ready, future = waiting.popleft()
                    yield ready, future.result()
            while waiting:
                ready, future = waiting.popleft()
                yield ready, future.result()
        finally:
            for _, future in waiting:
                future.cancel()
