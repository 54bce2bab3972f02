"""Doors from a claim to its rows: the page that shows them, their SQL, runs and provenance."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.claims.rows_behind import known_claim, query_of
from dashboard.lab import place_of
from dashboard.language import t
from dashboard.queries import claims as queries
from dashboard.reading import read
from dashboard.safe_html import sources
from dashboard.sql_parts import RUN_AT_ONCE
from evaluators.described import evaluators_of
from evaluators.sql_view import text_literal


def source_line(source: object) -> None:
    """Show the source of a claim, with links to the papers and articles it names."""
    if formatting.is_missing(source):
        return
    links = [safe_html.link(f"{label} ↗", address) for label, address in sources(str(source))]
    spaced = [part for link in links for part in (safe_html.Html(" · "), link)]
    safe_html.show(
        safe_html.tag("p", t("Source: {source}", source=t(str(source))), *spaced, css="rc-words")
    )


def doors(row: pd.Series, key: str = "doors") -> None:
    """Link to the rows of a verdict, their SQL, their runs, and the provenance of the newest."""
    sql = query_of(row)
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        if not formatting.is_missing(row.board):
            where = {name: row[name] for name in ("board", "snapshot", "treatment")}
            st.page_link(
                "screens/leaderboards.py",
                label=t("Rows"),
                icon=":material/leaderboard:",
                query_params={k: str(v) for k, v in where.items() if not formatting.is_missing(v)},
            )
            _sql_link(sql)
            board, snapshot = text_literal(str(row.board)), text_literal(str(row.snapshot))
            provenance = (
                "SELECT * FROM current_boards\n"  # noqa: S608
                f"WHERE board = {board} AND snapshot = {snapshot}"
            )
            if st.button(
                t("Provenance"),
                key=f"provenance-{key}",
                icon=":material/fingerprint:",
                type="tertiary",
            ):
                st.session_state[RUN_AT_ONCE] = provenance
                st.switch_page("screens/sql.py", query_params={"sql": provenance})
            return
        claim = known_claim(str(row.claim))
        evaluators = () if claim is None else evaluators_of(claim)
        if evaluators:
            page, chosen = place_of(evaluators[0])
            st.page_link(page, label=t("Rows"), icon=":material/science:", query_params=chosen)
        _sql_link(sql)
        if evaluators:
            st.page_link(
                "screens/runs.py",
                label=t("Runs"),
                icon=":material/history:",
                query_params={"run-evaluator": evaluators[0]},
            )
        run = read(queries.newest_run, sql) if claim is not None else None
        if run:
            st.page_link(
                "screens/runs.py",
                label=t("Provenance"),
                icon=":material/fingerprint:",
                query_params={"run": run},
            )


def _sql_link(sql: str) -> None:
    st.page_link(
        "screens/sql.py", label="SQL", icon=":material/terminal:", query_params={"sql": sql}
    )
