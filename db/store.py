"""Open the store for one query or one short transaction at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from db.connect import connected
from db.deadline import Deadline
from db.engines import Engine, engine_for
from db.errors import StoreError
from db.migrate import HEAD, KNOWN, revision, validate_not_newer
from db.problems import busy, explaining, is_busy, is_unknown_name
from db.settings import settings

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy as sa


Answer = TypeVar("Answer")

READ_WAIT = 15.0
"""How long a reader waits for writers, in seconds."""

WRITE_WAIT = 60.0
"""How long a writer waits for readers and writers, in seconds."""


class _Kept(threading.local):
    """What the reads of a thread share.

    Attributes:
        wanted: Whether they share it.
        connection: The open connection.
        raw: The same, DuckDB's own.
        used: Whether a read is under way: another inside it opens its own.
        checked: Whether the revision of what is open is this version's.
        stack: Closes the connection.
    """

    raw: duckdb.DuckDBPyConnection

    def __init__(self) -> None:
        self.wanted = False
        self.connection: sa.Connection | None = None
        self.used = False
        self.checked = False
        self.stack = ExitStack()

    def close(self) -> None:
        self.connection = None
        self.checked = False
        self.stack.close()


class Store:
    """A store on either engine; it is cheap to create, and opened only when used.

    Attributes:
        url: The URL of the store.
        engine: Its storage engine.
        place: Its path or address, for messages.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = engine_for(url)
        self.place = self.engine.place
        self._kept = _Kept()

    def exists(self) -> bool:
        """Return whether the store exists."""
        return self.engine.exists()

    @contextmanager
    def read(self, *, wait: float = READ_WAIT) -> Iterator[sa.Connection]:
        """Open the store for reading; keep the block short, because writers wait.

        Args:
            wait: How long to wait for writers, in seconds.

        Raises:
            StoreBusy: When the wait was not enough, naming the holder.
            StoreError: When there is no store, or it is corrupt, newer or not a store of rankcheck.
        """
        self._require()
        with explaining(self.place), self._reader(wait) as connection:
            try:
                yield connection
            except Exception as error:
                if not (is_unknown_name(error) and self._views_differ(wait)):
                    raise
                raise StoreError(
                    f"the views of {self.place} were made by another version of rankcheck:"
                    " `rankcheck db upgrade` recreates them"
                ) from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """Share one opening among the reads of the block in this thread; a write ends it.

        Opening a store takes longer than most questions. Keep the block short, as in `read`, or
        call `release` in it before what takes long.
        """
        if self._kept.wanted:
            yield
            return
        self._kept.wanted = True
        try:
            yield
        finally:
            self._kept.wanted = False
            self._kept.close()

    def release(self) -> None:
        """Close what `together` keeps open until the next read, so that no writer waits for it."""
        if not self._kept.used:
            self._kept.close()

    @contextmanager
    def write(self, *, wait: float = WRITE_WAIT) -> Iterator[sa.Connection]:
        """Open a transaction that is rolled back if the block raises.

        The store is created first if necessary. Keep the block short, because others wait.

        Args:
            wait: How long to wait for others, in seconds.

        Raises:
            StoreBusy: When the wait was not enough, naming the holder.
            StoreError: When the store cannot be used or the disk is full; nothing was written.
        """
        try:
            with self._write(wait) as connection:
                yield connection
        except Exception as error:
            if not self._lost_race(error):
                raise
            raise busy(self.place, error, Deadline(wait)) from error

    def transact(
        self, work: Callable[[sa.Connection], Answer], *, wait: float = WRITE_WAIT
    ) -> Answer:
        """Run `work` in one transaction, and retry if another machine committed first.

        Args:
            work: Called with the open transaction; may be called more than once.
            wait: How long to keep trying, in seconds.

        Raises:
            StoreBusy: When no try succeeded within the wait.
            StoreError: As `write`.
        """
        deadline = Deadline(wait)
        while True:
            try:
                with self._write(wait) as connection:
                    return work(connection)
            except Exception as error:
                if not self._lost_race(error):
                    raise
                if not deadline.wait():
                    raise busy(self.place, error, deadline) from error

    def upgrade(self, *, rebuild: bool = False, wait: float = WRITE_WAIT) -> bool:
        """Create the store or upgrade it to this version's schema, in one transaction.

        Args:
            rebuild: Recreate views, macros, comments and condensed scores even if they are up to
                date.
            wait: How long to wait for others, in seconds.

        Returns:
            Whether anything was done.

        Raises:
            StoreBusy: When the wait was not enough, naming the holder.
            StoreError: When the store is corrupt or from a newer rankcheck, or cannot be written.
        """
        if self._up_to_date(wait) and not rebuild:
            return False
        self._kept.close()
        from db.condensed import condense

        if self._is_older(wait):
            from db.maintain import before_migration

            before_migration(self)
        making = self.engine.writing if self.exists() else self.engine.creating
        with explaining(self.place), making(Deadline(wait)) as open_writer:
            raw = open_writer()
            with connected(raw) as connection:
                earlier = revision(raw)
                validate_not_newer(earlier, self.place)
                with connection.begin():
                    self._make_schema(connection)
                    if earlier is not None and (rebuild or earlier != HEAD):
                        condense(connection)
        return True

    def freshness(self) -> str:
        """Return a token that changes whenever the store may have: a key for caches."""
        return self.engine.freshness()

    def close(self) -> None:
        """Close everything that is kept open; the store can be used again."""
        self._kept.close()
        self.engine.close()

    @contextmanager
    def _reader(self, wait: float) -> Iterator[sa.Connection]:
        """Open the store for reading, or take what `together` keeps open."""
        kept = self._kept
        with self._any_reader(wait) as (raw, connection):
            shared = connection is kept.connection
            if not (shared and kept.checked):
                self._check(raw)
                kept.checked = kept.checked or shared
            yield connection

    @contextmanager
    def _any_reader(self, wait: float) -> Iterator[tuple[duckdb.DuckDBPyConnection, sa.Connection]]:
        """Open a store of whatever version, or take what `together` keeps open."""
        kept = self._kept
        if not kept.wanted or kept.used:
            raw = self.engine.open_reader(Deadline(wait))
            with connected(raw) as connection:
                yield raw, connection
            return
        if kept.connection is None:
            kept.raw = self.engine.open_reader(Deadline(wait))
            kept.connection = kept.stack.enter_context(connected(kept.raw))
        connection, kept.used = kept.connection, True
        try:
            yield kept.raw, connection
        finally:
            kept.used = False
            connection.rollback()  # the next read sees what others have written since

    @contextmanager
    def _write(self, wait: float) -> Iterator[sa.Connection]:
        self._kept.close()
        if not self.exists():
            self.upgrade(wait=wait)
        with explaining(self.place), self.engine.writing(Deadline(wait)) as open_writer:
            raw = open_writer()
            with connected(raw) as connection:
                # If the creator of a lake was killed, it has a catalog but no tables yet.
                if self.engine.retries and revision(raw) is None:
                    with connection.begin():
                        self._make_schema(connection)
                self._check(raw)
                with connection.begin():
                    yield connection

    def _make_schema(self, connection: sa.Connection) -> None:
        from db.dictionary import write_derived
        from db.migrate import migrate

        migrate(connection)
        write_derived(connection, all_comments=self.engine.all_comments)

    def _lost_race(self, error: Exception) -> bool:
        """Return whether another machine committed first, so that a retry may succeed."""
        if not self.engine.retries or isinstance(error, StoreError):
            return False
        text = str(error).lower()
        signs = (
            *("conflict", "serialize access", "has been altered", "unique constraint failed"),
            # PostgreSQL's words, and DuckLake's once it has given up trying itself.
            *("violates unique constraint", "maximum retry count"),
        )
        return is_busy(error) or any(sign in text for sign in signs)

    def _up_to_date(self, wait: float) -> bool:
        from db.dictionary import DIGEST_OF, derived_digest

        if not self.exists():
            return False
        with explaining(self.place), self._any_reader(wait) as (raw, _):
            current = revision(raw)
            validate_not_newer(current, self.place)
            if current != HEAD:
                return False
            digests = raw.execute("SELECT object, text FROM dictionary WHERE kind = 'digest'")
            return (DIGEST_OF, derived_digest()) in digests.fetchall()

    def _is_older(self, wait: float) -> bool:
        """Return whether there are tables of an earlier revision."""
        if not self.exists():
            return False
        with explaining(self.place):
            raw = self.engine.open_reader(Deadline(wait))
            try:
                return revision(raw) in KNOWN[:-1]
            finally:
                raw.close()

    def _views_differ(self, wait: float) -> bool:
        """Return whether views or macros differ from this version, given equal tables."""
        try:
            return not self._up_to_date(wait)
        except StoreError:
            return False

    def _require(self) -> None:
        if not self.exists():
            raise StoreError(
                f"no store exists at {self.place} yet: `rankcheck run` or `rankcheck db upgrade`"
                " creates one"
            )

    def _check(self, raw: duckdb.DuckDBPyConnection) -> None:
        current = revision(raw)
        validate_not_newer(current, self.place)
        if current is None:
            raise StoreError(
                f"{self.place} has no tables of rankcheck: `rankcheck db upgrade` creates them"
            )
        if current != HEAD:
            raise StoreError(
                f"{self.place} was written by an older rankcheck (its schema is {current!r}):"
                " `rankcheck db upgrade` brings it up to date"
            )


def open_store(url: str | None = None) -> Store:
    """Return the store of a URL, by default of `RANKCHECK_STORE`.

    Raises:
        StoreError: If the URL has none of the known forms.
    """
    return Store(settings().store if url is None else url)
