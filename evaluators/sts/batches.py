"""Batches of a token budget: sorted by length, so that almost nothing is padding."""

from __future__ import annotations

from collections.abc import Sequence


def longest_first(lengths: Sequence[int]) -> list[int]:
    """Return indices by falling length: memory peaks at once, not after half an hour."""
    return sorted(range(len(lengths)), key=lambda i: -lengths[i])


def batch_end(lengths: Sequence[int], start: int, budget: int) -> int:
    """Return where the batch that begins at `start` ends.

    A batch of one length needs neither padding nor a mask, so it ends where the length changes if
    it is half full by then.

    Args:
        lengths: Lengths in tokens, falling.
        start: First sentence of the batch.
        budget: Most tokens in it, padding included; a longer sentence gets a batch of its own.
    """
    room = max(1, budget // lengths[start])
    end = min(len(lengths), start + room)
    if lengths[end - 1] == lengths[start]:
        return end
    change = next(i for i in range(start, end) if lengths[i] != lengths[start])
    return change if 2 * (change - start) >= room else end
