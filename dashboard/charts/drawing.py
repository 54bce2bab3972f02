"""Draw charts in the colours of Okabe and Ito, readable on light and dark pages.

Moved apart until any two of the first five differ by 15 CAM02-UCS units at least, for people
without green, red or blue cones too, and each has a contrast of 3 with both grounds.

Putting a chart on the page without checking it against Vega-Lite's schema each time.
The check takes twice as long as making the chart, at every paint of it. What it finds are mistakes
of ours, not of the data: the tests draw every page's charts with it.

Charts name the class of each channel, as `alt.Text("label:N")`, and not `"label:N"` alone: for
that, altair writes the schemas of a hundred classes as JSON to find the one, 2 ms each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils import schemapi

HUMAN = "#D97A00"
FOUND = "#3A90E5"
UP = "#007A55"
DOWN = "#994488"
STEADY = "#82908C"

REFUTED = "#D55E00"

SERIES = (FOUND, HUMAN, UP, DOWN, STEADY, "#C9A200", "#56B4E9", REFUTED)
"""From the sixth on, series need shapes or dashes too: colours alone are not distinct."""

INK = {"light": "#16242C", "dark": "#E6EDF1"}
"""Text on the page's own ground, by theme, which the marks of a chart do not follow themselves."""


GROUND = {"light": "#FFFFFF", "dark": "#10181D"}
"""The page's own ground, by theme."""

DIM = {"light": "#52646F", "dark": "#9FB1BB"}
"""Text of axes and legends; Streamlit's own grey has 3.7 : 1 on white, too little to read."""

BESIDE = {"left": 5, "top": 5, "right": 28, "bottom": 5}
"""Padding of a chart whose last name or number above the plot reaches over the edge."""

_RATIO = 300  # of the largest to the smallest number, from which on an axis is logarithmic

CHECK: Callable[[alt.TopLevelMixin, dict[str, Any]], None] | None = None
"""What is called with every chart and what is made of it; the tests check that by the schema."""

# Else altair validates each part of a chart when it is made, which is slow.
schemapi.disable_debug_mode()


class _Made:
    """A chart as Streamlit asks for it, with text of axes and legends that can be read."""

    def __init__(self, chart: alt.TopLevelMixin, theme: str) -> None:
        self.chart = chart
        self.theme = theme

    def to_dict(self) -> dict[str, Any]:
        made: dict[str, Any] = self.chart.to_dict(validate=False)
        text = {"labelColor": DIM[self.theme], "titleColor": DIM[self.theme]}
        config = made.setdefault("config", {})
        for part in ("axis", "legend", "header"):
            config[part] = {**text, **config.get(part, {})}
        # Vega aligns a number at the very end of an axis alone; one beside it would be cut.
        ends = config.setdefault("axisXQuantitative", {})
        ends.setdefault("labelFlush", _NEAR_END)
        if CHECK:
            CHECK(self.chart, made)
        return made


_NEAR_END = 14
"""Pixels from the end of an axis within which a number is aligned with that end."""

ON_PHONE = "containerSize()[0] < 480"
"""Condition of Vega that a chart has less than 480 pixels; false where it is written to a file."""


LEGEND = alt.expr(f"{ON_PHONE} ? 1 : 3")
"""How many entries of a legend stand side by side."""


def layered(*layers: alt.Chart | alt.LayerChart, height: float) -> alt.LayerChart:
    """Lay charts over one another, the first at the bottom."""
    # altair.layer makes a FacetChart of charts that are split into panels; none of ours is.
    return alt.LayerChart(layer=list(layers)).properties(height=height)


def from_left(pixels: float) -> alt.XValue:
    """Return a place so many pixels from the left of a chart."""
    return alt.XValue(pixels)  # type: ignore[no-untyped-call]  # altair gives it no types


def from_top(pixels: float) -> alt.YValue:
    """Return a place so many pixels from the top of a chart."""
    return alt.YValue(pixels)  # type: ignore[no-untyped-call]


def spreads(values: pd.Series) -> bool:
    """Return whether numbers are positive and spread enough to need a logarithmic axis."""
    known = values.dropna().astype(float)
    return bool((known > 0).all() and known.max() > _RATIO * known.min())


def theme() -> str:
    """Return the theme that the page is seen in: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def ink() -> str:
    """Return the colour of text in the theme that the page is seen in."""
    return INK[theme()]


def draw(chart: alt.TopLevelMixin, *, alternative: str) -> None:
    """Draw a chart as wide as its place.

    Args:
        chart: The chart.
        alternative: Text for people who cannot see it.
    """
    # Streamlit asks no more of a chart than to_dict.
    made = cast("alt.Chart", _Made(chart, theme()))
    st.altair_chart(made, width="stretch", alt=alternative)
