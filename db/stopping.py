"""Stop a query from another thread than the one that waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from db.errors import QueryError


class Stop:
    """A button that ends one query, also if pressed before the query starts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pressed = False
        self._kill: Callable[[], None] | None = None

    def press(self) -> None:
        """End the query; pressing again has no effect."""
        with self._lock:
            self._pressed = True
            if self._kill is not None:
                self._kill()

    @contextmanager
    def ends(self, kill: Callable[[], None]) -> Iterator[None]:
        """Make the button call `kill` during the block.

        Raises:
            QueryError: At the end of the block if the button was pressed, whatever the outcome of
                the query.
        """
        with self._lock:
            self._kill = kill
            if self._pressed:
                kill()
        try:
            yield
        except Exception as error:
            if not self._pressed:
                raise
            raise QueryError("the query was cancelled") from error
        finally:
            # Never kill after the block: the process id may belong to another process by then.
            with self._lock:
                self._kill = None
        if self._pressed:
            raise QueryError("the query was cancelled")
