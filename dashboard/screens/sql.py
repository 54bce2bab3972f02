"""What else is in the store? Ask it in SQL."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.examples import EXAMPLES
from dashboard.queries import schema
from dashboard.reading import read, store
from dashboard.sheet import download
from db.errors import QueryError
from db.sandbox import QueryResult, run_query

MOST = 1000
DEADLINE = 5.0

inert.heading("SQL", "What else is in the store? Ask it in SQL.")


def take_example() -> None:
    """Put the chosen example into the editor."""
    if st.session_state["example"]:
        st.session_state["sql"] = EXAMPLES[st.session_state["example"]]


def answer(result: QueryResult) -> None:
    """Show what a query returned, and say what was cut."""
    said = [words.counted(len(result.rows), "row") + f" in {result.seconds:.2f} s"]
    if result.truncated:
        said.append(f"cut after {MOST:,} rows, there are more")
    if result.cut_cells:
        said.append(f"{words.counted(result.cut_cells, 'wide cell')} cut, ending in …")
    if result.as_of is not None:
        said.append(f"as of {words.moment(result.as_of)}")
    inert.note("warning" if result.truncated or result.cut_cells else "good", "; ".join(said))
    table = pd.DataFrame(
        [list(row) for row in result.rows], columns=_unique(result.columns), dtype=object
    ).infer_objects()
    nested = [t.endswith("]") or t.startswith(("STRUCT", "MAP")) for t in result.types]
    for name, is_nested in zip(table.columns, nested, strict=True):
        if is_nested:
            table[name] = table[name].map(str)
    st.dataframe(table, hide_index=True, alt="The answer")
    if len(table):
        download(table, "query")


def _unique(names: tuple[str, ...]) -> list[str]:
    """Two columns may have one name in SQL, not in a data frame."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return made


def dictionary() -> None:
    """Show what can be asked: views and macros first, then tables."""
    known = read(schema.dictionary)
    find = st.text_input("Find a table, view or column", key="find", max_chars=100).lower()
    entries = []
    for entry in known[known["column"] == ""].itertuples():
        columns = known[(known.object == entry.object) & (known["column"] != "")]
        everything = " ".join([entry.object, entry.text, *columns["column"], *columns.text])
        if find not in everything.lower():
            continue
        title = inert.tag("summary", entry.object, inert.tag("span", entry.kind))
        lines = [
            inert.tag("tr", inert.tag("th", column), inert.tag("td", text))
            for column, text in zip(columns["column"], columns.text, strict=True)
        ]
        table = inert.tag("table", *lines, css="rc-facts") if lines else ""
        entries.append(inert.tag("details", title, inert.tag("p", entry.text), table))
    inert.show(inert.tag("div", *entries or ["nothing of that name"], css="rc-dictionary"))


editor, side = st.columns([3, 2], gap="medium")
with editor:
    st.selectbox(
        "Examples",
        list(EXAMPLES),
        index=None,
        key="example",
        on_change=take_example,
        placeholder="choose one to start from",
    )
    st.session_state.setdefault("sql", next(iter(EXAMPLES.values())))
    sql = st.text_area("Query", key="sql", height=180, max_chars=20_000)
    pressed = st.button("Run", type="primary", icon=":material/play_arrow:")
    st.caption(
        f"One query at a time, read-only, at most {DEADLINE:g} seconds and {MOST:,} rows, in a"
        " process of its own. `rankcheck sql` does the same in a terminal."
    )
    if pressed and sql.strip():
        try:
            with st.spinner("Asking the store …"):
                st.session_state["result"] = run_query(
                    store().url, sql, max_rows=MOST, deadline=DEADLINE
                )
        except QueryError as error:
            st.session_state.pop("result", None)
            inert.note("error", error)
    if "result" in st.session_state:
        answer(st.session_state["result"])
with side:
    st.subheader("What can be asked")
    dictionary()
