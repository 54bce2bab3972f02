"""Which of a task's metrics is its main one, where an old result does not say."""

from __future__ import annotations

from collections.abc import Mapping

_BY_SHAPE = (
    "ndcg_at_10",  # retrieval
    "v_measure",  # clustering
    "max_ap",  # pair classification; see below
    "cosine_spearman",  # STS, summaries
    "map_at_1000",  # reranking
    "accuracy",  # classification
    "f1",  # bitext mining
)
_OWN = {"Cmnli": "max_accuracy", "Ocnli": "max_accuracy"}
"""Tasks whose main metric is not that of their kind, as mteb 2 has it."""


def main_score(task: str, scores: Mapping[str, float]) -> tuple[str, float] | None:
    """Return name and value of the main metric, or None where nothing tells which it is.

    As mteb itself does, the metric of today is taken from an old result, not the one that was
    the main metric then (pair classification: best average precision over similarities).
    """
    own = _OWN.get(task)
    if own in scores and own is not None:
        return own, scores[own]
    for name in _BY_SHAPE:
        if name in scores:
            return name, scores[name]
    return None


def which(task: str, scores: Mapping[str, float], main: float) -> set[str]:
    """Return the metrics that a stated main score may be: those of the same value."""
    return {name for name, score in scores.items() if score == main and name != "main_score"}
