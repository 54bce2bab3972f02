"""Whether the store has a view: one made by older code lacks the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    from sqlalchemy import Connection

_VIEWS = """SELECT object FROM dictionary WHERE kind = 'view' AND "column" = '' """


def lacking(connection: Connection, *views: str) -> list[str]:
    """Return which of these views the store does not have."""
    known = set(frame(connection, _VIEWS).object)
    return [view for view in views if view not in known]
