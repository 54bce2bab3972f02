"""The type of each task of a leaderboard, for means over types.

Revision: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty for the boards that are there."""
    op.add_column("leaderboard_columns", sa.Column("type", sa.Text(), nullable=True))
