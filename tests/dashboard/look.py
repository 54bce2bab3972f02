"""What a page shows, as text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "dashboard" / "app.py"

SCREENS = (
    *("home", "leaderboards", "claims", "compare", "lab", "nights", "sql", "runs", "model"),
    *("experiments", "sts", "clue", "batch_sweep", "dimension"),
)

SHOWN = (
    *SCREENS,
    *(f"sts?sts-view={view}" for view in ("Every score", "One task, every dimension", "Prompts")),
    *(f"sts?sts-view={view}" for view in ("Size", "Pair classification", "Published")),
    *(f"clue?clue-view={view}" for view in ("Methods and heads", "All tasks", "Examples")),
    *(f"experiments?experiment-view={view}" for view in ("Differences", "Training curves")),
    "experiments?experiment-view=Claims",
    *(f"batch_sweep?sweep-view={view}" for view in ("Seed by seed", "Accumulated gradients")),
)
"""Every screen, and the tabs that are not open at first."""


FOLDS: set[str] = set()
"""Keys of all expanders seen so far: a page that is opened later has them open at once."""


@cache
def registered_pages() -> dict[str, Any]:
    """Return the pages that the app registers: without them, it would run its first page first."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RANKCHECK_STORE", "duckdb:////nonexistent/store.duckdb")
        app = AppTest.from_file(str(APP), default_timeout=60).run()
    pages: dict[str, Any] = app._registered_pages
    return pages


def opened_page(
    patched: pytest.MonkeyPatch, url: str, screen: str = "home", folded: bool = False, **query: str
) -> AppTest:
    """Open one screen of the app on a store, with all that is folded."""
    screen, _, asked = screen.partition("?")
    query |= dict(parse_qsl(asked))
    pages = registered_pages()
    patched.setenv("RANKCHECK_STORE", url)
    app = AppTest.from_file(str(APP), default_timeout=60)
    app._registered_pages = pages
    for name, value in query.items():
        app.query_params[name] = value
    for key in () if folded else FOLDS:
        app.session_state[key] = True
    app.switch_page(f"screens/{screen}.py").run()
    return app if folded else unfold(app)


def unfold(app: AppTest) -> AppTest:
    """Open everything that a page draws only when it is opened."""
    names = (fold.proto.id.partition("-fold-")[2] for fold in app.expander)
    keys = {f"fold-{name}" for name in names if name}
    FOLDS.update(keys)
    closed = {key for key in keys if key not in app.session_state or not app.session_state[key]}
    for key in closed:
        app.session_state[key] = True
    return app.run() if closed else app


def everything(app: AppTest) -> str:
    """Return all HTML and text that a page shows, the style sheet left out."""
    html = [element.proto.body for element in app.get("html")]
    words = [element.value for kind in (app.markdown, app.caption, app.code) for element in kind]
    return "\n".join([*(body for body in html if not body.startswith("<style")), *words])
