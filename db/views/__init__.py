"""The typed views, in the order in which they build on one another."""

from __future__ import annotations

from db.views import (
    arms,
    changes,
    claims,
    clue,
    dimension,
    gradients,
    leaderboards,
    published,
    runs,
    scores,
    simcse,
    sweep,
    verdicts,
)
from db.views.view import View

VIEWS: tuple[View, ...] = (
    runs.VIEWS
    + scores.VIEWS
    + leaderboards.VIEWS
    + claims.VIEWS
    + verdicts.VIEWS
    + changes.VIEWS
    + dimension.VIEWS
    + sweep.VIEWS
    + gradients.VIEWS
    + simcse.VIEWS
    + clue.VIEWS
    + arms.VIEWS
    + published.VIEWS
)

__all__ = ["VIEWS", "View"]
