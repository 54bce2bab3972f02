"""Show the pages in English or Chinese.

The English text in the code is the key; `zh.po` has the Chinese one. Texts are looked up when they
are shown, never when a module is imported, since every reader has a language of their own. What
claims assert and experiments measure is in the catalogue too, by `vocabulary`, and what rules say
of their numbers, by its form (`claims.reasons`). Names of models, tasks and metrics, SQL and the
texts of errors are data and stay as they are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import streamlit as st
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

from db.settings import settings

ENGLISH, CHINESE = "en", "zh"
LANGUAGES = {ENGLISH: "English", CHINESE: "中文"}
"""The languages, each with its own name."""

PARAMETER = "lang"
"""The language's name in the address."""

CATALOGUE = Path(__file__).with_name("zh.po")
REASON = "reason"
"""The context of what the store says, in the catalogue: forms, with a place for each number."""

_NOW, _CHOSEN, _SWITCH = "language-now", "language-chosen", "language"

_of_thread = threading.local()

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Option = TypeVar("Option", bound=Hashable)


def t(template: str, /, **values: object) -> str:
    """Return a text in the reader's language.

    Args:
        template: The English text, a literal, so that the catalogue's tests find it.
        values: What its placeholders stand for; without any, braces are text.
    """
    found = _texts(current()).get(template, template)
    return found.format(**values) if values else found


def nt(one: str, many: str, /, count: int, **values: object) -> str:
    """Return a text with a number in it, such as `1 run` or `12 runs`.

    Args:
        one: The English text for one, with the placeholder `count`.
        many: The English text for any other number.
        count: The number.
        values: What the other placeholders stand for.
    """
    found = _texts(current()).get(one, one if count == 1 else many)
    return found.format(count=count, **values)


def sentences(*said: str) -> str:
    """Return sentences one after another, with a space where the one before has a Latin stop.

    Args:
        said: The sentences, in any language; those that are empty count for nothing.
    """
    whole = ""
    for each in filter(None, said):
        whole += each if not whole or whole.endswith(_WIDE_STOPS) else f" {each}"
    return whole


_WIDE_STOPS = tuple("。！？；：，")
"""Punctuation that has its own space in it."""


def forms() -> Mapping[str, str]:
    """Return the forms of what rules say, each with its text in the reader's language."""
    return _texts(current(), REASON)


def option_labels(
    options: Iterable[Option], words: Callable[[Option], str] | None = None
) -> Callable[[Option], str]:
    """Return the `format_func` of a control, in the language of the page that is drawn.

    Streamlit also calls it in other threads, where there is no page and so no language.

    Args:
        options: What the control offers.
        words: The text of an option; by default itself, translated.
    """
    labels = {option: t(str(option)) if words is None else words(option) for option in options}

    def label(option: Option) -> str:
        return labels[option] if option in labels else str(option)

    return label


def mark(text: str) -> str:
    """Mark a text that is translated where it is used, by `t`; return it as it is."""
    return text


def current() -> str:
    """Return the language of the page that is drawn or written; English outside of one."""
    written: str | None = getattr(_of_thread, "written", None)
    if written is not None:
        return written
    if get_script_run_ctx(suppress_warning=True) is None:  # the command line, a thread
        return ENGLISH
    # A thread runs the pages of one reader. The session says it too, in thirty times the time:
    # pages have thousands of texts.
    language: str | None = getattr(_of_thread, "language", None)
    return language or str(st.session_state.get(_NOW, ENGLISH))


@contextmanager
def written_in(language: str) -> Iterator[None]:
    """Look texts up in a language until the block ends, whoever reads pages: for a report."""
    before = getattr(_of_thread, "written", None)
    _of_thread.written = language
    try:
        yield
    finally:
        _of_thread.written = before


def choose() -> None:
    """Find the language of this run of the page, before anything is drawn.

    What the address says comes first, then what was chosen in this session, the setting, and the
    browser's language.
    """
    asked = st.query_params.get(PARAMETER)
    if asked in LANGUAGES:
        st.session_state[_CHOSEN] = asked
    chosen = st.session_state.get(_CHOSEN)
    if chosen is not None and asked != chosen:  # links that are copied from here keep it
        st.query_params[PARAMETER] = chosen
    _of_thread.language = chosen or settings().language or spoken(st.context.locale)
    st.session_state[_NOW] = _of_thread.language


def spoken(locale: str | None) -> str:
    """Return the language for a browser's locale, such as `zh-CN`; English for any other."""
    return CHINESE if (locale or "").replace("_", "-").split("-")[0].lower() == "zh" else ENGLISH


def switch() -> None:
    """Show the switch between the languages."""
    st.session_state[_SWITCH] = current()
    st.segmented_control(
        "Language / 语言",
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key=_SWITCH,
        on_change=_choose,
        label_visibility="collapsed",
    )


def _choose() -> None:
    chosen = st.session_state[_SWITCH]
    if chosen is not None:  # a second click on the language that is lit
        st.session_state[_CHOSEN] = st.query_params[PARAMETER] = chosen


def kept() -> dict[str, str]:
    """Return what a link within the dashboard needs, so that it opens in the language chosen."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return {}
    chosen = st.session_state.get(_CHOSEN)
    return {} if chosen is None else {PARAMETER: str(chosen)}


def cached(
    *, max_entries: int, spinner: str
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Cache a function's answers for all pages, as `st.cache_data` does.

    Args:
        max_entries: Answers to keep.
        spinner: What is shown meanwhile, marked; translated when the function is called.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        # Streamlit takes the text of a spinner when it decorates. Answers are kept by the
        # function's name and source, so both languages share them.
        by_language = {
            language: st.cache_data(
                max_entries=max_entries, show_spinner=_texts(language).get(spinner, spinner)
            )(function)
            for language in LANGUAGES
        }

        @wraps(function)
        def answer(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            result: Result = by_language[current()](*args, **kwargs)
            return result

        return answer

    return decorate


def _texts(language: str, context: str | None = None) -> Mapping[str, str]:
    """Return the catalogue of a language: its text by the English one, or by that for one."""
    return _catalogue(language).get(context, {})


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> Mapping[str | None, Mapping[str, str]]:
    """Return the texts of a language by their context."""
    if language == ENGLISH:
        return {}
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    texts: dict[str | None, dict[str, str]] = {}
    for message in catalogue:
        if message.id and message.string and not message.fuzzy:
            of_context = texts.setdefault(message.context, {})
            of_context[_first(message.id)] = _first(message.string)
    return texts


def _first(forms: str | Sequence[str]) -> str:
    return forms if isinstance(forms, str) else forms[0]
