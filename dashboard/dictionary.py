"""The store's own dictionary beside the SQL editor."""

from __future__ import annotations

import streamlit as st

from dashboard import inert
from dashboard.queries import schema
from dashboard.reading import read


def show_dictionary() -> None:
    """Show what can be asked: views and macros first, then tables, with columns and types."""
    known = read(schema.dictionary)
    find = st.text_input("Find a table, view or column", key="find", max_chars=100).lower()
    entries = []
    columns_of = dict(iter(known[known["column"] != ""].groupby("object")))
    for entry in known[known["column"] == ""].itertuples():
        columns = columns_of.get(entry.object, known.iloc[:0])
        everything = " ".join([entry.object, entry.text, *columns["column"], *columns.text])
        if find not in everything.lower():
            continue
        title = inert.tag("summary", entry.object, inert.tag("span", entry.kind))
        lines = [
            inert.tag(
                "tr",
                inert.tag("th", column),
                inert.tag("td", text, inert.tag("span", kind or "", css="rc-type")),
            )
            for column, text, kind in zip(
                columns["column"], columns.text, columns.type, strict=True
            )
        ]
        table = inert.tag("table", *lines, css="rc-facts") if lines else ""
        entries.append(inert.tag("details", title, inert.tag("p", entry.text), table))
    inert.show(inert.tag("div", *entries or ["nothing of that name"], css="rc-dictionary"))
