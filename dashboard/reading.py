"""Read the store for a page, with one short connection per query and a cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from dashboard import safe_html
from db import Store, open_store
from db.settings import settings

Answer = TypeVar("Answer")

WAIT = 5.0
"""How long a page waits for a writer before it reports a busy store, in seconds."""


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


ABOUT_BOARDS = ("dashboard.queries.boards", "dashboard.queries.tiles")
"""Modules whose questions the bundled boards answer where the store has no board."""


def bundled_boards() -> Store | None:
    """Return the store of bundled boards, if the own one has none and the command wrote it.

    `rankcheck dashboard` names its file, which is there once it is whole.
    """
    path = os.environ.get("RANKCHECK_BUNDLED_BOARDS", "")
    if not path or not Path(path).is_file():
        return None
    own = store()
    if own.exists() and _has_boards(own.url, own.freshness()):
        return None
    return _opened(f"duckdb:///{path}")


@st.cache_data(max_entries=8, show_spinner=False)
def _has_boards(url: str, freshness: str) -> bool:
    with _opened(url).read(wait=WAIT) as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM current_boards").scalar()
    return bool(count)


def say_outdated(missing: Sequence[str]) -> None:
    """Say which views a store of an older version lacks, and the command that adds them."""
    safe_html.note(
        "warning",
        f"This store was made by an older version and lacks {', '.join(missing)}. To add them:",
    )
    st.code("rankcheck db upgrade", language="bash")


@st.cache_data(max_entries=256, show_spinner="Reading the store …")
def _remembered(
    url: str,
    freshness: str,  # part of the cache key, so that a changed store is read again
    name: str,
    params: tuple[Hashable, ...],
    _question: Callable[..., Any],
) -> Any:
    with _opened(url).read(wait=WAIT) as connection:
        return _question(connection, *params)
