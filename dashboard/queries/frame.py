"""Run one query and return a data frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection


def frame(connection: Connection, sql: str, **params: Any) -> pd.DataFrame:
    """Run a query; values are bound as parameters, never put into the SQL."""
    result = connection.execute(text(sql), params)
    columns = list(result.keys())
    # Use plain tuples, because pandas takes SQLAlchemy's rows for arrays of one type.
    return pd.DataFrame([tuple(row) for row in result], columns=columns)


def records(table: pd.DataFrame) -> Iterator[Any]:
    """Iterate over the rows, each a tuple with its columns' names.

    The columns of a query are known to SQL alone: mypy takes the rows' attributes for anything.
    """
    yield from table.itertuples()


_VIEWS = """SELECT object FROM dictionary WHERE kind = 'view' AND "column" = '' """


def lacking(connection: Connection, *views: str) -> list[str]:
    """Return the views that the store does not have."""
    existing = set(frame(connection, _VIEWS).object)
    return [view for view in views if view not in existing]
