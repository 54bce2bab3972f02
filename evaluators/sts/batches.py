"""Batches of a token budget: sorted by length, so that almost nothing is padding."""

from __future__ import annotations

from collections.abc import Sequence


def longest_first(lengths: Sequence[int]) -> list[int]:
    """Return indices by falling length: memory peaks at once, not after half an hour."""
    return sorted(range(len(lengths)), key=lambda i: -lengths[i])


def batch_end(lengths: Sequence[int], start: int, budget: int) -> int:
    """Return where the batch that begins at `start` ends.

    Args:
        lengths: Lengths in tokens, falling.
        start: First sentence of the batch.
        budget: Most tokens in it, padding included; a longer sentence gets a batch of its own.
    """
    return min(len(lengths), start + max(1, budget // lengths[start]))
