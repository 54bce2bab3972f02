"""The tables: facts, only ever added; what is current is a view."""

from __future__ import annotations

from db.tables.base import metadata
from db.tables.claims import claims, published_scores, verdicts
from db.tables.dictionary import dictionary
from db.tables.facts import fact_imports
from db.tables.leaderboards import (
    leaderboard_cells,
    leaderboard_columns,
    leaderboard_ranks,
    leaderboard_rows,
    leaderboards,
)
from db.tables.runs import checkpoints, datasets, night_reports, runs, systems
from db.tables.scores import score_curves, scores

__all__ = [
    "checkpoints",
    "claims",
    "datasets",
    "dictionary",
    "fact_imports",
    "leaderboard_cells",
    "leaderboard_columns",
    "leaderboard_ranks",
    "leaderboard_rows",
    "leaderboards",
    "metadata",
    "night_reports",
    "published_scores",
    "runs",
    "score_curves",
    "scores",
    "systems",
    "verdicts",
]
