"""Descriptions of columns that a table carries already."""

from __future__ import annotations

import sqlalchemy as sa


def described(table: sa.Table, *names: str) -> dict[str, str]:
    """Return the descriptions that the named columns of a table carry, all of them by default."""
    wanted = names or tuple(table.columns.keys())
    return {name: str(table.columns[name].comment) for name in wanted}
