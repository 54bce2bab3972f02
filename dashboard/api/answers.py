"""Write answers: plain JSON without NaN, pages with links, and problems that say what to do."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pandas as pd
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.params import Paging

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROBLEM = "application/problem+json"
"""The media type of errors (RFC 9457)."""


def plain(value: Any) -> Any:
    """Return a value as JSON has it: None for what is missing or not finite, times as ISO text."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, Decimal)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, datetime):  # the store's times are UTC, and have no zone
        return value.replace(tzinfo=value.tzinfo or UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (np.generic, np.ndarray)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return str(value)


class Json(Response):
    """An answer as compact JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes of the content."""
        text = json.dumps(
            plain(content), ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        return text.encode()


def records(table: pd.DataFrame, decoded: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return the rows of a table.

    Args:
        table: The table.
        decoded: Columns whose texts are JSON.
    """
    columns = [str(name) for name in table.columns]
    rows = [dict(zip(columns, row, strict=True)) for row in table.itertuples(index=False)]
    for row in rows:
        for name in decoded:
            if isinstance(row.get(name), str):
                row[name] = json.loads(row[name])
    return rows


def page(
    request: Request,
    rows: Sequence[Any],
    paging: Paging,
    about: Mapping[str, Any] | None = None,
    total: int | None = None,
) -> Json:
    """Return one page of some rows, with links to the others.

    Args:
        request: The request, whose query the links repeat.
        rows: All rows; those of the page alone if `total` is given.
        paging: Which rows are wanted.
        about: What stands before the rows.
        total: The number of all rows.
    """
    if total is None:
        total, rows = len(rows), rows[paging.offset : paging.offset + paging.limit]
    content = {**(about or {}), "total": total, "limit": paging.limit, "offset": paging.offset}
    answer = Json({**content, "rows": rows})
    if links := _links(request, paging, total):
        answer.headers["link"] = links
    return answer


def _links(request: Request, paging: Paging, total: int) -> str:
    """Return the header that leads to other pages, relative to this one: a proxy may move it."""
    kept = [
        (key, value)
        for key, value in parse_qsl(request.url.query, keep_blank_values=True)
        if key not in ("limit", "offset")
    ]
    last = max(0, (total - 1) // paging.limit * paging.limit)
    offsets = {"first": 0, "last": last}
    if paging.offset:
        offsets["prev"] = max(0, min(paging.offset - paging.limit, last))
    if paging.offset + paging.limit < total:
        offsets["next"] = paging.offset + paging.limit
    if last == 0 and paging.offset == 0:
        return ""
    query = {
        name: urlencode([*kept, ("limit", paging.limit), ("offset", offset)])
        for name, offset in offsets.items()
    }
    return ", ".join(f'<?{text}>; rel="{name}"' for name, text in query.items())


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error: its status, and what was wrong and what to do in words."""
    return Response(problem_text(status, detail), status, headers, PROBLEM)


def problem_text(status: int, detail: str) -> bytes:
    """Return the body of an error."""
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return json.dumps(content, ensure_ascii=False).encode()


class Tags:
    """Middleware that gives an answer the tag of its request: keep it, and ask if it changed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def with_tag(message: Message) -> None:
            if message["type"] == "http.response.start":
                tag = scope.get("state", {}).get("tag", "")
                is_kept = tag and message["status"] in (200, 304)
                kept = (b"private, no-cache", (b"etag", tag.encode()))
                control, *more = kept if is_kept else (b"no-store",)
                headers = [*message["headers"], (b"cache-control", control), *more]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, with_tag)
