"""Run the dashboard: `rankcheck dashboard` starts it. It only reads the store."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import language, links, safe_html
from dashboard.browser_files import ask_ahead
from dashboard.lab import PARTS
from dashboard.language import t
from dashboard.reading import bundled_boards, store
from dashboard.sign_in import require_sign_in
from db.errors import StoreBusy, StoreError
from evaluators.errors import EvaluatorError

HERE = Path(__file__).parent
SIDEBAR = 220  # pixels

language.choose()
# Every page names itself in the tab of the browser: see `safe_html.heading`.
st.set_page_config(
    page_title="rankcheck",
    page_icon=str(HERE / "icon.svg"),
    layout="wide",
    initial_sidebar_state=SIDEBAR,
)
st.logo(str(HERE / "logo.svg"), icon_image=str(HERE / "icon.svg"), size="large")
st.html(HERE / "style.css")
st.html(HERE / "cards.css")
safe_html.speak(language.current(), ask_ahead())

# Not in a folder named `pages`: Streamlit would run those files itself, without this one, for
# whoever opens a link to a page first. A hidden page has an address and no entry.
page = st.navigation(
    [
        # The style sheet heads the first four "Read" and the next three "Operate": in sections of
        # Streamlit's own, the items of its list are no longer items to a screen reader.
        st.Page("screens/home.py", title=t("Home"), icon=":material/home:", default=True),
        st.Page("screens/leaderboards.py", title=t("Boards"), icon=":material/leaderboard:"),
        st.Page("screens/claims.py", title=t("Claims"), icon=":material/gavel:"),
        st.Page("screens/compare.py", title=t("Compare"), icon=":material/difference:"),
        st.Page("screens/lab.py", title=t("Lab"), icon=":material/science:"),
        st.Page("screens/nights.py", title=t("Nights"), icon=":material/history:"),
        st.Page("screens/sql.py", title="SQL", icon=":material/terminal:"),
        st.Page("screens/runs.py", title=t("Runs"), visibility="hidden"),
        st.Page("screens/model.py", title=t("Model"), visibility="hidden"),
        *(st.Page(part.page, title=t(part.title), visibility="hidden") for part in PARTS),
    ]
)

with st.sidebar:
    language.switch()
require_sign_in()
above = st.container()
asked = links.wanted()
try:
    here = store()
    on_boards = page.url_path in ("leaderboards", "model") and bundled_boards() is not None
    if here.exists() or page.url_path == "" or on_boards:
        try:
            page.run()
        finally:
            links.say_unanswered(above, asked, page.url_path)
    else:
        safe_html.heading(t("No store yet"), t("Which command creates a store?"))
        safe_html.no_store(here.place)
except StoreBusy as error:
    safe_html.note("warning", t("The store is busy. Reload this page in a moment."), error)
except StoreError as error:
    safe_html.note("error", t("The store cannot be read."), error)
except EvaluatorError as error:
    safe_html.note("error", t("This choice cannot be shown."), error)
