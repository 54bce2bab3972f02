"""Run the dashboard: `rankcheck dashboard` starts it. It only reads the store."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import safe_html
from dashboard.reading import store
from dashboard.sign_in import require_sign_in
from db.errors import StoreBusy, StoreError
from evaluators.errors import EvaluatorError

HERE = Path(__file__).parent

st.set_page_config(page_title="rankcheck", page_icon=str(HERE / "icon.svg"), layout="wide")
st.logo(str(HERE / "logo.svg"), icon_image=str(HERE / "icon.svg"), size="large")
st.html(HERE / "style.css")
st.html(HERE / "cards.css")

# Not in a folder named `pages`: Streamlit would run those files itself, without this one, for
# whoever opens a link to a page first.
page = st.navigation(
    [
        st.Page("screens/overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page("screens/leaderboards.py", title="Leaderboards", icon=":material/leaderboard:"),
        st.Page("screens/claims.py", title="Claims", icon=":material/gavel:"),
        st.Page("screens/experiments.py", title="Experiments", icon=":material/science:"),
        st.Page("screens/sts.py", title="STS", icon=":material/compare_arrows:"),
        st.Page("screens/clue.py", title="CLUE", icon=":material/translate:"),
        st.Page(
            "screens/batch_sweep.py", title="Batch sweep", icon=":material/stacked_line_chart:"
        ),
        st.Page("screens/dimension.py", title="Dimension", icon=":material/straighten:"),
        st.Page("screens/runs.py", title="Runs", icon=":material/history:"),
        st.Page("screens/compare.py", title="Compare", icon=":material/difference:"),
        st.Page("screens/sql.py", title="SQL", icon=":material/terminal:"),
    ]
)

require_sign_in()
try:
    here = store()
    if here.exists():
        page.run()
    else:
        safe_html.heading("No store yet", "Which command creates a store?")
        safe_html.note("info", f"There is no store at {here.place}. This command creates one:")
        st.code("rankcheck run", language="bash")
        safe_html.note(
            "info",
            "Or run your own plan. The pages show results once the first score is written.",
        )
        st.code("rankcheck run plans/nightly.yaml", language="bash")
except StoreBusy as error:
    safe_html.note("warning", "The store is busy. Reload this page in a moment.", error)
except StoreError as error:
    safe_html.note("error", "The store cannot be read.", error)
except EvaluatorError as error:
    safe_html.note("error", "This choice cannot be shown.", error)
