"""The cells of E1 that a laptop measures in a minute."""

from __future__ import annotations

from collections.abc import Iterator

from evaluators.dimension.retrieval.cell import SyntheticCell

ITEMS = (100, 316, 1000, 3162, 10000)
RHOS = (0.35, 0.462, 0.618, 0.8)
"""0.462 is where -2/ln(1 - rho²) is 8.33."""


def small_cells(projection: str = "gaussian", seed: int = 0) -> Iterator[SyntheticCell]:
    """Yield the 20 cells; few items leave few queries, so they get more replicates."""
    for rho in RHOS:
        for items in ITEMS:
            replicates = 32 if items < 1000 else 16
            yield SyntheticCell(items, rho, projection, replicates=replicates, seed=seed)
