"""Show the tab "All means": ranks and changes of place over all exponents."""

from __future__ import annotations

from dashboard.leaderboards.over_p import over_p
from dashboard.leaderboards.pairs import pairs
from dashboard.leaderboards.view import Choice, View


def all_means(view: View, choice: Choice) -> None:
    """Draw ranks over p, and find where rows change places."""
    over_p(view, choice)
    pairs(view, choice)
