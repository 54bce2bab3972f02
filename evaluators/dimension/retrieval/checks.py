"""What an experiment on retrieval must be given, said in one sentence where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evaluators.dimension.retrieval.names import PROJECTIONS, largest_rank
from evaluators.errors import DimensionError
from evaluators.names import require_known


def check_experiment(items: int, d: int, rho: float | None, queries: int, replicates: int) -> None:
    """Refuse an experiment that cannot be run.

    Raises:
        DimensionError: Fewer than two items, a cosine outside (0, 1), nothing to draw.
    """
    if items < 2:
        raise DimensionError(f"{items} items: retrieval needs at least 2 to choose from")
    if d < 2:
        raise DimensionError(f"items of {d} coordinates: cosines need at least 2")
    if rho is not None and not 0 < rho < 1:
        raise DimensionError(f"rho is {rho}: the cosine of query and item lies between 0 and 1")
    if queries < 1 or replicates < 1:
        raise DimensionError(f"{queries} queries, {replicates} replicates: give 1 or more of each")


def check_dims(dims: Sequence[int], projection: str, items: int, d: int) -> tuple[int, ...]:
    """Return the numbers of dimensions to look at.

    Raises:
        UnknownNameError: No projection of that name.
        DimensionError: They do not rise, or the projection has not so many.
    """
    require_known("projection", [projection], PROJECTIONS)
    found = tuple(int(n) for n in dims)
    if not found or found[0] < 1 or any(b <= a for a, b in pairwise(found)):
        raise DimensionError(f"dimensions {list(dims)}: give rising whole numbers from 1")
    most = largest_rank(projection, items, d)
    if found[-1] > most:
        raise DimensionError(
            f"n = {found[-1]} dimensions of {items} items in {d}: the {projection} projection has"
            f" at most {most}"
        )
    return found


def check_vectors(name: str, rows: NDArray[np.floating], width: int | None = None) -> None:
    """Refuse vectors that have no cosine.

    Args:
        name: What they are called, for the message.
        rows: Should be of shape (M, d).
        width: The d they must have, if any.

    Raises:
        DimensionError: Not a matrix of finite numbers, of another width, or with a zero row.
    """
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.floating):
        raise DimensionError(f"{name}: shape {rows.shape} of {rows.dtype}, not floats (rows, d)")
    if width is not None and rows.shape[1] != width:
        raise DimensionError(f"{name} have {rows.shape[1]} coordinates, the items {width}")
    largest = np.abs(rows).max(axis=1, initial=0)  # NaN where one is
    if not np.isfinite(largest).all():
        raise DimensionError(f"{name}: row {_first(~np.isfinite(largest))} holds NaN or infinity")
    if (largest == 0).any():
        raise DimensionError(f"{name}: row {_first(largest == 0)} is zero and has no cosine")


def count_duplicates(rows: NDArray[np.floating]) -> int:
    """Return how many rows equal an earlier one, coordinate by coordinate."""
    seen = {blake2b((row + 0.0).tobytes(), digest_size=16).digest() for row in rows}
    return len(rows) - len(seen)


def _first(where: NDArray[np.bool_]) -> int:
    return int(np.flatnonzero(where)[0])
