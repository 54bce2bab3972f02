"""Write rankings and tiers as plain records, for files and for programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from evaluators.averaging.ranking import Ranking, RankRow
from evaluators.averaging.stability.tiers import Tiers


def about(ranking: Ranking) -> dict[str, Any]:
    """Return the identity of a ranking: board, snapshot, treatment, mean, p, n."""
    return {
        "board": ranking.board,
        "snapshot": ranking.snapshot,
        "treatment": ranking.treatment.name,
        "mixed": ranking.treatment.mixed,
        "mean": ranking.mean,
        "p": ranking.exponent,
        "n_models": len(ranking.ranked),
        "n_columns": len(ranking.columns),
        "notes": "; ".join(ranking.notes),
    }


def row_record(row: RankRow) -> dict[str, Any]:
    """Return one row of a ranking as plain values."""
    return {
        "rank": row.rank,
        "model": row.model,
        "submitted_by": row.submitted_by,
        "is_human": row.is_human,
        "score": row.score,
        "flags": "; ".join(row.flags),
        "left_out": row.left_out,
    }


def in_order(tiers: Tiers) -> list[int]:
    """Return the positions of the ranked rows, best first."""
    return [int(i) for i in np.argsort(tiers.contest.ranks, kind="stable")]


def tier_records(tiers: Tiers, seed: int) -> list[dict[str, Any]]:
    """Return one flat record per ranked row, with the identity of its ranking.

    Args:
        tiers: The tiers.
        seed: Seed of the sign flips.
    """
    return [
        {
            **about(tiers.contest.ranking),
            "confidence": tiers.confidence,
            "resamples": tiers.resamples,
            "seed": seed,
            "tier": int(tiers.tiers[i]),
            "rank": int(tiers.contest.ranks[i]),
            "rank_low": int(tiers.rank_intervals[i, 0]),
            "rank_high": int(tiers.rank_intervals[i, 1]),
            "model": tiers.contest.models[i],
            "score": float(tiers.contest.scores[i]),
        }
        for i in in_order(tiers)
    ]
