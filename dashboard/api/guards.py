"""Keep callers out who have no token, send too much, or ask too often."""

from __future__ import annotations

import hmac
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from dashboard.api.answers import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

WITHOUT_TOKEN = ("/health",)
"""Paths that need no token: whoever watches the server has none."""

LARGEST = 128 * 1024
"""Most bytes of a request's body."""


class TokenGuard:
    """Middleware that answers 401 to requests without the token.

    Args:
        app: The application behind it.
        token: What must be sent as `Authorization: Bearer TOKEN`.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._expected = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in WITHOUT_TOKEN or self._has_token(scope):
            await self._app(scope, receive, send)
            return
        detail = "This API needs its token: send the header Authorization: Bearer TOKEN"
        refusal = problem(401, detail, {"www-authenticate": "Bearer"})
        await refusal(scope, receive, send)

    def _has_token(self, scope: Scope) -> bool:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(sent) == 1 and hmac.compare_digest(sent[0], self._expected)


class BodyLimit:
    """Middleware that answers 413 to bodies that are too large, before they are all read."""

    def __init__(self, app: ASGIApp, most: int = LARGEST) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body, or refuse it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        size = int(announced) if announced.isdecimal() else 0
        read: list[Message] = []
        while size <= self._most:
            message = await receive()
            read.append(message)
            size = max(size, sum(len(each.get("body", b"")) for each in read))
            if not message.get("more_body", False):
                break
        if size > self._most:
            refusal = problem(413, f"A body must be at most {self._most:,} bytes: send less")
            await refusal(scope, receive, send)
            return
        waiting = deque(read)

        async def again() -> Message:
            return waiting.popleft() if waiting else await receive()

        await self._app(scope, again, send)


class Allowance:
    """How often each client may ask within a minute.

    Args:
        per_minute: Requests of one client.
    """

    _SECONDS, _CLIENTS = 60.0, 10_000

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def spend(self, client: str) -> float:
        """Count a request, and return 0; or return after how many seconds to try again."""
        now = time.monotonic()
        with self._lock:
            if len(self._times) >= self._CLIENTS:
                recent = now - self._SECONDS
                self._times = {c: t for c, t in self._times.items() if t and t[-1] > recent}
            times = self._times.setdefault(client, deque())
            while times and times[0] <= now - self._SECONDS:
                times.popleft()
            if len(times) >= self._per_minute:
                return times[0] + self._SECONDS - now
            times.append(now)
            return 0.0
