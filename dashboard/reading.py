"""Read the store for a page, with one short connection per query and a cache."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import streamlit as st

from dashboard import safe_html
from dashboard.bundled import ABOUT_BOARDS, WAIT, instead_of
from dashboard.language import cached, mark, t
from db import Store, open_store
from db.settings import settings

Answer = TypeVar("Answer")


@st.cache_resource(max_entries=8, show_spinner=False)
def _opened(url: str) -> Store:
    return open_store(url)


def store() -> Store:
    """Return the store of `RANKCHECK_STORE` without opening it.

    Raises:
        StoreError: If the setting is not a store URL.
    """
    return _opened(settings().store)


def read(question: Callable[..., Answer], *params: Hashable) -> Answer:
    """Run a query of `dashboard.queries`, or return its cached answer.

    The store is open for this one query only, so that no page blocks a writer.

    Args:
        question: A function of a connection and `params`.
        params: Its other arguments.

    Raises:
        StoreBusy: When writers held the store for too long.
        StoreError: When the store cannot be read.
    """
    current = store()
    if question.__module__ in ABOUT_BOARDS and (bundled := bundled_boards()) is not None:
        current = bundled
    name = f"{question.__module__}.{question.__qualname__}"
    answer: Answer = _remembered(current.url, current.freshness(), name, params, question)
    return answer


def bundled_boards() -> Store | None:
    """Return the store of bundled boards, if this one has none."""
    return instead_of(store())


def say_outdated(missing: Sequence[str]) -> None:
    """Say which views a store of an older version lacks, and the command that adds them."""
    safe_html.note(
        "warning",
        t(
            "This store was made by an older version and lacks {missing}. To add them:",
            missing=", ".join(missing),
        ),
    )
    safe_html.code("rankcheck db upgrade")


@cached(max_entries=256, spinner=mark("Reading the store …"))
def _remembered(
    url: str,
    freshness: str,  # part of the cache key, so that a changed store is read again
    name: str,
    params: tuple[Hashable, ...],
    _question: Callable[..., Any],
) -> Any:
    with _opened(url).read(wait=WAIT) as connection:
        return _question(connection, *params)
