"""Whether Vega-Lite's schema allows a chart, asked once for all charts that differ in words alone.

A check takes twice as long as making the chart, and tests draw the same chart of many boards.
"""

from __future__ import annotations

import json
from typing import Any, cast

import altair as alt
from altair.utils.schemapi import SchemaBase

_ANY_TEXT = ("description", "expr", "labelExpr", "name", "test", "title")
"""Keys below which the schema allows any string where it allows one."""
_ANY_NUMBER = ("height", "width")
"""The same for numbers."""
_ANY_ITEMS = ("domain", "sort", "values")
"""Keys below which the schema allows any list of plain values, as far as it allows their types."""

_allowed: set[tuple[type[SchemaBase], str]] = set()


def check_chart(chart: alt.TopLevelMixin, made: dict[str, Any]) -> None:
    """Check what is made of a chart.

    Raises:
        jsonschema.ValidationError: The schema does not allow it.
    """
    kind = cast("type[SchemaBase]", type(chart))
    shape = (kind, json.dumps(_shape(made), sort_keys=True))
    if shape not in _allowed:
        kind.validate(made)
        _allowed.add(shape)


def _shape(part: Any, key: str = "") -> Any:
    """Return all of a part of a chart but what the schema does not look at."""
    if isinstance(part, dict):
        return {name: _shape(value, name) for name, value in part.items()}
    if isinstance(part, list):
        if key in _ANY_ITEMS and all(isinstance(item, str | int | float) for item in part):
            return [sorted({type(item).__name__ for item in part})]
        return [_shape(item) for item in part]
    if key in _ANY_TEXT and isinstance(part, str):
        return ["str"]
    if key in _ANY_NUMBER and isinstance(part, int | float):
        return ["number"]
    return part
