"""Facts about the models of a leaderboard, and the languages of its tasks.

Revision: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column, empty for the boards that are there."""
    op.add_column("leaderboard_columns", sa.Column("languages", sa.Text(), nullable=True))
    op.create_table(
        "leaderboard_facts",
        sa.Column("board_id", sa.Text(), nullable=False),
        sa.Column("model_position", sa.Integer(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
    )
