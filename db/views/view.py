"""What a view is here: SQL that runs on both engines, and a description of every column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True)
class View:
    """A typed view for people who write SQL.

    Attributes:
        name: Its name.
        text: What one row is.
        columns: Description of every column, in order.
        sql: The query, without CREATE VIEW.
    """

    name: str
    text: str
    columns: Mapping[str, str]
    sql: str


def described(table: sa.Table, *names: str) -> dict[str, str]:
    """Return the descriptions that the named columns of a table carry, all of them by default."""
    wanted = names or tuple(table.columns.keys())
    return {name: str(table.columns[name].comment) for name in wanted}
