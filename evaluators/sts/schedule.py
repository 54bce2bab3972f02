"""Run batches of a token budget on worker threads, within the available memory.

Each core computes its own batch in one thread, instead of one batch on all cores: cores do not wait
for each other after every operation, which costs little on an idle machine and most of the time on
a busy one (measured on two cores shared with other work: 2.4 s against 8 s). Batches are
sorted by length, so that almost nothing is padding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, NamedTuple, TypeVar

import torch

from evaluators.errors import CheckpointError

Value = TypeVar("Value")
_SPARSE = 4  # how much larger than its budget an unpadded batch may get by padding


class Finished(NamedTuple, Generic[Value]):
    """A finished batch: the sentences `start` to `end` and what was computed from them."""

    start: int
    end: int
    value: Value


class TokenBudget:
    """Maximum number of tokens of a batch.

    Attributes:
        tokens: The current budget.
        halvings: How often memory ran out.
    """

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.halvings = 0

    def halve(self, error: Exception, lengths: Sequence[int], size: int) -> None:
        """Halve the budget after a batch failed, or raise the error if memory did not run out.

        Args:
            error: The error of the batch.
            lengths: Lengths of its sentences, falling.
            size: Its tokens as the budget counts them.

        Raises:
            CheckpointError: The batch is one sentence: there is nothing left to halve.
        """
        if not is_out_of_memory(error):
            raise error
        if len(lengths) == 1:
            raise CheckpointError(
                f"one sentence of {lengths[0]} tokens does not fit into memory: set max_length"
                " lower"
            ) from error
        if size <= self.tokens:  # another worker's batch may have lowered it already
            self.tokens = size // 2
            self.halvings += 1


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception means that memory ran out, on a GPU or on the host."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text
    )


def run_batches(
    lengths: Sequence[int],
    budget: TokenBudget,
    workers: int,
    compute: Callable[[int, int], Value],
    *,
    unpadded: bool = False,
) -> Iterator[Finished[Value]]:
    """Compute every sentence once, in batches; the budget is halved when memory runs out.

    Args:
        lengths: Lengths in tokens, falling.
        budget: Tokens per batch; a halved budget is kept for the next call.
        workers: Number of batches at once; they share torch's threads, whose number is restored.
        compute: Function of the first sentence of a batch and the one after its last.
        unpadded: Whether batches have no padding, so that none counts.
    """
    find_end = unpadded_end if unpadded else batch_end
    threads = torch.get_num_threads()
    todo = [(0, len(lengths))]
    running: deque[tuple[int, int, Future[Value]]] = deque()
    with ThreadPoolExecutor(
        workers, "encode", torch.set_num_threads, (max(1, threads // workers),)
    ) as pool:
        try:
            while any(start < end for start, end in todo) or running:
                while todo and len(running) < 2 * workers:
                    start, last = todo.pop()
                    if start < last:
                        end = min(last, find_end(lengths, start, budget.tokens))
                        todo.append((end, last))
                        running.append((start, end, pool.submit(compute, start, end)))
                start, end, future = running.popleft()
                try:
                    value = future.result()
                except (MemoryError, RuntimeError) as error:
                    batch = lengths[start:end]
                    budget.halve(error, batch, sum(batch) if unpadded else batch[0] * len(batch))
                    todo.append((start, end))
                    continue
                yield Finished(start, end, value)
        finally:
            for *_, future in running:
                future.cancel()
            torch.set_num_threads(threads)


def longest_first(lengths: Sequence[int]) -> list[int]:
    """Return indices by falling length, so that memory peaks first, not after half an hour."""
    return sorted(range(len(lengths)), key=lambda i: -lengths[i])


def batch_end(lengths: Sequence[int], start: int, budget: int) -> int:
    """Return the end of the batch that begins at `start`.

    A batch of one length needs neither padding nor a mask, so it ends where the length changes if
    it is half full by then.

    Args:
        lengths: Lengths in tokens, falling.
        start: First sentence of the batch.
        budget: Maximum number of tokens, padding included; a longer sentence is its own batch.
    """
    room = max(1, budget // lengths[start])
    end = min(len(lengths), start + room)
    if lengths[end - 1] == lengths[start]:
        return end
    change = next(i for i in range(start, end) if lengths[i] != lengths[start])
    return change if 2 * (change - start) >= room else end


def unpadded_end(lengths: Sequence[int], start: int, budget: int) -> int:
    """Return the end of a batch that begins at `start` and is not padded.

    States are padded after the pass, for the poolings: `_SPARSE` bounds the memory of that.

    Args:
        lengths: Lengths in tokens, falling.
        start: First sentence of the batch.
        budget: Maximum number of tokens; a longer sentence is its own batch.
    """
    tokens, end = lengths[start], start + 1
    most = start + max(1, _SPARSE * budget // lengths[start])
    while end < min(most, len(lengths)) and tokens + lengths[end] <= budget:
        tokens += lengths[end]
        end += 1
    return end
