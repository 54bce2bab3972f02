"""What a verdict rests on: level, setting, power, looks; what a claim speaks of.

Revision: 0005
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW: dict[str, sa.types.TypeEngine[Any]] = {
    "setting": sa.Text(),
    "combined": sa.Boolean(),
    "level": sa.Text(),
    "cut": sa.Text(),
    "exploratory": sa.Boolean(),
    "p_value": sa.Float(53),
    "smallest_detectable": sa.Float(53),
    "looks": sa.BigInteger(),
    "rests_on": sa.Text(),
    "settles": sa.Text(),
    "evidence_digest": sa.Text(),
    "evidence_from": sa.DateTime(),
}


def upgrade() -> None:
    """Add columns, empty for verdicts made before; a setting moves out of `treatment`."""
    for name in ("scope", "level"):
        op.add_column("claims", sa.Column(name, sa.Text(), nullable=True))
    for name, kind in _NEW.items():
        op.add_column("verdicts", sa.Column(name, kind, nullable=True))
    op.execute(
        "UPDATE verdicts SET setting = treatment, treatment = NULL"
        " WHERE board IS NULL AND treatment IS NOT NULL"
    )
