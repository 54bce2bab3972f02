"""Write tables as HTML: of numbers in columns that line up, in any number of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard import formatting, safe_html
from dashboard.language import t
from dashboard.safe_html import Html, tag, text
from dashboard.tables import HEADS

PICTURE = "interval"
"""The column of pictures, which we draw ourselves."""

_LONG = {
    **{"why": "rc-why", "claim": "rc-why", "came out": "rc-why"},
    **{"on": "rc-where", "verdict": "rc-where", "what": "rc-where"},
}
"""Columns of sentences, which get room where a table is narrow."""


def table(
    frame: pd.DataFrame,
    digits: Mapping[str, int] | None = None,
    heads: Mapping[str, str] | None = None,
    bold: Sequence[bool] = (),
) -> Html:
    """Return a table that scrolls sideways where there is no room.

    Args:
        frame: The table.
        digits: Decimals by column; one for any other column of fractions.
        heads: What columns are called, where it is not their name, in the reader's language.
        bold: Which rows are marked.
    """
    numeric = {
        name
        for name, column in frame.items()
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    }
    decimals = {str(name): _digits(frame[name]) for name in numeric} | dict(digits or {})
    head = [
        tag(
            "th",
            (heads or {}).get(str(name)) or _head(str(name).strip()),
            css="rc-number" if name in numeric else "",
        )
        for name in frame.columns
    ]
    lines = []
    for i, row in enumerate(frame.itertuples(index=False, name=None)):
        cells = [
            _cell(str(name), value, decimals.get(name))
            for name, value in zip(frame.columns, row, strict=True)
        ]
        lines.append(tag("tr", *cells, css="rc-marked" if i < len(bold) and bold[i] else ""))
    inside = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *lines), css="rc-table")
    label = text(t("Table"))
    return Html(
        f'<div class="rc-wide" tabindex="0" role="group" aria-label="{label}">{inside}</div>'
    )


def _head(name: str) -> str:
    return t(name) if name in HEADS else name


def _digits(column: pd.Series) -> int:
    """Return the decimals of a column: none for whole numbers, else those that tell them apart."""
    known = column.dropna().astype(float)
    if (known == known.round()).all():
        return 0
    return 1 if known.abs().max() >= 1 else 3


def _cell(name: str, value: Any, digits: int | None) -> Html:
    if name == PICTURE:
        if not isinstance(value, str) or not value.startswith("data:image/svg+xml;base64,"):
            return tag("td")
        return Html(f'<td><img src="{text(value)}" alt="" width="120" height="24"></td>')
    if formatting.is_missing(value):
        return tag("td", "–", css="" if digits is None else "rc-number")
    if digits is None:
        long = _LONG.get(name, "")
        return tag("td", safe_html.name(value) if name == "model" else value, css=long)
    shown = f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")
    return tag("td", shown, css="rc-number")
