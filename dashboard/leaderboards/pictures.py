"""Charts to take away, drawn on the server and only when somebody asks: SVG for a paper, or PNG."""

from __future__ import annotations

import io
from collections.abc import Callable

import altair as alt
import streamlit as st

from dashboard.charts.drawing import draw
from dashboard.sheet import safe_name

WIDTH = 900
_KINDS = {"svg": "image/svg+xml", "png": "image/png"}


def picture(chart: alt.TopLevelMixin, said: str, kind: str) -> bytes:
    """Return a chart as a file, on white, with what it shows written above it.

    Args:
        chart: The chart.
        said: Board, snapshot, treatment, mean and n: no picture goes without them.
        kind: `svg` or `png`, the latter with two pixels a point.
    """
    title = alt.TitleParams(
        said, anchor="start", fontSize=12, fontWeight="normal", limit=WIDTH, offset=12
    )
    whole = chart.properties(width=WIDTH, title=title, background="white", padding=12)
    whole = whole.configure_view(strokeOpacity=0)  # no frame, as on the page
    if kind == "svg":
        text = io.StringIO()
        whole.save(text, format="svg")
        return text.getvalue().encode()
    drawn = io.BytesIO()
    whole.save(drawn, format="png", scale_factor=2)
    return drawn.getvalue()


def shown(
    chart: alt.TopLevelMixin,
    *,
    alternative: str,
    said: str,
    name: str,
    paper: Callable[[], alt.TopLevelMixin] | None = None,
) -> None:
    """Show a chart with buttons that save it.

    Args:
        chart: The chart.
        alternative: What it shows, for those who cannot see it.
        said: What its picture must say.
        name: What its files are called.
        paper: Makes the same for a white ground, where it is to look different there.
    """
    draw(chart, alternative=alternative)

    def drawing(kind: str) -> Callable[[], bytes]:
        return lambda: picture(paper() if paper else chart, said, kind)

    with st.container(horizontal=True):
        for kind, mime in _KINDS.items():
            st.download_button(
                f"Save {kind.upper()}",
                drawing(kind),
                f"{safe_name(name)}.{kind}",
                mime,
                on_click="ignore",
                icon=":material/image:",
                type="tertiary",
                key=f"{kind}-{name}",
            )
