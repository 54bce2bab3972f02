"""Upgrade a store to this version's schema, and refuse a newer one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from db.errors import StoreError

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy as sa

HEAD = "0010"
"""The newest revision, known without importing Alembic; a test compares it with the scripts."""

KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""Every revision that this rankcheck can read or upgrade, oldest first."""


def revision(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the store's revision, or None if it has no tables of rankcheck."""
    import duckdb

    # Asking duckdb_tables() first reads the whole catalog of a lake: 60 ms before each transaction.
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except duckdb.CatalogException:
        if _has_revision(connection):
            raise
        return None
    return None if row is None else str(row[0])


def _has_revision(connection: duckdb.DuckDBPyConnection) -> bool:
    query = """
        SELECT 1 FROM duckdb_tables() WHERE table_name = 'alembic_version'
            AND database_name = current_database() AND schema_name = current_schema()
    """
    return connection.execute(query).fetchone() is not None


def validate_not_newer(current: str | None, place: str) -> None:
    """Validate that this version knows the store's revision.

    Raises:
        StoreError: If it does not; the message names the store and the remedy.
    """
    if current is not None and current not in KNOWN:
        raise StoreError(
            f"{place} was written by a newer rankcheck (its schema is {current!r}, this one knows"
            f" up to {HEAD!r}): update rankcheck, or point RANKCHECK_STORE at another store"
        )


def migrate(connection: sa.Connection) -> None:
    """Run Alembic's migrations up to `HEAD` inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config
    from duckdb_sqlalchemy import alembic_impl  # noqa: F401 - registers the dialect with Alembic

    config = Config()
    # Alembic interprets % as interpolation.
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
