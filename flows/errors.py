"""Errors of plans and leaderboards."""

from __future__ import annotations


class PlanError(Exception):
    """A plan cannot be used: names the file, the line and the nearest valid name."""


class LeaderboardError(Exception):
    """A leaderboard file cannot be read: names the file, the row, the column and what to do."""
