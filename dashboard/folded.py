"""Draw parts of a page only while they are open.

Streamlit draws the content of a closed expander too: its queries run, its rows are sent, and the
browser loads its table code before the page is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.language import option_labels, t


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
        parts: What draws each tab, by its English name, marked.
        key: The name in the address.
    """
    # Streamlit itself would put the tab's label into the address, another in each language.
    labels = {t(name): name for name in parts}
    first, asked, before = next(iter(parts)), st.query_params.get(key), f"{key}-before"
    chosen = labels.get(st.session_state.get(key, ""))
    if chosen is None or asked != st.session_state.get(before):  # a link, or another language
        chosen = asked if asked is not None and asked in parts else first
    st.session_state[key] = t(chosen)
    _put(key, chosen, first)
    st.session_state[before] = st.query_params.get(key)

    def name_it() -> None:
        _put(key, labels[st.session_state[key]], first)
        st.session_state[before] = st.query_params.get(key)

    for tab, draw in zip(
        st.tabs(list(labels), key=key, on_change=name_it), parts.values(), strict=True
    ):
        if tab.open:
            with tab:
                draw()


def funnel(keys: Iterable[str]) -> str | None:
    """Return the icon of a drawer of filters, one of which is set; None where none is.

    Args:
        keys: The names of the filters in the address.
    """
    chosen = any(value for key in keys for value in st.query_params.get_all(key))
    return ":material/filter_alt:" if chosen else None


def in_address(
    key: str,
    options: Sequence[str],
    default: str | None = None,
    words: Callable[[str], str] = t,
    *,
    always: bool = False,
) -> dict[str, Any]:
    """Return arguments that keep the choice of a control in the address, in English.

    Streamlit itself would put what is shown into the address, another text in each language.

    Args:
        key: The control's key, and its name in the address.
        options: What the control offers, in English.
        default: What is chosen at first, and left out of the address.
        words: How an option is shown.
        always: Whether the address says the default too, once it was chosen.
    """
    asked = st.query_params.get(key)
    if asked in options:
        st.session_state[key] = asked
    elif asked is not None:
        st.query_params.pop(key)
        st.session_state.pop(key, None)
    if default is not None:
        st.session_state.setdefault(key, default)

    def name_it() -> None:
        _put(key, st.session_state[key], None if always else default)

    return {"key": key, "on_change": name_it, "format_func": option_labels(options, words)}


def several_in_address(
    key: str,
    options: Sequence[str],
    words: Callable[[str], str] = t,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the same for a control that offers several of the options, none at first.

    Args:
        key: As for `in_address`.
        options: As for `in_address`.
        words: As for `in_address`.
        names: Other names of options that an address may have.
    """
    asked = [(names or {}).get(name, name) for name in st.query_params.get_all(key)]
    if asked:
        st.session_state[key] = [name for name in asked if name in options]

    def name_them() -> None:
        st.query_params[key] = st.session_state[key]

    return {"key": key, "on_change": name_them, "format_func": option_labels(options, words)}


def _put(key: str, value: str | None, default: str | None) -> None:
    if value in (None, default):
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = str(value)
