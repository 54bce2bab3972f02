"""Errors of plans, leaderboards and the rules of claims."""

from __future__ import annotations


class PlanError(Exception):
    """A plan cannot be used; the message names the file and the line."""


class LeaderboardError(Exception):
    """A leaderboard file cannot be read; the message names the place and the remedy."""


class ClaimError(Exception):
    """A claim's rule failed on its evidence; the message names the claim and the line."""
