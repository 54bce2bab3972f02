"""One request: the store behind it, the tag of its answer, and what its client may still ask."""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import duckdb
from fastapi import Depends
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request

from dashboard.api.answers import Json, page
from dashboard.api.guards import Allowance
from dashboard.api.params import Paging
from dashboard.bundled import ABOUT_BOARDS, WAIT, instead_of
from dashboard.queries import boards as board_queries
from db import QueryResult, Store, StoreBusy, run_query
from db.errors import QueryTimeout
from evaluators.averaging import Board
from evaluators.names import UnknownNameError

Answer = TypeVar("Answer")

SECONDS = 10.0
"""How long a question of ours may take."""

_REMEMBERED, _AT_ONCE = 64, 4


class NotModified(Exception):  # noqa: N818 - no error
    """The client has the answer already."""


class NotFound(Exception):  # noqa: N818 - the name of the status
    """What an address names is not there."""


class TooOften(Exception):  # noqa: N818 - named for its cause
    """A client asked too often; `seconds` says when it may ask again."""

    def __init__(self, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        super().__init__(f"too many requests that compute: try again in {self.seconds} s")


class Served:
    """The store that is served, and what was read of it.

    Args:
        store: The store.
        per_minute: How often a client may ask for what starts a process or computes for long.
        wait: Seconds to wait for a writer.
    """

    def __init__(self, store: Store, per_minute: int, wait: float = WAIT) -> None:
        self.store, self.wait = store, wait
        self.allowance = Allowance(per_minute)
        self.places = threading.BoundedSemaphore(_AT_ONCE)
        self.start = secrets.token_hex(4)  # another version may answer differently
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def store_for(self, module: str) -> Store:
        """Return the store that answers the questions of a module of `dashboard.queries`."""
        return (module in ABOUT_BOARDS and instead_of(self.store)) or self.store

    def freshness(self) -> str:
        """Return what changes whenever an answer may."""
        boards = self.store_for(ABOUT_BOARDS[0])
        own = f"{self.start} {self.store.url} {self.store.freshness()}"
        return own if boards is self.store else f"{own} {boards.url} {boards.freshness()}"

    def remember(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return what was made for a key, or make it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                known: Answer = self._kept[key]
                return known
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return made

    def ask(self, question: Callable[..., Answer], *params: Hashable) -> Answer:
        """Run a query of `dashboard.queries` on a connection of its own.

        Raises:
            QueryTimeout: It took too long.
            StoreError: The store cannot be read, or is busy.
        """
        with self.store_for(question.__module__).read(wait=self.wait) as connection:
            raw = connection.connection.driver_connection
            timer = threading.Timer(SECONDS, raw.interrupt)  # type: ignore[union-attr]
            timer.daemon = True
            timer.start()
            try:
                return question(connection, *params)
            except DBAPIError as error:
                if isinstance(error.orig, duckdb.InterruptException):
                    raise QueryTimeout(
                        f"the store took longer than {SECONDS:g} s: ask for fewer rows"
                    ) from error
                raise
            finally:
                timer.cancel()


class Call:
    """One request.

    Args:
        request: The request.

    Raises:
        NotModified: The client has the answer already.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.served: Served = request.app.state.served
        self.freshness = self.served.freshness()
        parts = [self.freshness, request.url.path, request.url.query]
        # Weak, because the same answer is sent with and without compression.
        self.tag = f'W/"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"'
        request.state.tag = self.tag
        known = request.headers.get("if-none-match", "").split(",")
        if self.tag in [each.strip() for each in known]:
            raise NotModified

    def read(self, question: Callable[..., Answer], *params: Hashable) -> Answer:
        """Return the answer of a query of `dashboard.queries`, kept while the store is the same."""
        key = (self.freshness, question.__module__, question.__qualname__, params)
        return self.served.remember(key, lambda: self.served.ask(question, *params))

    def board(self, name: str, snapshot: str | None) -> Board:
        """Return a snapshot of a board, the newest where none is named.

        Raises:
            UnknownNameError: There is no such board or snapshot.
        """
        boards = self.read(board_queries.boards)
        own = list(boards.snapshot[boards.board == name])
        if not own:
            raise UnknownNameError("leaderboard", name, sorted(set(boards.board)))
        if snapshot is not None and snapshot not in own:
            raise UnknownNameError(f"snapshot of {name}", snapshot, own)
        return self.read(board_queries.board, name, snapshot or str(own[0]))

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Take one of the few places for what starts a process or computes for long.

        Raises:
            TooOften: This client asked too often.
            StoreBusy: No place became free.
        """
        with computing(self.served, self.request):
            yield

    def query(self, sql: str, paging: Paging) -> tuple[int, QueryResult]:
        """Return how many rows a query has, and one page of them, from the sandbox."""
        wanted = (
            f"WITH found AS ({sql}), part AS (SELECT true AS there_, * FROM found"  # noqa: S608 - the sandbox runs it
            f" ORDER BY ALL LIMIT {paging.limit} OFFSET {paging.offset})"
            " SELECT (SELECT count(*) FROM found) AS total_, part.*"
            " FROM (SELECT 1) LEFT JOIN part ON true"
        )
        with self.computing():
            found = run_query(self.served.store.url, wanted, max_rows=paging.limit)
        return found.rows[0][0], found

    def rows_of(self, sql: str, paging: Paging, about: Mapping[str, Any]) -> Json:
        """Return one page of the rows of a query, after what is said about them."""
        total, found = self.query(sql, paging)
        names = found.columns[2:]
        rows = [dict(zip(names, row[2:], strict=True)) for row in found.rows if row[1]]
        if found.as_of is not None:  # a lake's copy may be older than the lake, whose tag this is
            self.request.state.tag = ""
        marks = {"as_of": found.as_of, "cut_cells": found.cut_cells}
        return page(self.request, rows, paging, {**about, **marks}, total)


@contextmanager
def computing(served: Served, request: Request) -> Iterator[None]:
    """Take one of the few places for what starts a process or computes for long."""
    client = request.client.host if request.client else ""
    if seconds := served.allowance.spend(client):
        raise TooOften(seconds)
    if not served.places.acquire(timeout=served.wait):
        raise StoreBusy("too many queries run at this moment; try again")
    try:
        yield
    finally:
        served.places.release()


def call_of(request: Request) -> Call:
    """Return the request with the store behind it."""
    return Call(request)


Asked = Annotated[Call, Depends(call_of)]
"""The request, as a route takes it."""
