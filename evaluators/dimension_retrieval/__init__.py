"""Measure how many dimensions a query needs to find its own item among N, by recall@1.

This module is light: plans are checked against it.
"""

from __future__ import annotations

PROJECTIONS = ("gaussian", "pca", "whitening")
"""Gaussian (Johnson and Lindenstrauss), principal components, and these at variance 1."""


def largest_rank(projection: str, items: int, d: int) -> int:
    """Return the most dimensions a projection can have, one less than N with centred items."""
    return d if projection == "gaussian" else min(d, items - 1)
