"""Every text that a page of an AppTest shows: words, labels, options, heads, titles of charts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

_HIDDEN = frozenset(
    {"id", "elementId", "formId", "key", "url", "queryString", "queryParamKey", "pageScriptHash"}
    | {"page", "icon", "data", "datasets", "language", "theme", "vegaLiteTheme", "bytes", "type"}
)
_DATA = ("<style", '<div class="rc-dictionary"')
"""Style sheets, and what the store says of its own views and tables."""

_OF_A_CHART = frozenset({"title", "domain", "text"})


def shown_texts(app: AppTest) -> Iterator[str]:
    """Yield the pieces of text of a page, without its tags; data frames and files are data."""
    for block in (app.main, app.sidebar):
        for proto in _protos(block):
            yield from _pieces(MessageToDict(proto))


def _protos(node: Any) -> Iterator[Any]:
    if getattr(node, "proto", None) is not None:
        yield node.proto
    for child in getattr(node, "children", {}).values():
        yield from _protos(child)


def _pieces(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in _HIDDEN:
                yield from _pieces(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _pieces(part, name)
    elif isinstance(value, str):
        if name == "spec":
            yield from _of_chart(json.loads(value))
        elif name == "columns":
            yield from _heads(json.loads(value))
        elif not value.startswith(_DATA):
            for piece in re.split(r"<[^>]*>", value):
                if piece.strip():
                    yield piece.strip()


def _heads(columns: dict[str, Any]) -> Iterator[str]:
    for column in columns.values():
        yield from (str(column[part]) for part in ("label", "help") if column.get(part))


def _of_chart(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in ("datasets", "data"):
                yield from _of_chart(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _of_chart(part, name)
    elif isinstance(value, str) and name in _OF_A_CHART:
        yield value
