"""The first page: what is known, how sure it is, and what changed."""

from __future__ import annotations

import streamlit as st

from dashboard import nights, safe_html
from dashboard.queries import overview as queries
from dashboard.queries.frame import records
from dashboard.reading import read, store

safe_html.heading(
    "rankcheck",
    "Re-ranks leaderboards, says how sure a rank is, and tests what papers claim about them.",
    tab="Home",
)
if not store().exists():
    safe_html.no_store(store().place)
    st.stop()
found = read(queries.nights)
if found.empty:
    safe_html.note("info", "No plan has run yet. This command fills the store in a few minutes:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
else:
    last = next(records(found))
    safe_html.show(safe_html.tag("p", nights.in_words(last), css="rc-words"))
    nights.squares(found, 30)
