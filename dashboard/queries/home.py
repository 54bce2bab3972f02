"""What the first page asks of published scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    from sqlalchemy import Connection

# As printed, with up to three decimals of a score out of 100.
_TRUST = """
    SELECT count(*) AS published,
        count(*) FILTER (WHERE abs(difference) <= 0.001 * unit_max) AS again,
        max(abs(difference) / unit_max) AS furthest
    FROM published_vs_measured WHERE matched_by IN ('weights', 'revision')
"""


def trust(connection: Connection) -> dict[str, Any]:
    """Return how many published scores were measured again, and how near."""
    return dict(frame(connection, _TRUST).iloc[0])
