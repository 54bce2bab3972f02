"""Show the parts of the SQL page: examples, dictionary, query and result."""

from __future__ import annotations

import time
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import draw
from dashboard.charts.quick import KINDS, guess, numeric, quick
from dashboard.language import mark, nt, option_labels, t
from dashboard.queries import schema
from dashboard.queries.frame import records
from dashboard.reading import read, store
from dashboard.sheet import download
from db.running import running
from db.sandbox import QueryResult

EXAMPLES = {
    mark("Every STS score with its interval"): """\
SELECT task, pooling, whitening, round(100 * spearman, 2) AS spearman,
       round(100 * ci_low, 2) AS ci_low, round(100 * ci_high, 2) AS ci_high,
       k, pairs, checkpoint
FROM sts_scores ORDER BY task, sts_scores.spearman DESC""",
    mark("Where humans stand under each mean"): """\
SELECT board, snapshot, treatment, mean, rank, round(score, 2) AS score
FROM ranks WHERE is_human AND rank IS NOT NULL
ORDER BY board, snapshot, treatment, mean""",
    mark("Models that move most between the means"): """\
SELECT board, snapshot, model, arithmetic, geometric, harmonic, shift
FROM rank_shifts WHERE treatment = 'per-task' AND shift > 0
ORDER BY shift DESC LIMIT 50""",
    mark("How few dimensions keep 99% of the score"): """\
SELECT checkpoint, task, pooling, whitening, min(k) AS dimensions
FROM sts_curve AS c
WHERE spearman >= 0.99 * (
    SELECT max(spearman) FROM sts_curve AS whole WHERE whole.run_id = c.run_id)
GROUP BY ALL ORDER BY dimensions""",
    mark("Published and measured scores"): """\
SELECT checkpoint, task, metric, pooling, published, round(measured, 4) AS measured,
       round(difference, 5) AS difference, source
FROM published_vs_measured ORDER BY abs(difference) DESC""",
    mark("Failed runs, and whether they have succeeded since"): """\
SELECT started_at, checkpoint, task, error_type, error_text, resolved
FROM failures LIMIT 50""",
    mark("One model's cells on SuperGLUE"): """\
SELECT column_name, task, metric, role, value, suspect_reason
FROM leaderboard_long WHERE board = 'superglue' AND is_human ORDER BY snapshot, column_position""",
    mark("Power means of your own numbers"): """\
SELECT p, power_mean([89.8, 95.8, 100.0, 81.8], p) AS mean
FROM (SELECT unnest([1.0, 0.0, -1.0, -5.0]) AS p)""",
}


def show_dictionary() -> None:
    """Show the dictionary: views and macros, then tables, with columns and types."""
    dictionary = read(schema.dictionary)
    find = st.text_input(t("Find a table, view or column"), key="find", max_chars=100).lower()
    entries = []
    columns_of = dict(iter(dictionary[dictionary["column"] != ""].groupby("object")))
    for entry in records(dictionary[dictionary["column"] == ""]):
        columns = columns_of.get(entry.object, dictionary.iloc[:0])
        everything = " ".join([entry.object, entry.text, *columns["column"], *columns.text])
        if find not in everything.lower():
            continue
        title = safe_html.tag(
            "summary",
            entry.object,
            safe_html.tag("span", t(entry.kind) if entry.kind in _KINDS else entry.kind),
        )
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
        entries.append(safe_html.text(t("No table, view or column holds this text.")))
    safe_html.show(safe_html.tag("div", *entries, css="rc-dictionary"))


RUN_AT_ONCE = "run-at-once"
"""Where another page leaves a query of its own that the SQL page runs when it opens.

Kept in the session, not in the address: what a link from elsewhere asks is not run unseen.
"""

_KINDS = (mark("view"), mark("macro"), mark("table"))
TABLE, CHART = mark("Table"), mark("Chart")

_QUICK = 0.3
"""Seconds to wait before the cancel button appears; most queries end sooner."""

_TICK = 0.1


