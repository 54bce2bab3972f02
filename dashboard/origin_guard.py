"""Refuse visitors that another web site sent, and keep the pages out of foreign frames.

A browser lets any site send requests to 127.0.0.1, and a name of that site may come to mean
127.0.0.1 (DNS rebinding): then its pages and ours would have the same origin, and they could read
the store. Streamlit compares `Origin` with `Host`, which the attacker chooses both, and takes any
port of this machine as its own. So `Host` must be known here, and `Origin` must be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from db.hosts import is_address

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Streamlit compiles formulas of charts (Vega) and styles elements while it runs.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:;"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
    " worker-src 'self' blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
)

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What every answer carries."""


def _as_text(problem: str) -> tuple[bytes, bytes]:
    return b"text/plain; charset=utf-8", f"{problem}\n".encode()


class OriginGuard:
    """Middleware that answers 403 to foreign `Host` and `Origin` headers.

    Args:
        app: The application behind it.
        origins: Further addresses at which people open it, as `https://name`.
        command: The command that serves it.
        headers: What every answer carries.
        write: Returns the content type and the body of a refusal.
    """

    def __init__(
        self,
        app: ASGIApp,
        origins: Iterable[str] = (),
        command: str = "dashboard",
        headers: tuple[tuple[bytes, bytes], ...] = HEADERS,
        write: Callable[[str], tuple[bytes, bytes]] = _as_text,
    ) -> None:
        self._app, self._command, self._headers, self._write = app, command, headers, write
        self._origins = {origin.rstrip("/").lower() for origin in origins}
        self._names = {"localhost", *(urlsplit(origin).hostname for origin in self._origins)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in self._headers}
                others = [pair for pair in message["headers"] if pair[0].lower() not in ours]
                message = {**message, "headers": [*others, *self._headers]}
            await send(message)

        problem = self.problem(_values(scope, b"host"), _values(scope, b"origin"))
        if not problem:
            await self._app(scope, receive, with_headers)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # 403, as nothing was accepted
        else:
            kind, text = self._write(problem)
            headers = [(b"content-type", kind)]
            await with_headers({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": text})

    def problem(self, hosts: list[str], origins: list[str]) -> str:
        """Return why a request is refused, or an empty text."""
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            return (
                f"This address of the {self._command} is not known to it. Open it by its IP address"
                f" or as localhost, or start it with: rankcheck {self._command} --origin"
                " https://NAME"
            )
        if not origins or (len(origins) == 1 and self._is_ours(origins[0], hosts[0])):
            return ""
        return (
            f"Another web site sent this request: it is refused. Open the {self._command} directly."
        )

    def _is_known(self, host: str) -> bool:
        """Return whether a Host is an IP address, which cannot be rebound, or a known name."""
        try:
            parts = urlsplit(f"//{host}")
            _ = parts.port  # raises if it is not a port
        except ValueError:
            return False
        name = (parts.hostname or "").rstrip(".")
        if not name or parts.netloc != host or "@" in host:
            return False
        return name in self._names or is_address(name)

    def _is_ours(self, origin: str, host: str) -> bool:
        origin = origin.lower()
        same = origin in (f"http://{host.lower()}", f"https://{host.lower()}")
        return same or origin in self._origins


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]
