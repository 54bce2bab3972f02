"""Keep callers out who have no token, send too much, or ask too often."""

from __future__ import annotations

import hmac
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from dashboard.api.answers import problem

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dashboard.api.identity import Identities

WITHOUT_TOKEN = ("/health",)
"""Paths that need no token: whoever watches the server has none."""

LARGEST = 128 * 1024
"""Most bytes of a request's body."""


class TokenGuard:
    """Middleware that answers 401 to requests without a token that opens the API.

    Args:
        app: The application behind it.
        token: What may be sent as `Authorization: Bearer TOKEN`; None for no such token.
        identities: Checks tokens of people who may see the dashboard; None where none count.
    """

    def __init__(
        self, app: ASGIApp, token: str | None, identities: Identities | None = None
    ) -> None:
        self._app, self._identities = app, identities
        self._expected = None if token is None else f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in WITHOUT_TOKEN:
            await self._app(scope, receive, send)
            return
        answer = await self._refusal(scope) or self._app
        await answer(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(sent) == 1 and self._expected and hmac.compare_digest(sent[0], self._expected):
            return None
        kind, _, token = (sent[0] if len(sent) == 1 else b"").partition(b" ")
        if self._identities is None or kind != b"Bearer" or not token:
            return _refused("This API needs a token: send the header Authorization: Bearer TOKEN")
        from dashboard.api.identity import ProviderError, Refused

        try:  # the provider may be asked for its keys, which takes a while
            await run_in_threadpool(self._identities.check, token.decode("latin-1"))
        except Refused as refused:
            return _refused(str(refused), refused.status)
        except ProviderError as error:
            return problem(503, str(error), {"retry-after": "30"})
        return None


def _refused(detail: str, status: int = 401) -> Response:
    return problem(status, detail, {"www-authenticate": "Bearer"} if status == 401 else None)


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
