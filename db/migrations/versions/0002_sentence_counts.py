"""How many distinct sentences a dataset has.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was recorded before has no count."""
    op.add_column("datasets", sa.Column("sentence_count", sa.BigInteger(), nullable=True))
