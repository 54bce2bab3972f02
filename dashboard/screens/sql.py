"""What else is in the store? Ask it in SQL."""

from __future__ import annotations

import streamlit as st

from dashboard import safe_html
from dashboard.sql_parts import EXAMPLES, ask, show_answer, show_dictionary
from db.errors import QueryError, StoreBusy

MOST = 1000
DEADLINES = (5, 15, 60)

safe_html.heading("SQL", "What else is in the store? Ask it in SQL.")


def take_example() -> None:
    """Put the chosen example into the editor."""
    if st.session_state["example"]:
        st.session_state["sql"] = EXAMPLES[st.session_state["example"]]


def note_cancelled() -> None:
    """Remember that the query was cancelled; the run that waited for it is being ended."""
    st.session_state["refused"] = "The query was cancelled."


editor, side = st.columns([3, 2], gap="medium")
with side:
    st.header("What can be asked")
    show_dictionary()
with editor:
    examples, limit = st.columns([2, 1], vertical_alignment="bottom")
    examples.selectbox(
        "Examples",
        list(EXAMPLES),
        index=None,
        key="example",
        on_change=take_example,
        placeholder="choose one to start from",
    )
    deadline = limit.selectbox(
        "Ended after", DEADLINES, format_func="{} seconds".format, key="deadline"
    )
    # In a form Ctrl+Enter runs the query, and so does the button at once after the last letter.
    with st.form("ask", border=False):
        sql = st.text_area(
            "Query",
            next(iter(EXAMPLES.values())),
            key="sql",
            height=200,
            max_chars=20_000,
            bind="query-params",
        )
        pressed = st.form_submit_button(
            "Run", type="primary", icon=":material/play_arrow:", help="Ctrl+Enter does the same."
        )
    st.caption(
        f"Read-only, at most {MOST:,} rows, in a process of its own. `rankcheck sql` does the same"
        " in a terminal. A link to this page holds the query, and never runs it by itself."
    )
    if pressed and sql.strip():
        for left_over in ("result", "refused"):
            st.session_state.pop(left_over, None)
        try:
            st.session_state["result"] = ask(
                sql, max_rows=MOST, deadline=float(deadline), on_cancel=note_cancelled
            )
        except StoreBusy as error:
            st.session_state["refused"] = f"The store is busy. {error}"
        except QueryError as error:
            st.session_state["refused"] = str(error)
    if "refused" in st.session_state:
        safe_html.note("error", st.session_state["refused"])
    elif "result" in st.session_state:
        show_answer(st.session_state["result"], MOST)
