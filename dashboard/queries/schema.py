"""Query of the SQL page: the store's dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_DICTIONARY = """
    SELECT d.object, d."column", d.kind, d.text, c.type FROM dictionary AS d
    JOIN (SELECT object, min(kind) AS kind FROM dictionary WHERE "column" = '' GROUP BY object) AS o
        ON o.object = d.object
    LEFT JOIN (
        SELECT table_name, column_name, min(ordinal_position) AS position,
            min(data_type) AS type
        FROM information_schema.columns GROUP BY ALL
    ) AS c ON c.table_name = d.object AND c.column_name = d."column"
    WHERE d.kind <> 'digest'
    ORDER BY CASE o.kind WHEN 'view' THEN 0 WHEN 'macro' THEN 1 ELSE 2 END, d.object,
        d."column" <> '', c.position
"""


def dictionary(connection: Connection) -> pd.DataFrame:
    """Return what every view, macro, table and column means, views first."""
    return frame(connection, _DICTIONARY)
