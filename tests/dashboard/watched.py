"""A tab of a headless browser for many visits, and all that a careful visitor objects to.

A new tab is a new process, which compiles Streamlit's scripts again: a page that takes a processor
second of Chromium in a tab that has been used takes two and a half in a new one.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.dashboard.served import settled


class Watched:
    """A tab with everything that a careful visitor would object to.

    Attributes:
        page: What is shown in it.
        address: That of the dashboard.
        faults: What was objected to since the visit began.
    """

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)
        self._look()

    def _console(self, message: Any) -> None:
        # Streamlit looks for its server below the page's path first, and is told 404.
        looking = "/_stcore/" in message.location.get("url", "") and "404" in message.text
        if message.type in ("error", "warning") and not looking:
            self.faults.append(f"{message.type}: {message.text} {message.location}")

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.faults.append(f"asked {request.url}")

    def _look(self, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme)

    def take_phone(self) -> None:
        """Go on with the screen of a phone, and a system that prefers dark colours."""
        self._look(390, 844, "dark")

    def open(self, path: str) -> None:
        """Open a page and wait until it is there."""
        self.page.goto(f"{self.address}/{path}")
        settled(self.page)
        assert self.page.locator("[data-testid=stException]").count() == 0

    def leave(self) -> list[str]:
        """End the visit so that the next finds nothing of it; return what was objected to."""
        if self.page.url.startswith("http"):
            self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        self._look()
        faults, self.faults = self.faults, []
        return faults
