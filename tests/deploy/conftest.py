"""A PostgreSQL server for the services."""

from tests.postgres import postgres  # noqa: F401