def ask(sql: str, *, max_rows: int, deadline: float, on_cancel: Callable[[], None]) -> QueryResult:
    """Run a query in its own process and wait for it.

    Any click on the page makes Streamlit stop this run of the script at its next `st` call below,
    which leaves the `with` block and ends the process, so that the button needs no further code.

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
                st.button(t("Cancel"), icon=":material/stop:", key="cancel", on_click=on_cancel)
                clock = st.empty()
            while not query.done(_TICK):
                seconds = time.monotonic() - begun
                clock.caption(
                    t(
                        "Query running: {seconds:.1f} of at most {deadline:g} s",
                        seconds=seconds,
                        deadline=deadline,
                    )
                )
        place.empty()
        return query.result()


def show_answer(result: QueryResult, max_rows: int) -> None:
    """Show the result of a query, and say what was cut.

    Args:
        result: The result.
        max_rows: The limit of rows.
    """
    parts = [
        t(
            "{rows} in {seconds:.2f} s",
            rows=nt("{count:,} row", "{count:,} rows", len(result.rows)),
            seconds=result.seconds,
        )
    ]
    if result.truncated and len(result.rows) == max_rows:
        parts.append(t("cut after {most:,} rows, there are more", most=max_rows))
    elif result.truncated:
        parts.append(t("cut because the rows are wide; there are more"))
    if result.cut_cells:
        parts.append(
            nt(
                "{count:,} wide cell cut, ending in …",
                "{count:,} wide cells cut, ending in …",
                result.cut_cells,
            )
        )
    if result.as_of is not None:
        parts.append(t("as of {when}", when=formatting.moment(result.as_of)))
    safe_html.note(
        "warning" if result.truncated or result.cut_cells else "good", t("; ").join(parts)
    )
    table = as_frame(result)
    form = TABLE
    if len(table) and any(map(numeric, result.types)):
        form = st.segmented_control(
            t("Show as"),
            [TABLE, CHART],
            default=TABLE,
            required=True,
            format_func=option_labels((TABLE, CHART)),
            key="shown-as",
        )
    if form == CHART:
        _chart(table, result.types)
    else:
        st.dataframe(table, hide_index=True, alt=t("Result of the query"))
    if len(table):
        download(table, "query")


def as_frame(result: QueryResult) -> pd.DataFrame:
    """Return a result as a data frame, with nested values as text."""
    names = _unique(result.columns)
    frame = pd.DataFrame([list(row) for row in result.rows], columns=names, dtype=object)
    for name, kind in zip(names, result.types, strict=True):
        cells = frame[name]
        is_plain = cells.map(lambda cell: cell is None or isinstance(cell, (str, bool, int, float)))
        if not is_plain.all():
            frame[name] = cells.map(str)
        elif kind in ("HUGEINT", "UHUGEINT", "UBIGINT", "BIGNUM"):
            # Arrow has no such integer types; text keeps all digits.
            frame[name] = cells.map(lambda cell: None if cell is None else str(cell))
    return frame.infer_objects()


def _chart(table: pd.DataFrame, types: tuple[str, ...]) -> None:
    """Offer a choice of chart, starting from a guess, and draw it."""
    names = list(table.columns)
    numbers = [name for name, kind in zip(names, types, strict=True) if numeric(kind)]
    x, y, kind = guess(names, types)
    # The key contains the columns, so that another query starts with a new guess.
    key = "chart-" + "-".join(names)[:200]
    boxes = st.columns(4)
    kind = boxes[0].selectbox(
        t("Chart type"), KINDS, KINDS.index(kind), option_labels(KINDS), f"kind-{key}"
    )
    x = boxes[1].selectbox(t("Horizontal axis"), names, names.index(x), key=f"x-{key}")
    y = boxes[2].selectbox(t("Vertical axis"), numbers, numbers.index(y), key=f"y-{key}")
    colour = boxes[3].selectbox(
        t("Colour"), names, None, key=f"colour-{key}", placeholder=t("one colour")
    )
    chart, remark = quick(table, dict(zip(names, types, strict=True)), x, y, colour, kind)
    if remark:
        safe_html.note("info", remark)
    draw(chart, alternative=t("Chart of the result"))


def _unique(names: tuple[str, ...]) -> list[str]:
    """Number duplicate column names, which SQL allows and a data frame does not."""
    unique: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in unique:
            number += 1
            candidate = f"{name}_{number}"
        unique.append(candidate)
    return unique
