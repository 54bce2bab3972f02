"""The errors of the keeping side: few, named, and each says what to do next."""

from __future__ import annotations


class StoreError(Exception):
    """A store cannot be used: corrupt, from a newer version, not there."""


class StoreBusy(StoreError):  # noqa: N818 - a name people script against
    """The store stayed locked for longer than the bounded wait; names the holder."""


class QueryError(Exception):
    """A user's query failed or was refused; the text is safe to show to anyone."""
