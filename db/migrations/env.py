"""Alembic's entry: migrates over the connection that `db.migrate` hands in."""

from __future__ import annotations

from alembic import context

from db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # DuckLake refuses primary keys, on Alembic's own table as on any other.
    version_table_pk=False,
)
with context.begin_transaction():
    context.run_migrations()
