"""Say aloud what a link asks for and this store does not have.

A control that is bound to the address drops a value that it does not know and shows its default.
Whoever opened the link would then read another board's winner under it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import language, safe_html
from dashboard.language import t

_KEPT, _NEW, _ANSWERS = "links-not-answered", "links-new", "links-answer"
_ALWAYS = {"embed", "embed_options", language.PARAMETER}
"""Parameters of Streamlit itself, and the language."""

_OF_BOARDS = ("board", "snapshot")
"""Controls that change everything that a page of boards shows."""

Wanted = Mapping[str, list[str]]


def address(page: str, **params: object) -> str:
    """Return the address of a page of the dashboard, which opens in the language chosen."""
    query = urlencode({**params, **language.kept()})
    return f"{page}?{query}" if query else page


def wanted() -> Wanted:
    """Return what the address asks for; to be called before the page draws its controls."""
    st.session_state[_NEW] = {}
    st.session_state[_ANSWERS] = ""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def expect(key: str, options: Collection[str], what: str) -> None:
    """Note that the address has a value which a control does not offer.

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
    """Note that the address has something else than a number in a range."""
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
    """Note every parameter that the page does not know; the page then speaks for all the others."""
    for key in st.query_params:
        if key not in known and key not in _ALWAYS:
            keep(
                key, t("This link has a parameter {key!r}, which this page does not know.", key=key)
            )
    st.session_state[_ANSWERS] = t("Shown is what the controls say.")


def keep(key: str, text: str) -> None:
    """Note what is to be said of a parameter of the address."""
    st.session_state.setdefault(_NEW, {})[key] = text


def complain(shown: str) -> None:
    """Say what the page shows instead of what the link asks for in vain.

    Args:
        shown: A sentence.
    """
    st.session_state[_ANSWERS] = shown


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


def forget(key: str, options: Collection[str], default: str | None) -> None:
    """Show the default of a control where another page or board chose what is not offered here.

    To be called before the control is drawn. The value is set, not deleted: a browser keeps what
    a control showed until it is sent another value.

    Args:
        key: The control's key.
        options: What the control offers.
        default: What it then shows; None for nothing.
    """
    if key in st.session_state and st.session_state[key] not in (*options, default):
        st.session_state[key] = default


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


class _Complaint(NamedTuple):
    """What is said of a parameter, until the reader changes one of the controls that it is about.

    Attributes:
        sentence: What is said.
        shown: What is shown instead, as a sentence; empty for nothing.
        controls: What each control showed when it was said, by its key.
    """

    sentence: safe_html.Html
    shown: str
    controls: Mapping[str, str]


def say_unanswered(place: DeltaGenerator, asked: Wanted, page: str) -> None:
    """Show what the link asked for in vain, until the reader chooses something else.

    A page that knows better notes it while it draws (`expect`, `keep`); of any other, what its
    controls show is compared with what the link asks for.

    Args:
        place: Where to say it, above the page.
        asked: What `wanted` returned before the page ran.
        page: The page's address; what another page was asked for is forgotten.
    """
    kept = st.session_state.get(_KEPT, {})
    said: dict[str, _Complaint] = {
        key: one
        for key, one in (kept["said"] if kept.get("page") == page else {}).items()
        if key not in asked and all(_text(k) == shown for k, shown in one.controls.items())
    }
    new, instead = st.session_state.get(_NEW, {}), st.session_state.get(_ANSWERS, "")
    for key, sentence in new.items():
        controls = {k: _text(k) for k in (key, *_OF_BOARDS)}
        said[key] = _Complaint(safe_html.text(sentence), instead, controls)
    for key, values in asked.items() if not instead else ():
        vain = key in st.session_state and unanswered(key, values, st.session_state[key])
        if vain and key not in new:
            shown = t("Shown is {shown}.", shown=_text(key))
            sentence = _missing(key, ", ".join(values))
            said[key] = _Complaint(sentence, shown, {key: _text(key)})
    st.session_state[_KEPT] = {"page": page, "said": said}
    by_answer: dict[str, list[safe_html.Html]] = {}
    for one in said.values():
        by_answer.setdefault(one.shown, []).append(one.sentence)
    with place:
        for shown, sentences in by_answer.items():
            safe_html.note("warning", *sentences, *([shown] if shown else []))


def say_missing(what: str, value: object, shown: object = "") -> None:
    """Say that the link asks for something which the store does not have, and what is shown.

    Args:
        what: Kind of thing: board, run, claim.
        value: What the link asks for.
        shown: What the page shows instead; empty where it shows nothing.
    """
    instead = [] if shown in ("", None) else [t("Shown is {shown}.", shown=shown)]
    safe_html.note("warning", _missing(what, value), *instead)


def _missing(what: str, value: object) -> safe_html.Html:
    return safe_html.sentence(
        "This link asks for {what} {value}, which this store does not have.",
        what=t(what.replace("-", " ")),
        value=safe_html.tag("strong", value),
    )


def _text(name: str) -> str:
    value = st.session_state.get(name)
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _same(value: str, shown: object) -> bool:
    if value == str(shown) or value.casefold() == str(shown).casefold():
        return True
    try:
        return float(value) == float(str(shown))
    except ValueError:
        return False
