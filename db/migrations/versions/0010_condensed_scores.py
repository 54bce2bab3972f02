"""Three small tables of what pages ask of scores most.

Revision: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, which `Store.upgrade` fills from the scores that are there."""
    op.create_table(
        "headline_scores",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("ci_low", sa.Double(), nullable=True),
        sa.Column("ci_high", sa.Double(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=True),
    )
    op.create_table(
        "full_width_scores",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=True),
        sa.Column("spearman", sa.Double(), nullable=True),
        sa.Column("ci_low", sa.Double(), nullable=True),
        sa.Column("ci_high", sa.Double(), nullable=True),
        sa.Column("pearson", sa.Double(), nullable=True),
        sa.Column("pairs", sa.BigInteger(), nullable=True),
        sa.Column("spearman_mean", sa.Double(), nullable=True),
        sa.Column("spearman_wmean", sa.Double(), nullable=True),
        sa.Column("ks", sa.ARRAY(sa.Integer()), nullable=True),
    )
    op.create_table(
        "other_width_scores",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=True),
        sa.Column("precision", sa.Text(), nullable=False),
        sa.Column("spearman", sa.Double(), nullable=True),
        sa.Column("ci_low", sa.Double(), nullable=True),
        sa.Column("ci_high", sa.Double(), nullable=True),
        sa.Column("pearson", sa.Double(), nullable=True),
        sa.Column("pairs", sa.BigInteger(), nullable=True),
        sa.Column("spearman_mean", sa.Double(), nullable=True),
        sa.Column("spearman_wmean", sa.Double(), nullable=True),
        sa.Column("change", sa.Double(), nullable=True),
        sa.Column("change_low", sa.Double(), nullable=True),
        sa.Column("change_high", sa.Double(), nullable=True),
    )
