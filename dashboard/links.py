"""Say aloud what a link asks for and this store does not have.

A control that is bound to the address drops a value that it does not know and shows its default.
Whoever opened the link would then read another board's winner under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import language, safe_html
from dashboard.language import t

_KEPT = "links-not-answered"

Wanted = Mapping[str, list[str]]


def address(page: str, **params: object) -> str:
    """Return the address of a page of the dashboard, which opens in the language chosen."""
    query = urlencode({**params, **language.kept()})
    return f"{page}?{query}" if query else page


def wanted() -> Wanted:
    """Return what the address asks for; to be called before the page draws its controls."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def unanswered(name: str, values: list[str], shown: object) -> list[str]:
    """Return which of the values that a link asks for a control does not show.

    Args:
        name: The name in the address.
        values: Its values there, before the page ran.
        shown: What the control shows.
    """
    if set(values) <= set(st.query_params.get_all(name)):  # the address still says so
        return []
    has = shown if isinstance(shown, (list, tuple)) else [shown]
    return [value for value in values if value and not any(_same(value, one) for one in has)]


def say_unanswered(place: DeltaGenerator, asked: Wanted, page: str) -> None:
    """Show what the link asked for in vain, until the reader chooses something else.

    Args:
        place: Where to say it, above the page.
        asked: What `wanted` returned before the page ran.
        page: The page's address; what another page was asked for is forgotten.
    """
    kept: dict[str, Any] = st.session_state.get(_KEPT, {})
    if kept.get("page") != page:
        kept = {"page": page, "missing": {}}
    missing: dict[str, tuple[list[str], str]] = {
        name: (values, shown)
        for name, (values, shown) in kept["missing"].items()
        if name not in asked and name in st.session_state and _text(name) == shown
    }
    for name, values in asked.items():
        vain = name in st.session_state and unanswered(name, values, st.session_state[name])
        if vain:
            missing[name] = (vain, _text(name))
    st.session_state[_KEPT] = {**kept, "missing": missing}
    with place:
        for name, (values, shown) in missing.items():
            say_missing(name, ", ".join(values), shown)


def say_missing(what: str, value: object, shown: object = "") -> None:
    """Say that the link asks for something which the store does not have, and what is shown.

    Args:
        what: Kind of thing: board, run, claim.
        value: What the link asks for.
        shown: What the page shows instead; empty where it shows nothing.
    """
    words = safe_html.sentence(
        "This link asks for {what} {value}, which this store does not have.",
        what=t(what.replace("-", " ")),
        value=safe_html.tag("strong", value),
    )
    instead = [] if shown in ("", None) else [t("Shown is {shown}.", shown=shown)]
    safe_html.note("warning", words, *instead)


def _text(name: str) -> str:
    value = st.session_state[name]
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _same(value: str, shown: object) -> bool:
    if value == str(shown) or value.casefold() == str(shown).casefold():
        return True
    try:
        return float(value) == float(str(shown))
    except ValueError:
        return False
