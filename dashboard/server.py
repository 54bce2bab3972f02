"""Serve the dashboard: `rankcheck dashboard` runs this file with Streamlit."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.file_util import get_static_dir

import dashboard
from dashboard.browser_files import FilesFromMemory
from dashboard.origin_guard import OriginGuard

_NOT_OF_PAGES = ("api", "app", "screens", "server", "shared")
"""The scripts, and what only other programs and reports need."""


LATER = ("scipy.stats", "scipy.optimize")
"""What some tabs compute with: whoever opened one first would wait half a second for it."""

_AFTER = 5.0
"""Seconds after the start by which the first page is drawn."""


def modules_of_pages() -> list[str]:
    """Return every module that pages are made of, by its name."""
    every = pkgutil.walk_packages(dashboard.__path__, f"{dashboard.__name__}.")
    return [each.name for each in every if each.name.split(".")[1] not in _NOT_OF_PAGES]


@asynccontextmanager
async def _imported(_app: st.App) -> AsyncIterator[None]:
    """Import what pages need before anybody comes: that takes longer than drawing a page."""
    # Here and not above: Streamlit's caches are made when a module is imported, and need its
    # runtime.
    for name in modules_of_pages():
        importlib.import_module(name)
    # Files and messages are sent by one thread while pages are drawn by others. By default it waits
    # 5 ms for its turn each time; a file that was asked for meanwhile came after 41 ms (nine of
    # ten), now after 2, and a page with a table needs 123.
    sys.setswitchinterval(0.001)
    # Streamlit collects garbage after every run of a page, and nothing is sent meanwhile: 0.09
    # processor seconds with all modules, none where these are left out.
    gc.collect()
    gc.freeze()
    later = threading.Timer(_AFTER, _import_later)
    later.daemon = True
    later.start()
    yield
    later.cancel()


def _import_later() -> None:
    for name in LATER:
        importlib.import_module(name)
    gc.freeze()


app = st.App(
    "app.py",
    lifespan=_imported,
    middleware=[
        Middleware(OriginGuard, origins=st.get_option("server.corsAllowedOrigins")),
        Middleware(FilesFromMemory, folder=Path(get_static_dir())),
    ],
)
