"""A retrieval curve as the scores and curves that are kept."""

from __future__ import annotations

from evaluators.dimension.retrieval.curve import RetrievalCurve
from evaluators.dimension.rows import grid_curves, threshold_scores
from evaluators.result import Result, Score


def as_result(curve: RetrievalCurve) -> Result:
    """Return n* at each level, recall over dimensions, and what is odd about the items."""
    trials = curve.queries * len(curve.by_replicate)
    scores: list[Score] = []
    for level in curve.levels:
        scores += threshold_scores(
            f"recall {level.level:g}",
            level.measured,
            trials=trials,
            last=float(curve.dims[-1]),
            predicted=level.predicted,
            variant={"items": curve.items},
        )
    scores.append(Score("duplicates", float(curve.duplicates), curve.items))
    curves = {"recall@1": curve.recall}
    if curve.predicted is not None:
        curves["recall@1 predicted"] = curve.predicted
    cost = {
        "device": curve.device,
        "seconds": curve.seconds,
        "working_bytes": curve.working_bytes,
        "queries": curve.queries,
        "replicates": len(curve.by_replicate),
    }
    return Result(tuple(scores), grid_curves(curve.dims, curves), cost)
