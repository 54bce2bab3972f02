"""Write the derived parts of the store: views, macros, `dictionary` and COMMENTs.

They are derived from this package's source and recreated whenever their digest differs from the
store's, so that a changed view needs no migration of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from db.macros import MACROS
from db.tables import dictionary, metadata
from db.views import VIEWS

if TYPE_CHECKING:
    import sqlalchemy as sa

DIGEST_OF = "views and macros"

TABLE_MACROS = {macro.name for macro in MACROS if macro.sql.startswith("TABLE")}


class Entry(NamedTuple):
    """One row of `dictionary`."""

    object: str
    column: str
    kind: str
    text: str


def entries() -> Iterator[Entry]:
    """Yield a row for every table, view, macro and column."""
    for table in metadata.sorted_tables:
        yield Entry(table.name, "", "table", str(table.comment))
        for column in table.columns:
            yield Entry(table.name, column.name, "column", str(column.comment))
    for view in VIEWS:
        yield Entry(view.name, "", "view", view.text)
        for name, text in view.columns.items():
            yield Entry(view.name, name, "column", text or "")
    for macro in MACROS:
        yield Entry(macro.name, "", "macro", macro.text)


def derived_digest() -> str:
    """Return the SHA-256 of everything that `write_derived` would write."""
    parts = [
        *("\0".join(entry) for entry in entries()),
        *(view.sql for view in VIEWS),
        *(f"{','.join(macro.parameters)}\0{macro.sql}" for macro in MACROS),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def write_derived(connection: sa.Connection, *, all_comments: bool) -> None:
    """Recreate views, macros, dictionary and COMMENTs in the caller's transaction.

    Args:
        connection: An open write transaction.
        all_comments: Whether the engine supports COMMENTs on view columns and macros; DuckLake
            supports them only on tables, their columns and views.
    """
    # One text for DuckDB itself: through SQLAlchemy, 1,200 statements take half a second more.
    statements = ";\n".join(_statements(all_comments))
    connection.connection.driver_connection.execute(statements)  # type: ignore[union-attr]
    connection.execute(dictionary.delete())
    rows = [*entries(), Entry(DIGEST_OF, "", "digest", derived_digest())]
    connection.execute(dictionary.insert(), [row._asdict() for row in rows])


def _statements(all_comments: bool) -> Iterator[str]:
    for view in VIEWS:
        yield f"CREATE OR REPLACE VIEW {view.name} AS {view.sql}"
    for macro in MACROS:
        yield f"CREATE OR REPLACE MACRO {macro.name}({', '.join(macro.parameters)}) AS {macro.sql}"
    kinds = {entry.object: entry.kind for entry in entries() if not entry.column}
    for entry in entries():
        kind = kinds[entry.object]
        if all_comments or kind == "table" or (kind == "view" and not entry.column):
            target = entry.object
            if entry.column:
                kind, target = "column", f'{entry.object}."{entry.column}"'
            text = entry.text.replace("'", "''")
            if kind == "macro" and entry.object in TABLE_MACROS:
                kind = "macro table"
            yield f"COMMENT ON {kind.upper()} {target} IS '{text}'"
