"""The parts of the first page below its story: boards, claims, changes and trust."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, links, nights, safe_html
from dashboard.claims import changes as claim_changes
from dashboard.claims.listing import counted, rows_of, show_rows
from dashboard.language import nt, sentences, t
from dashboard.leaderboards.finding import Finding, compute, of_store
from dashboard.queries import claims, home, overview
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.safe_html import Html
from dashboard.verdicts import CANARY, headlines
from evaluators.averaging.stability.tiers import MOST_AT_ONCE

MOST_TILES = 4
MOST_CLAIMS = 3


def tiles(found: pd.DataFrame, pinned: list[str]) -> None:
    """Show the pinned boards, or else the largest, as tiles that lead to them."""
    places = {name: i for i, name in enumerate(pinned)}
    order = sorted(
        records(found), key=lambda row: (places.get(row.board, len(places)), -row.models)
    )
    boxes = []
    for row in [row for row in order if row.ranked][:MOST_TILES]:
        boxes.append(_tile(row, compute(row.board, row.snapshot, row.board_id, of_store(row))))
    if boxes:
        safe_html.show(safe_html.tag("div", *boxes, css="rc-tiles"))


def _tile(row: Any, finding: Finding) -> Html:
    address = links.address("leaderboards", board=row.board, snapshot=row.snapshot)
    title = row.title if isinstance(row.title, str) and row.title else row.board
    share = finding.sure
    sure = (
        "" if share is None else t("first in {share:.0%} of other draws of the tasks", share=share)
    )
    together = finding.group
    group = (
        t("none of the next {count} can be told apart from it", count=together - 1)
        if together == MOST_AT_ONCE  # as many as are compared
        else t("{count} more cannot be told apart from it", count=together - 1)
        if together is not None and together > 1
        else t("told apart from all others")
        if together
        else ""
    )
    agree, compared = finding.adds_up or (0, 0)
    adds_up = (
        t("adds up: {agree:,} of {compared:,} averages", agree=agree, compared=compared)
        if compared
        else t("prints no averages")
    )
    bar = (
        Html(f'<span class="rc-bar"><span style="width:{100 * share:.0f}%"></span></span>')
        if share is not None
        else ""
    )
    size = nt(
        "{snapshot} · {ranked:,} of {models:,} models ranked · {count:,} task",
        "{snapshot} · {ranked:,} of {models:,} models ranked · {count:,} tasks",
        int(row.tasks),
        snapshot=row.snapshot,
        ranked=row.ranked,
        models=row.models,
    )
    return safe_html.tag(
        "div",
        Html(f'<a class="rc-here" href="{safe_html.text(address)}">{safe_html.text(title)}</a>'),
        safe_html.tag("div", size, css="rc-label"),
        safe_html.tag("div", safe_html.name(finding.leader), css="rc-value"),
        bar,
        *(safe_html.tag("div", said, css="rc-remark") for said in (sure, group, adds_up) if said),
        css="rc-tile rc-board",
    )


def claims_strip(standing: pd.DataFrame) -> None:
    """Show what came of claims, and the decided ones on real data."""
    heads = headlines(standing)
    found = rows_of(heads[heads.claim != CANARY])
    st.header(t("What papers claim"))
    safe_html.show(safe_html.tag("p", counted(found), css="rc-answer"))
    decided = found[found.verdict.isin(("refuted", "holds", "mixed"))]
    order = decided.verdict.map({"refuted": 0, "mixed": 1, "holds": 2})
    shown = decided.assign(order=order).sort_values(["place", "order"], kind="stable")
    safe_html.show(show_rows(shown.head(MOST_CLAIMS)))
    st.page_link("screens/claims.py", label=t("Every claim"), icon=":material/arrow_forward:")


def what_changed() -> None:
    """Show what changed in the last week, and the newest plan runs as squares."""
    st.header(t("What changed in the last 7 days"))
    found = read(overview.nights)
    every = read(claims.changes)
    recent = claim_changes.since(every, 7)
    turned = recent[recent.before.notna()]
    moved = read(overview.moved)
    if len(moved):
        start = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=7)
        moved = moved[moved.beyond.fillna(False).astype(bool) & (moved.finished_at >= start)]
    open_ones = read(overview.open_failures)
    lines: list[Html] = [claim_changes.line(row) for row in records(turned.head(5))]
    if len(moved):
        said = nt(
            "{count:,} score outside the interval of before",
            "{count:,} scores outside the interval of before",
            len(moved),
        )
        lines.append(_link(said, "nights"))
    if len(open_ones):
        said = nt("{count:,} failure still open", "{count:,} failures still open", len(open_ones))
        lines.append(_link(said, "nights"))
    if lines:
        safe_html.listing(lines)
    elif len(found):
        kind, first = claim_changes.first_judged(every, recent)
        none = (
            t("No score moved, and no failure is open.")
            if kind == "info"
            else t("No verdict turned, no score moved, and no failure is open.")
        )
        safe_html.note(kind, sentences(none, first))
    nights.under_way()
    if found.empty:
        safe_html.note("info", t("No night yet. This command runs the first one in a few minutes:"))
        safe_html.code("rankcheck run plans/quickstart.yaml")
    else:
        nights.squares(found, 30)


def _link(words: str, page: str) -> Html:
    address = safe_html.text(links.address(page))
    return Html(f'<a class="rc-here" href="{address}">{safe_html.text(words)}</a>')


def trust() -> None:
    """Say how many published scores were measured again here, and how near they came."""
    found = read(home.trust)
    if not found["published"]:
        return
    furthest = 100 * float(found["furthest"])
    st.header(t("Why trust these numbers"))
    safe_html.show(
        safe_html.tag(
            "p",
            nt(
                "{again} of {count:,} published score of the same weights were measured again here"
                " within 0.1 points of 100; the furthest is {furthest} points off.",
                "{again} of {count:,} published scores of the same weights were measured again"
                " here within 0.1 points of 100; the furthest is {furthest} points off.",
                int(found["published"]),
                again=int(found["again"]),
                furthest=formatting.figure(furthest, 2),
            ),
            css="rc-answer",
        )
    )
    st.page_link(
        "screens/sts.py",
        label=t("Published and measured, side by side"),
        icon=":material/arrow_forward:",
        query_params={"sts-view": "Published"},
    )
