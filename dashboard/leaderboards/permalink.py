"""The address that shows the same view again, also once newer snapshots have come."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard.leaderboards.view import View

_ALWAYS = ("top", "view", "search", "row", "rival")


def permalink(view: View) -> None:
    """Offer the address of this view, with everything said that would otherwise be a default."""
    said: list[tuple[str, str]] = [
        ("board", view.board.name),
        ("snapshot", view.board.snapshot),
        ("treatment", view.treatment.name),
        ("p", f"{view.p:g}"),
    ]
    for name in _ALWAYS:
        value = st.session_state.get(name)
        if value not in (None, ""):
            said.append((name, str(value)))
    said += [("pin", name) for name in st.session_state.get("pin", [])]
    page = (st.context.url or "leaderboards").split("?")[0]
    with st.popover("Link to this view", icon=":material/link:"):
        st.code(f"{page}?{urlencode(said)}", language=None, wrap_lines=True)
        st.caption(
            "The address bar holds the same, less what is the default today: this one also says"
            " the snapshot."
        )
