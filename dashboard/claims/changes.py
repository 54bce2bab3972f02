"""Which claims changed since a date, from what to what, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, links, safe_html
from dashboard.claims import words
from dashboard.folded import in_address
from dashboard.language import mark, nt, sentences, t
from dashboard.queries import claims as queries
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.safe_html import Html

RANGES = {
    mark("7 days"): 7,
    mark("1 day"): 1,
    mark("30 days"): 30,
    mark("always"): 36_500,
}


def since(found: pd.DataFrame, days: int, now: datetime | None = None) -> pd.DataFrame:
    """Return the changes of the last days."""
    start = (now or datetime.now(UTC)).replace(tzinfo=None) - timedelta(days=days)
    return found[found.decided_at >= start]


def first_judged(every: pd.DataFrame, recent: pd.DataFrame) -> tuple[str, str]:
    """Return how many claims were first judged in a time, for a time in which none changed.

    Args:
        every: As `dashboard.queries.claims.changes` returns them.
        recent: Those of the time.

    Returns:
        The kind of note, `info` where no claim was judged earlier, and the sentence; empty where
        no claim was first judged in the time.
    """
    new = recent[recent.before.isna()]
    if new.empty:
        return "good", ""
    start = f"{new.decided_at.min():%Y-%m-%d}"
    if len(new) == int(every.before.isna().sum()):
        return "info", nt(
            "{count:,} claim was judged for the first time since {start}: there is no earlier"
            " verdict to compare with.",
            "{count:,} claims were judged for the first time since {start}: there are no earlier"
            " verdicts to compare with.",
            len(new),
            start=start,
        )
    return "good", nt(
        "{count:,} claim was judged for the first time since {start}.",
        "{count:,} claims were judged for the first time since {start}.",
        len(new),
        start=start,
    )


def in_words(row: Any) -> str:
    """Return from what to what a claim went."""
    now = words.said(row)
    if formatting.is_missing(row.before):
        return t("judged for the first time: {verdict}", verdict=now)
    return f"{t(words.SAID.get(row.before, row.before))} → {now}"


def line(row: Any) -> Html:
    """Return one change as a line with a link to its claim."""
    address = safe_html.text(links.address("claims", claim=row.claim))
    why = "" if formatting.is_missing(row.before) else t(". {cause}", cause=t(row.cause))
    return Html(
        f'{row.decided_at:%Y-%m-%d} <a class="rc-here" href="{address}">'
        f"{safe_html.text(words.sentence_of(row))}</a> "
        f"{safe_html.tag('span', f'{in_words(row)}{why}', css='rc-dim')}"
    )


def changes() -> None:
    """Show the verdicts that changed, newest first, and the first ones folded below."""
    chosen = st.selectbox(
        t("Since"), list(RANGES), **in_address("since", list(RANGES), next(iter(RANGES)))
    )
    every = read(queries.changes)
    found = since(every, RANGES[str(chosen)])
    turned, new = found[found.before.notna()], found[found.before.isna()]
    if turned.empty:
        kind, first = first_judged(every, found)
        none = t("No verdict changed in this time ({time}).", time=t(str(chosen)))
        safe_html.note(kind, first if kind == "info" else sentences(none, first))
    else:
        safe_html.listing([line(row) for row in records(turned)])
    if len(new):
        with st.expander(t("Judged for the first time ({count})", count=len(new))):
            safe_html.listing([line(row) for row in records(new)])
