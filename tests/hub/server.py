"""A hub on this machine: speaks the Hugging Face hub's protocol over real HTTP.

Used as a context manager. Give `server.endpoint` to the client, as its `endpoint=` argument or as
`HF_ENDPOINT` of a child process (huggingface_hub reads the variable once, when it is imported):

    with HubServer() as hub:
        commit = hub.model("org/name").commit({"config.json": b"{}"})
        snapshot_download("org/name", revision=commit, endpoint=hub.endpoint, ...)
        assert [request.path for request in hub.requests] == [...]

Large files come from a second port, as from the real hub's CDN: another origin, to which no token
may be sent.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.hub.faults import Fault, Faults
from tests.hub.handler import Handler
from tests.hub.repo import Kind, Repo

__all__ = ["Fault", "HubServer", "Repo", "Request"]


class Request(NamedTuple):
    """One request as it was answered."""

    method: str
    path: str
    range: str | None
    token: str | None
    status: int
    sent: int


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening, and end the connections that clients keep for later.

        Otherwise a server that gets the same port by chance would seem to be this one.
        """
        super().server_close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that went away: some tests kill them."""


class HubServer:
    """The hub and its CDN, on two ports of 127.0.0.1.

    Attributes:
        repos: Repositories by (kind, id).
        faults: What shall go wrong.
        requests: Every request answered so far, in order.
        page_size: Entries of one page of `/tree` (the real hub: 1000).
        announce_xet: Offer LFS files through Xet too, as the real hub does; nothing answers there.
    """

    def __init__(self, *, page_size: int = 1000) -> None:
        self.repos: dict[tuple[Kind, str], Repo] = {}
        self.blobs: dict[str, bytes] = {}
        self.faults = Faults()
        self.requests: list[Request] = []
        self.page_size = page_size
        self.announce_xet = False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        handler = type("HubHandler", (Handler,), {"hub": self})
        self._servers = [_Server(("127.0.0.1", 0), handler) for _ in range(2)]
        self.endpoint, self.cdn = (
            f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers
        )

    def model(self, repo_id: str, *, tokens: frozenset[str] | None = None) -> Repo:
        """Add an empty model repository; with `tokens` only these may read it."""
        return self._add("model", repo_id, tokens)

    def dataset(self, repo_id: str, *, tokens: frozenset[str] | None = None) -> Repo:
        """Add an empty dataset repository; with `tokens` only these may read it."""
        return self._add("dataset", repo_id, tokens)

    def fail(self, match: str, **what: object) -> None:
        """Let something go wrong: see `Fault` for what."""
        self.faults.add(Fault(match, **what))  # type: ignore[arg-type]

    def bytes_sent(self, path: str = "") -> int:
        """Return the body bytes sent so far for paths that contain `path`."""
        return sum(request.sent for request in self.requests if path in request.path)

    def log(self, handler: BaseHTTPRequestHandler, status: int, sent: int) -> None:
        """Keep a request that is being answered."""
        token = (handler.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        asked = handler.headers.get("Range")
        path = urlsplit(handler.path).path
        with self._lock:
            self.requests.append(Request(handler.command, path, asked, token, status, sent))

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than the server lives."""
        self._stop.wait(seconds)

    def __enter__(self) -> HubServer:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _add(self, kind: Kind, repo_id: str, tokens: frozenset[str] | None) -> Repo:
        repo = Repo(kind, repo_id, tokens)
        self.repos[(kind, repo_id)] = repo
        return repo
