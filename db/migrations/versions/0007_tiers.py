"""Tiers of the models that a leaderboard does not tell apart, with their rank intervals.

Revision: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty for the rankings that are there until they are computed anew."""
    for name in ("tier", "rank_low", "rank_high"):
        op.add_column("leaderboard_ranks", sa.Column(name, sa.Integer(), nullable=True))
