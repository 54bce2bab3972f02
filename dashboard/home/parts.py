"""The parts of the first page below its story: boards, claims, changes and trust."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import formatting, nights, safe_html
from dashboard.claims import changes as claim_changes
from dashboard.claims.listing import counted, rows_of, show_rows
from dashboard.home.story import share_first
from dashboard.queries import boards as board_queries
from dashboard.queries import claims, home, overview
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.safe_html import Html
from dashboard.verdicts import CANARY, headlines
from evaluators.averaging import Board
from evaluators.averaging.audit.recompute import best_fit, recompute_all

MOST_TILES = 4
MOST_CLAIMS = 3


@st.cache_data(max_entries=64, show_spinner="Ranking …")
def sureness(board_id: str, position: int, _board: Board) -> tuple[float | None, str]:
    """Return how often a leader is first, and whether the board's averages add up, in words."""
    share = share_first(_board, position)
    fit = best_fit(recompute_all(_board))
    if fit is None or not fit.compared:
        return share, "prints no averages"
    return share, f"adds up: {fit.agree:,} of {fit.compared:,} averages"


def tiles(found: pd.DataFrame, pinned: list[str]) -> None:
    """Show the pinned boards, or else the largest, as tiles that lead to them."""
    places = {name: i for i, name in enumerate(pinned)}
    order = sorted(
        records(found), key=lambda row: (places.get(row.board, len(places)), -row.models)
    )
    boxes = []
    for row in [row for row in order if row.ranked][:MOST_TILES]:
        board = read(board_queries.board, str(row.board), str(row.snapshot))
        share, adds_up = sureness(str(row.board_id), int(row.leader_position), board)
        boxes.append(_tile(row, share, adds_up))
    if boxes:
        safe_html.show(safe_html.tag("div", *boxes, css="rc-tiles"))


def _tile(row: Any, share: float | None, adds_up: str) -> Html:
    address = f"leaderboards?{urlencode({'board': row.board, 'snapshot': row.snapshot})}"
    title = row.title if isinstance(row.title, str) and row.title else row.board
    sure = "" if share is None else f"first in {share:.0%} of other draws of the tasks"
    together = int(row.together or 0)
    group = (
        f"{together - 1} more cannot be told apart from it"
        if together > 1
        else "told apart from all others"
        if together
        else ""
    )
    bar = (
        Html(f'<span class="rc-bar"><span style="width:{100 * share:.0f}%"></span></span>')
        if share is not None
        else ""
    )
    size = f"{row.snapshot} · {row.ranked:,} of {row.models:,} models ranked · {row.tasks} tasks"
    return safe_html.tag(
        "div",
        Html(f'<a class="rc-here" href="{safe_html.text(address)}">{safe_html.text(title)}</a>'),
        safe_html.tag("div", size, css="rc-label"),
        safe_html.tag("div", safe_html.name(row.leader), css="rc-value"),
        bar,
        *(safe_html.tag("div", said, css="rc-remark") for said in (sure, group, adds_up) if said),
        css="rc-tile rc-board",
    )


def claims_strip(standing: pd.DataFrame) -> None:
    """Show what came of claims, and the decided ones on real data."""
    heads = headlines(standing)
    found = rows_of(heads[heads.claim != CANARY])
    st.header("What papers claim")
    safe_html.show(safe_html.tag("p", counted(found), css="rc-answer"))
    decided = found[found.verdict.isin(("refuted", "holds", "mixed"))]
    order = decided.verdict.map({"refuted": 0, "mixed": 1, "holds": 2})
    shown = decided.assign(order=order).sort_values(["place", "order"], kind="stable")
    safe_html.show(show_rows(shown.head(MOST_CLAIMS)))
    st.page_link("screens/claims.py", label="Every claim", icon=":material/arrow_forward:")


def what_changed() -> None:
    """Show what changed in the last week, and the newest plan runs as squares."""
    st.header("What changed in the last 7 days")
    found = read(overview.nights)
    turned = claim_changes.since(read(claims.changes), 7)
    turned = turned[turned.before.notna()]
    moved = read(overview.moved)
    if len(moved):
        start = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=7)
        moved = moved[moved.beyond.fillna(False).astype(bool) & (moved.finished_at >= start)]
    open_ones = read(overview.open_failures)
    lines: list[Html] = [claim_changes.line(row) for row in records(turned.head(5))]
    if len(moved):
        count = formatting.counted(len(moved), "score")
        lines.append(_link(f"{count} outside the interval of before", "nights"))
    if len(open_ones):
        lines.append(_link(f"{formatting.counted(len(open_ones), 'failure')} still open", "nights"))
    if lines:
        safe_html.listing(lines)
    elif len(found):
        safe_html.note("good", "No verdict turned, no score moved, and no failure is open.")
    nights.under_way()
    if found.empty:
        safe_html.note("info", "No night yet. This command runs the first one in a few minutes:")
        st.code("rankcheck run plans/quickstart.yaml", language="bash")
    else:
        nights.squares(found, 30)


def _link(words: str, address: str) -> Html:
    return Html(f'<a class="rc-here" href="{address}">{safe_html.text(words)}</a>')


def trust() -> None:
    """Say how many published scores were measured again here, and how near they came."""
    found = read(home.trust)
    if not found["published"]:
        return
    count = formatting.counted(int(found["published"]), "published score")
    furthest = 100 * float(found["furthest"])
    st.header("Why trust these numbers")
    safe_html.show(
        safe_html.tag(
            "p",
            f"{int(found['again'])} of {count} of the same weights were measured again here within"
            f" 0.1 points of 100; the furthest is {formatting.figure(furthest, 2)} points off.",
            css="rc-answer",
        )
    )
    st.page_link(
        "screens/sts.py",
        label="Published and measured, side by side",
        icon=":material/arrow_forward:",
        query_params={"sts-view": "Published"},
    )
