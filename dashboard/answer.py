"""What a query answered: what was cut, a table or a quick chart, and the download."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.charts.drawing import draw
from dashboard.charts.quick import KINDS, guess, numeric, quick
from dashboard.sheet import download
from db.sandbox import QueryResult


def show_answer(result: QueryResult, most: int) -> None:
    """Show an answer; everything that was cut is said aloud.

    Args:
        result: What the query returned.
        most: How many rows were asked for.
    """
    said = [words.counted(len(result.rows), "row") + f" in {result.seconds:.2f} s"]
    if result.truncated and len(result.rows) == most:
        said.append(f"cut after {most:,} rows, there are more")
    elif result.truncated:
        said.append("cut there because the rows are wide; there are more")
    if result.cut_cells:
        said.append(f"{words.counted(result.cut_cells, 'wide cell')} cut, ending in …")
    if result.as_of is not None:
        said.append(f"as of {words.moment(result.as_of)}")
    inert.note("warning" if result.truncated or result.cut_cells else "good", "; ".join(said))
    table = as_frame(result)
    shown = "Table"
    if len(table) and any(map(numeric, result.types)):
        shown = st.segmented_control(
            "Show as", ["Table", "Chart"], default="Table", required=True, key="shown-as"
        )
    if shown == "Chart":
        _chart(table, result.types)
    else:
        st.dataframe(table, hide_index=True, alt="The answer")
    if len(table):
        download(table, "query")


def as_frame(result: QueryResult) -> pd.DataFrame:
    """Return an answer as a data frame: nested values as text, each column of one type."""
    names = _unique(result.columns)
    frame = pd.DataFrame([list(row) for row in result.rows], columns=names, dtype=object)
    for name, kind in zip(names, result.types, strict=True):
        cells = frame[name]
        plain = cells.map(lambda cell: cell is None or isinstance(cell, (str, bool, int, float)))
        if not plain.all():
            frame[name] = cells.map(str)
        elif kind in ("HUGEINT", "UHUGEINT", "UBIGINT", "BIGNUM"):
            # Arrow has no such whole numbers; as text all their digits stay.
            frame[name] = cells.map(lambda cell: None if cell is None else str(cell))
    return frame.infer_objects()


def _chart(table: pd.DataFrame, types: tuple[str, ...]) -> None:
    """Let people choose what is drawn, beginning with a guess."""
    names = list(table.columns)
    numbers = [name for name, kind in zip(names, types, strict=True) if numeric(kind)]
    x, y, kind = guess(names, types)
    # A key for each answer's columns: another query begins with another guess.
    key = "chart-" + "-".join(names)[:200]
    boxes = st.columns(4)
    kind = boxes[0].selectbox("Kind", KINDS, KINDS.index(kind), key=f"kind-{key}")
    x = boxes[1].selectbox("Across", names, names.index(x), key=f"x-{key}")
    y = boxes[2].selectbox("Up", numbers, numbers.index(y), key=f"y-{key}")
    colour = boxes[3].selectbox("Colour", names, None, key=f"colour-{key}", placeholder="one")
    chart, said = quick(table, dict(zip(names, types, strict=True)), x, y, colour, kind)
    if said:
        inert.note("info", said)
    draw(chart, alternative="A chart of the answer")


def _unique(names: tuple[str, ...]) -> list[str]:
    """Two columns may have one name in SQL, not in a data frame."""
    made: list[str] = []
    for name in names:
        number, tried = 1, name
        while tried in made:
            number += 1
            tried = f"{name}_{number}"
        made.append(tried)
    return made
