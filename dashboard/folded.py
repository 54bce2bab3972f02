"""Draw parts of a page only while they are open.

Streamlit draws the content of a closed expander too: its queries run, its rows are sent, and the
browser loads its table code before the page is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st


def folded(label: str, draw: Callable[[], object], *, key: str) -> None:
    """Show a part of the page in an expander, closed at first.

    Args:
        label: Title of the expander; never text from the store, as Streamlit reads Markdown in it.
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
