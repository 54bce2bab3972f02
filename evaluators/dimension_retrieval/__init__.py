"""How many dimensions does a query need to find its own item among N?  recall@1 by projection.

This module is light: plans are checked against it.
"""

from __future__ import annotations

PROJECTIONS = ("gaussian", "pca", "whitening")
"""Johnson and Lindenstrauss's, principal components, the same at variance 1."""


def largest_rank(projection: str, items: int, d: int) -> int:
    """Return the most dimensions a projection can have: centring costs the items one."""
    return d if projection == "gaussian" else min(d, items - 1)
