"""Errors of plans and leaderboards."""

from __future__ import annotations


class PlanError(Exception):
    """A plan cannot be used; the message names the file and the line."""


class LeaderboardError(Exception):
    """A leaderboard file cannot be read; the message names the place and the remedy."""
