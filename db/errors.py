"""The errors of the store; each message says what to do."""

from __future__ import annotations


class StoreError(Exception):
    """A store cannot be used: it is corrupt, from a newer version, or missing."""


class StoreBusy(StoreError):  # noqa: N818 - a name people script against
    """The store stayed locked for longer than the wait; the message names the holder."""


class QueryError(Exception):
    """A user's query failed or was refused; the text is safe to show to anyone."""


class QueryTimeout(QueryError):  # noqa: N818 - as StoreBusy
    """A query took longer than it may."""
