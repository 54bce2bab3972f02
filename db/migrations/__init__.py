"""Alembic's migrations of the tables; views and macros are derived (see `db.dictionary`)."""
