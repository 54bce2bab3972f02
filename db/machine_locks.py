"""Locks that hold across machines, where a PostgreSQL server keeps the store's catalog.

They are the server's advisory locks: it frees them when the connection of their holder ends,
whatever ended it. Stores without a server are used by one machine, and have none.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, LiteralString

from db.deadline import Deadline
from db.errors import StoreError
from db.url import LakeUrl, parse

if TYPE_CHECKING:
    import psycopg

POLL = 0.5
"""Seconds between two looks at a lock that another machine holds."""

PATIENCE = 30.0
"""Seconds to wait for a server that does not answer, as while it is restarted."""

# The server must notice within a minute that a machine is gone, or its jobs would wait for hours.
KEEPALIVE = {"keepalives_idle": 15, "keepalives_interval": 10, "keepalives_count": 3}
SERVER_KEEPALIVE = (
    "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
)


class MachineLocks:
    """Locks on names, by one connection.

    Args:
        store_url: The store's URL.

    Raises:
        StoreError: The URL has none of the known forms.
    """

    def __init__(self, store_url: str) -> None:
        url = parse(store_url)
        self._url = url if isinstance(url, LakeUrl) and url.catalog == "postgres" else None
        self._connection: psycopg.Connection[Any] | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def across_machines(self) -> bool:
        """Whether a server keeps the locks, so that they hold on other machines."""
        return self._url is not None

    @contextmanager
    def held(self, names: Iterable[str], *, wait: bool) -> Iterator[bool]:
        """Hold the locks of all of several names, or of none.

        Args:
            names: The names; locked in sorted order, so that two machines never wait in a circle.
            wait: Wait for other machines; otherwise give up at once.

        Yields:
            Whether the locks are held; always, where no server keeps the store.

        Raises:
            StoreError: The server cannot be reached.
        """
        if self._url is None:
            yield True
            return
        numbers = sorted({lock_number(name) for name in names})
        held = self._take(numbers, wait=wait)
        try:
            yield held
        finally:
            if held:
                self._free(numbers)

    def close(self) -> None:
        """End the connection, and with it every lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _take(self, numbers: list[int], *, wait: bool) -> bool:
        """Take all locks or none; a server that restarts meanwhile is asked again."""
        import psycopg

        deadline = Deadline(PATIENCE)
        while True:
            taken: list[int] = []
            try:
                for number in numbers:
                    while not self._ask("SELECT pg_try_advisory_lock(%s)", number):
                        if not wait:
                            self._free(taken)
                            return False
                        time.sleep(POLL)
                    taken.append(number)
                return True
            except psycopg.OperationalError as error:
                self.close()  # which frees what was taken
                if not deadline.wait():
                    place = self._url.place if self._url else ""
                    raise StoreError(
                        f"{place} does not lock jobs: {' '.join(str(error).split())}; start the"
                        " server, or see its log"
                    ) from error

    def _free(self, taken: list[int]) -> None:
        """Free locks; a server that was restarted has freed them already."""
        import psycopg

        with suppress(psycopg.OperationalError):
            for number in taken:
                self._ask("SELECT pg_advisory_unlock(%s)", number)

    def _ask(self, query: LiteralString, number: int) -> bool:
        with self._one_at_a_time:
            if self._connection is None or self._connection.closed:
                self._connection = self._connect()
            row = self._connection.execute(query, (number,)).fetchone()
        return bool(row and row[0])

    def _connect(self) -> psycopg.Connection[Any]:
        import psycopg

        url = self._url
        if url is None:
            raise StoreError("only a store on a server has locks across machines")
        keywords: dict[str, Any] = dict(KEEPALIVE)
        if url.password is not None:
            keywords["password"] = url.password
        connection = psycopg.connect(url.address, autocommit=True, **keywords)
        if connection.info.hostaddr:  # a socket has no such settings
            connection.execute(SERVER_KEEPALIVE)
        return connection


def lock_number(name: str) -> int:
    """Return the number of 64 bits, with its sign, by which the server knows a name."""
    digest = hashlib.sha256(f"rankcheck job {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
