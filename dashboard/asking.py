"""Waiting for an untrusted query, with a button that ends it."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from dashboard.reading import store
from db.running import running
from db.sandbox import QueryResult

_QUICK = 0.3
"""Seconds within which most queries have ended: no button flashes up for them."""

_TICK = 0.1


def ask(sql: str, *, max_rows: int, deadline: float, on_cancel: Callable[[], None]) -> QueryResult:
    """Run a query in its own process and wait for it.

    Whatever is pressed on the page meanwhile ends this run of the page, at its next touch of the
    page below, and with it the query's process: the button needs to do nothing but be a button.

    Args:
        sql: The query.
        max_rows: As `run_query`.
        deadline: As `run_query`.
        on_cancel: Called when the button is pressed.

    Raises:
        QueryError: When the query is refused, wrong, too slow or too big.
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    place = st.empty()
    with running(store().url, sql, max_rows=max_rows, deadline=deadline) as query:
        if not query.done(_QUICK):
            begun = time.monotonic() - _QUICK
            with place.container(horizontal=True, vertical_alignment="center"):
                st.button("Cancel", icon=":material/stop:", key="cancel", on_click=on_cancel)
                clock = st.empty()
            while not query.done(_TICK):
                seconds = time.monotonic() - begun
                clock.caption(f"Asking the store: {seconds:.1f} of at most {deadline:g} s")
        place.empty()
        return query.result()
