"""Say what a link asks for that the page cannot show, instead of showing something else."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from dashboard import safe_html
from dashboard.language import PARAMETER, t

_KEPT = "link-complaints"
_ALWAYS = {"embed", "embed_options", PARAMETER}
"""Parameters of Streamlit itself, and the language."""


def expect(key: str, options: Collection[str], what: str) -> None:
    """Keep a complaint where the address has a value that a control does not offer.

    To be called before the control is drawn: Streamlit then drops the value from the address.

    Args:
        key: The parameter.
        options: What the control offers.
        what: What a value is, for the sentence: `the board`.
    """
    for value in st.query_params.get_all(key):
        if value and value not in options:
            keep(
                key,
                t(
                    "This link asks for {what} {value!r}, which is not here.",
                    what=what,
                    value=value,
                ),
            )


def expect_number(key: str, low: float, high: float) -> None:
    """Keep a complaint where the address has something else than a number in a range."""
    for value in st.query_params.get_all(key):
        try:
            fits = low <= float(value) <= high
        except ValueError:
            fits = False
        if value and not fits:
            keep(
                key,
                t(
                    "This link asks for {key} = {value!r}, which must be a number from {low:g} to"
                    " {high:g}.",
                    key=key,
                    value=value,
                    low=low,
                    high=high,
                ).replace("-", "\N{MINUS SIGN}"),
            )


def expect_names(known: Collection[str]) -> None:
    """Keep a complaint for every parameter that the page does not know."""
    for key in st.query_params:
        if key not in known and key not in _ALWAYS:
            keep(
                key, t("This link has a parameter {key!r}, which this page does not know.", key=key)
            )


def option(value: str, labels: Mapping[str, str]) -> str:
    """Return the option that an address names, by itself or by what the control calls it.

    Args:
        value: The value in the address.
        labels: What the control calls each option.
    """
    return next((each for each, label in labels.items() if value == label), value)


def take(key: str, labels: Mapping[str, str]) -> None:
    """Let the address name the options of a control of several values by what they are.

    To be called before the control is drawn: one that is bound to the address and has a
    `format_func` reads the labels alone.

    Args:
        key: The parameter.
        labels: What the control calls each option.
    """
    if key not in st.session_state:
        named = [option(value, labels) for value in st.query_params.get_all(key)]
        if known := [each for each in named if each in labels]:
            st.session_state[key] = known


def forget(key: str, options: Collection[str]) -> None:
    """Forget what another page or board chose under the same key, where it is not offered here."""
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]


def complain(shown: str) -> None:
    """Show the complaints until another board or snapshot is chosen.

    Args:
        shown: What is shown instead, as a sentence.
    """
    place = (st.session_state.get("board"), st.session_state.get("snapshot"))
    kept = st.session_state.get(_KEPT)
    if not kept:
        return
    if kept.setdefault("place", place) != place:
        del st.session_state[_KEPT]
        return
    safe_html.note("warning", *(text for key, text in kept.items() if key != "place"), shown)


def keep(key: str, text: str) -> None:
    """Keep a complaint about a parameter of the address."""
    kept = st.session_state.setdefault(_KEPT, {})
    kept[f"of {key}"] = text
    kept.pop("place", None)
