"""The SQL page: an editor, the dictionary and the answer."""

from __future__ import annotations

import streamlit as st

from dashboard import safe_html
from dashboard.language import option_labels, t
from dashboard.sql_parts import EXAMPLES, RUN_AT_ONCE, ask, show_answer, show_dictionary
from db.errors import QueryError, StoreBusy

MOST = 1000
DEADLINES = (5, 15, 60)

safe_html.heading("SQL", t("Query the store in SQL."))


def take_example() -> None:
    """Put the chosen example into the editor."""
    if st.session_state["example"]:
        st.session_state["sql"] = EXAMPLES[st.session_state["example"]]


def note_cancelled() -> None:
    """Remember the cancelled query; Streamlit ends the run that waited for it."""
    st.session_state["refused"] = t("The query was cancelled.")


editor, side = st.columns([3, 2], gap="medium")
with side:
    st.header(t("Tables and columns"))
    show_dictionary()
with editor:
    examples, limit = st.columns([2, 1], vertical_alignment="bottom")
    examples.selectbox(
        t("Examples"),
        list(EXAMPLES),
        index=None,
        format_func=option_labels(EXAMPLES),
        key="example",
        on_change=take_example,
        placeholder=t("Choose a query to start from"),
    )
    deadline = limit.selectbox(
        t("Time limit"),
        DEADLINES,
        format_func=option_labels(
            DEADLINES, lambda seconds: t("{seconds} seconds", seconds=seconds)
        ),
        key="deadline",
    )
    # In a form Ctrl+Enter runs the query, and the button takes text that has not lost focus yet.
    with st.form("ask", border=False):
        sql = st.text_area(
            t("Query"),
            next(iter(EXAMPLES.values())),
            key="sql",
            height=200,
            max_chars=20_000,
            bind="query-params",
        )
        pressed = st.form_submit_button(
            t("Run"),
            type="primary",
            icon=":material/play_arrow:",
            help=t("Run the query (Ctrl+Enter)."),
        )
    pressed = st.session_state.pop(RUN_AT_ONCE, None) == sql or pressed
    if pressed and sql.strip():
        for left_over in ("result", "refused"):
            st.session_state.pop(left_over, None)
        try:
            st.session_state["result"] = ask(
                sql, max_rows=MOST, deadline=float(deadline), on_cancel=note_cancelled
            )
        except StoreBusy as error:
            st.session_state["refused"] = t("The store is busy. {error}", error=error)
        except QueryError as error:
            st.session_state["refused"] = str(error)
    if "refused" in st.session_state:
        safe_html.note("error", st.session_state["refused"])
    elif "result" in st.session_state:
        show_answer(st.session_state["result"], MOST)
    st.caption(
        t(
            "Queries are read-only, return at most {most:,} rows and run in their own"
            " process. `rankcheck sql` does the same in a terminal. A link to this page"
            " includes the query but does not run it.",
            most=MOST,
        )
    )
