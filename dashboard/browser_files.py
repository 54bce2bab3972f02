"""Bring the files of the pages to a browser sooner: the first visit asks for a hundred and more.

Streamlit opens each file in threads that wait for their turn while a page is drawn, behind the
middleware of its sessions. And the browser asks for the script of an element, such as a table, when
the first of them comes; until then it waits for the server's rows with an idle line.
"""

from __future__ import annotations

import json
import mimetypes
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.file_util import get_static_dir

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ELEMENTS = (
    *("Html", "ButtonGroup", "Selectbox", "DataFrame"),
    *("TextInput", "PageLink", "DownloadButton"),
)
"""Elements that most pages have, by the names of their scripts."""

_PLACE = "/static/"
_LEFT_TO_STREAMLIT = frozenset((b"range", b"if-none-match", b"if-modified-since"))
_YEAR = b"public, immutable, max-age=31536000"
_SCRIPT = re.compile(r"js/([\w.~-]+\.js)")
_NEEDED = re.compile(r'(?:from|import)"\./([\w.~-]+\.js)"')


class FilesFromMemory:
    """Middleware that answers requests for files whose names change with their content.

    Anything else is passed on: a file that is not there, a part of one, one that the browser may
    still have, and whatever is below another path.

    Args:
        app: The application behind it.
        folder: Streamlit's own, with `index.html` and the folder `static` in it.
    """

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        own = folder / "static"
        self._there = {
            f"{_PLACE}{path.relative_to(own).as_posix()}": path
            for path in own.rglob("*")
            if path.is_file()
        }
        self._read: dict[str, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        path = scope.get("path", "")
        if (
            path not in self._there
            or scope.get("method") != "GET"
            or any(name in _LEFT_TO_STREAMLIT for name, _ in scope["headers"])
        ):
            await self._app(scope, receive, send)
            return
        if path not in self._read:
            self._read[path] = self._there[path].read_bytes()
        body = self._read[path]
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", _YEAR),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def scripts_of(elements: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scripts of elements and all that these need, without those of every page.

    Args:
        elements: The elements, by the names of their scripts; one that this version of Streamlit
            lacks counts for nothing.
    """
    folder = Path(get_static_dir())
    scripts = folder / "static" / "js"
    of_every_page = set(_SCRIPT.findall((folder / "index.html").read_text(encoding="utf-8")))
    waiting = [path.name for name in elements for path in sorted(scripts.glob(f"{name}.*.js"))]
    found: dict[str, None] = {}
    while waiting:
        name = waiting.pop(0)
        if name not in of_every_page and name not in found:
            found[name] = None
            waiting += _NEEDED.findall((scripts / name).read_text(encoding="utf-8"))
    return tuple(found)


@cache
def ask_ahead(elements: tuple[str, ...] = ELEMENTS) -> str:
    """Return JavaScript by which a page asks for the scripts of elements before they come.

    Args:
        elements: As for `scripts_of`.
    """
    script = Path(__file__).with_name("ask_ahead.js").read_text(encoding="utf-8")
    return script.replace("NAMES", json.dumps(scripts_of(elements)))
