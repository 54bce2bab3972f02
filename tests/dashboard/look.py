"""What a page shows, as text."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

SCREENS = (
    *("overview", "leaderboards", "claims", "sts", "clue", "batch_sweep", "dimension"),
    *("runs", "compare", "sql"),
)


def everything(app: AppTest) -> str:
    """Return all HTML and text that a page shows, the style sheet left out."""
    html = [element.proto.body for element in app.get("html")]
    words = [element.value for kind in (app.markdown, app.caption, app.code) for element in kind]
    return "\n".join([*(body for body in html if not body.startswith("<style")), *words])
