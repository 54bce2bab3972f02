"""Putting a chart on the page without checking it against Vega-Lite's schema each time.

The check takes twice as long as making the chart, at every paint of it. What it finds are mistakes
of ours, not of the data: the tests draw every page's charts with it.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import streamlit as st
from altair.utils import schemapi

from dashboard.charts.palette import INK

CHECKED = False
"""Whether every chart is checked; the tests turn it on."""

schemapi.disable_debug_mode()  # or each part of a chart is checked on its own when it is made


class _Made:
    """A chart as Streamlit asks for it."""

    def __init__(self, chart: alt.TopLevelMixin) -> None:
        self.chart = chart

    def to_dict(self) -> dict[str, Any]:
        made: dict[str, Any] = self.chart.to_dict(validate=CHECKED)
        return made


def ink() -> str:
    """Return the colour of text in the theme that the page is seen in."""
    return INK["dark" if st.context.theme.type == "dark" else "light"]


def draw(chart: alt.TopLevelMixin, *, alternative: str) -> None:
    """Draw a chart as wide as its place.

    Args:
        chart: The chart.
        alternative: What it shows, for those who cannot see it.
    """
    st.altair_chart(_Made(chart), width="stretch", alt=alternative)  # type: ignore[arg-type]
