"""The cells of E1 that a laptop measures in a minute."""

from __future__ import annotations

from collections.abc import Iterator

from evaluators.dimension.retrieval.cell import SyntheticCell

REPLICATES = {100: 200, 316: 100, 1000: 48, 3162: 24, 10000: 16}
"""By number of items: few items leave few queries to a replicate, and cost little."""

RHOS = (0.35, 0.462, 0.618, 0.8)
"""0.462 is where -2/ln(1 - rho²) is 8.33."""


def replicates_for(items: int) -> int:
    """Return how many replicates give N items an interval worth having."""
    return next((count for most, count in REPLICATES.items() if items <= most), 16)


def small_cells(projection: str = "gaussian", seed: int = 0) -> Iterator[SyntheticCell]:
    """Yield the 20 cells: four cosines, five numbers of items."""
    for rho in RHOS:
        for items, replicates in REPLICATES.items():
            yield SyntheticCell(items, rho, projection, replicates=replicates, seed=seed)
