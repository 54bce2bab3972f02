"""The parts of the SQL page: examples, dictionary, waiting for a query, its answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import draw
from dashboard.charts.quick import KINDS, guess, numeric, quick
from dashboard.queries import schema
from dashboard.queries.frame import records
from dashboard.reading import read, store
from dashboard.sheet import download
from db.running import running
from db.sandbox import QueryResult

EXAMPLES = {
    "Every STS score with its interval": """\
SELECT task, pooling, whitening, round(100 * spearman, 2) AS spearman,
       round(100 * ci_low, 2) AS ci_low, round(100 * ci_high, 2) AS ci_high,
       k, pairs, checkpoint
FROM sts_scores ORDER BY task, sts_scores.spearman DESC""",
    "Where humans stand under each mean": """\
SELECT board, snapshot, treatment, mean, rank, round(score, 2) AS score
FROM ranks WHERE is_human AND rank IS NOT NULL
ORDER BY board, snapshot, treatment, mean""",
    "Models that move most between the means": """\
SELECT board, snapshot, model, arithmetic, geometric, harmonic, shift
FROM rank_shifts WHERE treatment = 'per-task' AND shift > 0
ORDER BY shift DESC LIMIT 50""",
    "How few dimensions keep 99% of the score": """\
SELECT checkpoint, task, pooling, whitening, min(k) AS dimensions
FROM sts_curve AS c
WHERE spearman >= 0.99 * (
    SELECT max(spearman) FROM sts_curve AS whole WHERE whole.run_id = c.run_id)
GROUP BY ALL ORDER BY dimensions""",
    "Published and measured scores": """\
SELECT checkpoint, task, metric, pooling, published, round(measured, 4) AS measured,
       round(difference, 5) AS difference, source
FROM published_vs_measured ORDER BY abs(difference) DESC""",
    "Failed runs, and whether they have succeeded since": """\
SELECT started_at, checkpoint, task, error_type, error_text, resolved
FROM failures LIMIT 50""",
    "One model's cells on SuperGLUE": """\
SELECT column_name, task, metric, role, value, suspect_reason
FROM leaderboard_long WHERE board = 'superglue' AND is_human ORDER BY snapshot, column_position""",
    "Power means of your own numbers": """\
SELECT p, power_mean([89.8, 95.8, 100.0, 81.8], p) AS mean
FROM (SELECT unnest([1.0, 0.0, -1.0, -5.0]) AS p)""",
}


def show_dictionary() -> None:
    """Show the dictionary: views and macros, then tables, with columns and types."""
    known = read(schema.dictionary)
    find = st.text_input("Find a table, view or column", key="find", max_chars=100).lower()
    entries = []
    columns_of = dict(iter(known[known["column"] != ""].groupby("object")))
    for entry in records(known[known["column"] == ""]):
        columns = columns_of.get(entry.object, known.iloc[:0])
        everything = " ".join([entry.object, entry.text, *columns["column"], *columns.text])
        if find not in everything.lower():
            continue
        title = safe_html.tag("summary", entry.object, safe_html.tag("span", entry.kind))
        lines = [
            safe_html.tag(
                "tr",
                safe_html.tag("th", column),
                safe_html.tag("td", text, safe_html.tag("span", kind or "", css="rc-type")),
            )
            for column, text, kind in zip(
                columns["column"], columns.text, columns.type, strict=True
            )
        ]
        table = safe_html.tag("table", *lines, css="rc-facts") if lines else ""
        entries.append(safe_html.tag("details", title, safe_html.tag("p", entry.text), table))
    if not entries:
        entries.append(safe_html.text("No table, view or column holds this text."))
    safe_html.show(safe_html.tag("div", *entries, css="rc-dictionary"))


_QUICK = 0.3
"""Seconds within which most queries end; for them no cancel button flashes up."""

_TICK = 0.1


def ask(sql: str, *, max_rows: int, deadline: float, on_cancel: Callable[[], None]) -> QueryResult:
    """Run a query in its own process and wait for it.

    Any click on the page makes Streamlit stop this run of the script at its next `st` call below,
    which leaves the `with` block and ends the process: the button itself needs no code for that.

    Args:
        sql: The query.
        max_rows: As `run_query`.
        deadline: As `run_query`.
        on_cancel: Called when the button is pressed.

    Raises:
        QueryError: When the query is refused, wrong, too slow or too big.
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    place = st.empty()
    with running(store().url, sql, max_rows=max_rows, deadline=deadline) as query:
        if not query.done(_QUICK):
            begun = time.monotonic() - _QUICK
            with place.container(horizontal=True, vertical_alignment="center"):
                st.button("Cancel", icon=":material/stop:", key="cancel", on_click=on_cancel)
                clock = st.empty()
            while not query.done(_TICK):
                seconds = time.monotonic() - begun
                clock.caption(f"Query running: {seconds:.1f} of at most {deadline:g} s")
        place.empty()
        return query.result()


def show_answer(result: QueryResult, most: int) -> None:
    """Show an answer, and say what was cut.

    Args:
        result: What the query returned.
        most: How many rows were asked for.
    """
    said = [formatting.counted(len(result.rows), "row") + f" in {result.seconds:.2f} s"]
    if result.truncated and len(result.rows) == most:
        said.append(f"cut after {most:,} rows, there are more")
    elif result.truncated:
        said.append("cut because the rows are wide; there are more")
    if result.cut_cells:
        said.append(f"{formatting.counted(result.cut_cells, 'wide cell')} cut, ending in …")
    if result.as_of is not None:
        said.append(f"as of {formatting.moment(result.as_of)}")
    safe_html.note("warning" if result.truncated or result.cut_cells else "good", "; ".join(said))
    table = as_frame(result)
    shown = "Table"
    if len(table) and any(map(numeric, result.types)):
        shown = st.segmented_control(
            "Show as", ["Table", "Chart"], default="Table", required=True, key="shown-as"
        )
    if shown == "Chart":
        _chart(table, result.types)
    else:
        st.dataframe(table, hide_index=True, alt="Result of the query")
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
    """Let people choose what is drawn, starting from a guess."""
    names = list(table.columns)
    numbers = [name for name, kind in zip(names, types, strict=True) if numeric(kind)]
    x, y, kind = guess(names, types)
    # A key for each answer's columns: another query begins with another guess.
    key = "chart-" + "-".join(names)[:200]
    boxes = st.columns(4)
    kind = boxes[0].selectbox("Chart type", KINDS, KINDS.index(kind), key=f"kind-{key}")
    x = boxes[1].selectbox("Horizontal axis", names, names.index(x), key=f"x-{key}")
    y = boxes[2].selectbox("Vertical axis", numbers, numbers.index(y), key=f"y-{key}")
    colour = boxes[3].selectbox(
        "Colour", names, None, key=f"colour-{key}", placeholder="one colour"
    )
    chart, said = quick(table, dict(zip(names, types, strict=True)), x, y, colour, kind)
    if said:
        safe_html.note("info", said)
    draw(chart, alternative="Chart of the result")


def _unique(names: tuple[str, ...]) -> list[str]:
    """Number duplicate column names, which SQL allows and a data frame does not."""
    made: list[str] = []
    for name in names:
        number, tried = 1, name
        while tried in made:
            number += 1
            tried = f"{name}_{number}"
        made.append(tried)
    return made
