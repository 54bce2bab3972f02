"""The training method of a published score.

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; sentence similarity, which was recorded before, has none."""
    op.add_column("published_scores", sa.Column("method", sa.Text(), nullable=True))
