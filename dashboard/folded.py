"""Parts of a page that are read and drawn only while somebody looks at them.

Streamlit draws what is in a closed expander too: its queries run, its rows travel, and the browser
loads what draws tables before the page is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st


def folded(label: str, draw: Callable[[], object], *, key: str) -> None:
    """Offer a part of the page, closed at first.

    Args:
        label: What it says while it is closed; nothing from the store, it reads Markdown.
        draw: Draws it, when it is open.
        key: Keeps it open when the label changes.
    """
    fold = st.expander(label, key=f"fold-{key}", on_change="rerun")
    if fold.open:
        with fold:
            draw()


def tabbed(parts: Mapping[str, Callable[[], object]], *, key: str) -> None:
    """Show parts in tabs; only the open one is drawn, and its name is in the address.

    Args:
        parts: What draws each tab, by its label.
        key: The name in the address.
    """
    tabs = st.tabs(list(parts), key=key, on_change="rerun", bind="query-params")
    for tab, draw in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab:
                draw()
