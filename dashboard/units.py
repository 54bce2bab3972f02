"""The unit in which people read a metric."""

from __future__ import annotations

from dashboard.sweep_words import SHARES

_CORRELATIONS = {"spearman", "pearson", "cosine"}
_RATES = {"accuracy", "f1", "em", "precision", "recall", *SHARES}


def times(metric: str) -> int:
    """Return 100 for a correlation or a share of 1, which are read ×100; 1 for any other number."""
    name = str(metric)
    known = name in _CORRELATIONS or name in _RATES
    return 100 if known or name.endswith(("_f1", "_accuracy", "_em")) else 1


def unit(metric: str) -> str:
    """Return what a metric was multiplied with, in words."""
    return "×100" if times(metric) == 100 else "as it is"
