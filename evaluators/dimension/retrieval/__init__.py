"""recall@1 of queries among N items against the number of dimensions kept (experiment E1).

from evaluators.dimension.retrieval import SyntheticCell, synthetic_curve
synthetic_curve(SyntheticCell(items=10_000, rho=0.462)).levels

Importing this package is light; torch is imported by what needs it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluators.dimension.retrieval.cell import SyntheticCell
    from evaluators.dimension.retrieval.curve import LEVELS, LevelResult, RetrievalCurve
    from evaluators.dimension.retrieval.embeddings import Paired, embedding_curve
    from evaluators.dimension.retrieval.names import PROJECTIONS
    from evaluators.dimension.retrieval.prediction import asymptotic_slope, predicted_recall
    from evaluators.dimension.retrieval.ratio import agreement
    from evaluators.dimension.retrieval.small import small_cells
    from evaluators.dimension.retrieval.synthetic import synthetic_curve

__all__ = [
    "LEVELS",
    "PROJECTIONS",
    "LevelResult",
    "Paired",
    "RetrievalCurve",
    "SyntheticCell",
    "agreement",
    "asymptotic_slope",
    "embedding_curve",
    "predicted_recall",
    "small_cells",
    "synthetic_curve",
]

_HOMES = {
    "LEVELS": "curve",
    "PROJECTIONS": "names",
    "LevelResult": "curve",
    "Paired": "embeddings",
    "RetrievalCurve": "curve",
    "SyntheticCell": "cell",
    "agreement": "ratio",
    "asymptotic_slope": "prediction",
    "embedding_curve": "embeddings",
    "predicted_recall": "prediction",
    "small_cells": "small",
    "synthetic_curve": "synthetic",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
