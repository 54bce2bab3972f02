"""The board a claim was made about, and the report of each plan run.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns, empty for claims recorded before, and a table."""
    for name in ("title", "home_board", "home_snapshot", "home_treatment"):
        op.add_column("claims", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "night_reports",
        sa.Column("night_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=False),
        sa.Column("evaluated", sa.BigInteger(), nullable=False),
        sa.Column("restored", sa.BigInteger(), nullable=False),
        sa.Column("elsewhere", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("verdicts", sa.BigInteger(), nullable=False),
    )
