"""Run one query and return a data frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection


def frame(connection: Connection, sql: str, **params: Any) -> pd.DataFrame:
    """Run a query; values are bound as parameters, never put into the SQL.

    Whole numbers are of 64 bits, or floating where some are missing. A column that is empty
    throughout holds None.
    """
    result = connection.execute(text(sql), params)
    # Columns of Arrow become those of pandas at hardly any cost. Python's rows of them cost more
    # than most queries: a microsecond a value.
    columns: pa.Table = result.cursor.to_arrow_table()
    result.close()
    found = {i: _series(column) for i, column in enumerate(columns.columns)}
    table = pd.DataFrame(found, index=pd.RangeIndex(len(columns)))
    table.columns = pd.Index(columns.column_names)
    return table


def _series(column: pa.ChunkedArray) -> pd.Series:
    kind = column.type
    if column.null_count == len(column):
        return pd.Series([None] * len(column), dtype=object)
    if pa.types.is_nested(kind) or pa.types.is_decimal(kind):
        return pd.Series(column.to_pylist(), dtype=object)
    if pa.types.is_integer(kind):
        column = column.cast(pa.int64())
    series: pd.Series = column.to_pandas()
    return series


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
