"""Place ranks on the height of a chart so that every rank that differs is seen to differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_FURTHER = 2.0
"""Most lines of room that a gap between two ranks takes more."""


def heights(ranks: Iterable[int]) -> dict[int, float]:
    """Return the height of each rank: in order, and further apart where ranks between are missing.

    The same rank has the same height wherever it is drawn, so a line is level only where the rank
    stays, and tied rows meet. Ranks on a linear axis would put the first twelve of 3,000 on one
    pixel.
    """
    placed: dict[int, float] = {}
    height, before = 0.0, None
    for rank in sorted(set(ranks)):
        if before is not None:
            height += 1 + min(_FURTHER, 0.7 * math.log10(rank - before))
        placed[rank] = height
        before = rank
    return placed


def apart(wanted: Sequence[float], least: float) -> list[float]:
    """Return places for labels near the wanted ones and at least so far from each other.

    Labels that would overlap share the room around the mean of what they want.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[list[float]] = []  # sum of wanted starts, number of labels
    for i in order:
        blocks.append([wanted[i], 1.0])
        while len(blocks) > 1 and _start(blocks[-2]) + least * blocks[-2][1] > _start(blocks[-1]):
            total, count = blocks.pop()
            # Label k of a block stands k·least below its start: it wants start = w − k·least.
            blocks[-1][0] += total - blocks[-1][1] * least * count
            blocks[-1][1] += count
    places = [0.0] * len(wanted)
    k = 0
    for block in blocks:
        for step in range(int(block[1])):
            places[order[k]] = _start(block) + step * least
            k += 1
    return places


def _start(block: list[float]) -> float:
    """Return where a block of labels starts: `block[0]` is the sum of the starts they want."""
    return block[0] / block[1]
