"""One metadata for all tables, and the shorthand that makes every column describe itself."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

TEXT = sa.Text()
INTEGER = sa.Integer()
BIGINT = sa.BigInteger()
DOUBLE: sa.Double[float] = sa.Double()
BOOLEAN = sa.Boolean()
# Naive on purpose: always UTC.  TIMESTAMPTZ would print in each reader's own time zone.
TIMESTAMP = sa.DateTime()


def column(
    name: str, kind: sa.types.TypeEngine[Any], comment: str, *, null: bool = False
) -> sa.Column[Any]:
    """Return a column that cannot be made without a description.

    There are no primary keys, unique constraints, indexes or defaults anywhere: DuckLake refuses
    them, and on a DuckDB file a key makes inserts of scores several times slower.
    """
    return sa.Column(name, kind, nullable=null, comment=comment)


def table(name: str, comment: str, *columns: sa.Column[Any]) -> sa.Table:
    """Return a table of `metadata` that cannot be made without a description."""
    return sa.Table(name, metadata, *columns, comment=comment)
