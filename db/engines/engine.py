"""The interface of a storage engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import duckdb

    from db.deadline import Deadline

Opener = Callable[[], "duckdb.DuckDBPyConnection"]


class Engine(Protocol):
    """A DuckDB file or a DuckLake.

    Attributes:
        place: Its path or address as a message may show it, never a password.
        all_comments: Whether COMMENT works on view columns and macros.
        retries: Whether a commit can conflict with another machine's, so that a retry may help.
    """

    place: str
    all_comments: bool
    retries: bool

    def exists(self) -> bool:
        """Return whether the store exists."""
        ...

    def open_reader(self, deadline: Deadline) -> duckdb.DuckDBPyConnection:
        """Open for reading; the caller closes it soon."""
        ...

    def writing(self, deadline: Deadline) -> AbstractContextManager[Opener]:
        """Lock out other writers and yield a function that opens the store for writing."""
        ...

    def creating(self, deadline: Deadline) -> AbstractContextManager[Opener]:
        """Do the same as `writing` for a new store, which appears when the block ends."""
        ...

    def freshness(self) -> str:
        """Return a token that changes whenever the store may have changed."""
        ...

    def close(self) -> None:
        """Close everything that is kept open."""
        ...
