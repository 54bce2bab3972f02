"""Run a query with a deadline and the option to cancel it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any

from db.sandbox import QueryResult, run_query
from db.stopping import Stop


class RunningQuery:
    """A running query; created by `running`."""

    def __init__(self, future: Future[QueryResult], stop: Stop) -> None:
        self._future = future
        self._stop = stop

    def done(self, within: float = 0.0) -> bool:
        """Return whether it has ended, after waiting at most this many seconds."""
        try:
            self._future.exception(within)
        except TimeoutError:
            return False
        return True

    def result(self) -> QueryResult:
        """Wait for the answer and return it; raises what `run_query` raises."""
        return self._future.result()

    def cancel(self) -> None:
        """Kill the process that runs it."""
        self._stop.press()


@contextmanager
def running(url: str | None, sql: str, **limits: Any) -> Iterator[RunningQuery]:
    """Start a query in a thread, and stop it when the block ends.

    A page that is left or rerun while it waits leaves the block by an exception, so that no process
    keeps running.

    Args:
        url: As `run_query`.
        sql: As `run_query`.
        limits: Its other arguments.
    """
    stop = Stop()
    future: Future[QueryResult] = Future()

    def work() -> None:
        try:
            future.set_result(run_query(url, sql, stop=stop, **limits))
        except Exception as error:
            future.set_exception(error)

    Thread(target=work, name="query", daemon=True).start()
    try:
        yield RunningQuery(future, stop)
    finally:
        stop.press()
