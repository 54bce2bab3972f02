"""Offer rankings and charts as files: CSV, Markdown, LaTeX, SVG, PNG."""

from __future__ import annotations

import io
from collections.abc import Callable

import altair as alt
import pandas as pd
import streamlit as st

from dashboard.as_sql import open_board_sql
from dashboard.charts.drawing import draw
from dashboard.language import t
from dashboard.leaderboards.rank_words import Spans, short, span_of
from dashboard.leaderboards.view import View
from dashboard.sheet import safe_name
from db.table_text import latex_table, latex_text, markdown_table, markdown_text


def rank_frame(view: View, spans: Spans, first: int = 0) -> pd.DataFrame:
    """Return the first rows, or every row, ranked or not, with what defines the ranking."""
    ranking, means = view.ranking, view.means
    by_position = {row.position: row for row in view.comparison.rows}
    nothing = (None, None)
    return pd.DataFrame(
        {
            "board": ranking.board,
            "snapshot": ranking.snapshot,
            "treatment": ranking.treatment.name,
            "mean": ranking.mean,
            "p": ranking.p,
            "rank": row.rank,
            "model": row.model,
            "submitted_by": row.submitted_by,
            "is_human": row.is_human,
            "score": row.score,
            "rank_low": spans.get(row.position, nothing)[0],
            "rank_high": spans.get(row.position, nothing)[1],
            **{f"rank_{m}": by_position[row.position].ranks[m] for m in means},
            "published_score": view.board.published[row.position],
            "flags": "; ".join(row.flags),
            "left_out": row.left_out or "",
        }
        for row in (ranking.ranked[:first] if first else ranking.rows)
    ).astype(
        dict.fromkeys(["rank", "rank_low", "rank_high", *(f"rank_{m}" for m in means)], "Int64")
    )


def markdown(view: View, spans: Spans, first: int = 0) -> str:
    """Return the first rows, or all with the rows left out and why, as Markdown."""
    header, numeric, rows = _cells(view, spans, first)
    lines = [f"**{markdown_text(_said(view, first))}**", ""]
    lines += [line for note in view.ranking.notes for line in (f"> {markdown_text(note)}", "")]
    lines += markdown_table(header, numeric, rows)
    if view.ranking.left_out and not first:
        lines += ["", "Left out:", ""]
        lines += [
            f"- {markdown_text(row.model)}: {markdown_text(row.left_out or '')}"
            for row in view.ranking.left_out
        ]
    return "\n".join(lines) + "\n"


def latex(view: View, spans: Spans, first: int = 0) -> str:
    """Return the first rows, or all with comments on the rows left out, as a LaTeX table."""
    header, numeric, rows = _cells(view, spans, first)
    sentences = (_said(view, first), *view.ranking.notes)
    caption = ". ".join(latex_text(sentence) for sentence in sentences) + "."
    lines = ["% needs \\usepackage{booktabs}"]
    lines += latex_table(header, numeric, rows, caption)
    lines += [
        f"% left out: {latex_text(row.model)}: {latex_text(row.left_out or '')}"
        for row in (() if first else view.ranking.left_out)
    ]
    return "\n".join(lines) + "\n"


def _said(view: View, first: int) -> str:
    """Return what a table shows, in words, and how many of its rows."""
    shown = len(view.ranking.ranked[: first or None])
    return f"{view.said}; the first {shown}" if first else view.said


def _cells(
    view: View, spans: Spans, first: int
) -> tuple[tuple[str, ...], tuple[bool, ...], list[tuple[str, ...]]]:
    by_position = {row.position: row for row in view.comparison.rows}
    score = "score, per cent" if view.times == 100 else "score"
    ranked = view.ranking.ranked[: first or None]
    human = ("human",) if any(row.is_human for row in ranked) else ()
    header = ("rank", "model", *human, score, "95% interval", *(short(m) for m in view.means))
    rows = [
        (
            str(row.rank),
            row.model,
            *("human" if row.is_human else "" for _ in human),
            view.score(row.score),
            span_of(spans.get(row.position)),
            *(str(by_position[row.position].ranks[m] or "–") for m in view.means),
        )
        for row in ranked
    ]
    return header, tuple(name not in ("model", "human") for name in header), rows


WIDTH = 900
_KINDS = {"svg": "image/svg+xml", "png": "image/png"}


def picture(chart: alt.TopLevelMixin, description: str, kind: str) -> bytes:
    """Return a chart as an image file with a white background and a description.

    Args:
        chart: The chart.
        description: Board, snapshot, treatment, mean and n: a copied picture keeps its context.
        kind: `svg` or `png`, the latter with two pixels a point.
    """
    title = alt.TitleParams(
        description, anchor="start", fontSize=12, fontWeight="normal", limit=WIDTH, offset=12
    )
    titled = chart.properties(width=WIDTH, title=title, background="white", padding=12)
    titled = titled.configure_view(strokeOpacity=0)  # no frame, as on the page
    if kind == "svg":
        text = io.StringIO()
        titled.save(text, format="svg")
        return text.getvalue().encode()
    drawn = io.BytesIO()
    titled.save(drawn, format="png", scale_factor=2)
    return drawn.getvalue()


def shown(
    chart: alt.TopLevelMixin,
    *,
    alternative: str,
    said: str,
    name: str,
    paper: Callable[[], alt.TopLevelMixin] | None = None,
    sql: str | None = None,
) -> None:
    """Show a chart with buttons that save it, and a link to its query.

    Args:
        chart: The chart.
        alternative: Text for people who cannot see it.
        said: Description written on the saved picture.
        name: File name, without its ending.
        paper: Makes the chart for a white background, if it differs there.
        sql: The query that gives its numbers; None where none does.
    """
    draw(chart, alternative=alternative)

    def drawing(kind: str) -> Callable[[], bytes]:
        return lambda: picture(paper() if paper else chart, said, kind)

    with st.container(horizontal=True, vertical_alignment="center"):
        for kind, mime in _KINDS.items():
            st.download_button(
                t("Save {kind}", kind=kind.upper()),
                drawing(kind),
                f"{safe_name(name)}.{kind}",
                mime,
                on_click="ignore",
                icon=":material/image:",
                type="tertiary",
                key=f"{kind}-{name}",
            )
        open_board_sql(sql)
