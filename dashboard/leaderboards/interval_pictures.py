"""Draw rank intervals as small pictures for the cells of a table."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

_WIDE, _HIGH = 240, 48  # of an interval's picture, in its own units


def interval_pictures(
    ranks: Sequence[int | None], spans: Sequence[tuple[int, int] | None], colour: str
) -> list[str | None]:
    """Return a picture of each rank on its interval, on one axis for all of them.

    The axis holds the intervals of these rows; from a hundred ranks on it is logarithmic, so that
    the first rows of thousands are not all dots at its beginning.
    """
    known = [span for span in spans if span is not None]
    if not known:
        return [None] * len(spans)
    low, high = min(span[0] for span in known), max(span[1] for span in known)
    bend = math.log if high - low >= 100 else float

    def x(rank: int) -> float:
        width = bend(high) - bend(low) or 1.0
        return 10 + (_WIDE - 20) * (bend(rank) - bend(low)) / width

    return [
        None if rank is None or span is None else _picture(x(span[0]), x(rank), x(span[1]), colour)
        for rank, span in zip(ranks, spans, strict=True)
    ]


def _picture(low: float, middle: float, high: float, colour: str) -> str:
    y, width = _HIGH // 2, max(3.0, high - low)
    drawn = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDE}' height='{_HIGH}'>"
        f"<rect x='0' y='{y}' width='{_WIDE}' height='1' fill='{colour}' opacity='.25'/>"
        f"<rect x='{low:.1f}' y='{y - 4}' width='{width:.1f}' height='8' rx='4'"
        f" fill='{colour}' opacity='.5'/>"
        f"<circle cx='{middle:.1f}' cy='{y}' r='8' fill='{colour}'/></svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"
