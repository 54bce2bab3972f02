"""Doors from a claim to its rows: the page that shows them, their SQL, runs and provenance."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.lab import place_of
from dashboard.queries import claims as queries
from dashboard.reading import read
from dashboard.safe_html import sources
from evaluators.claims import Claim, RowsOf, find, names
from evaluators.described import evaluators_of
from evaluators.sql_view import text_literal


def source_line(source: object) -> None:
    """Show the source of a claim, with links to the papers and articles it names."""
    if formatting.is_missing(source):
        return
    links = [safe_html.link(f"{label} ↗", address) for label, address in sources(str(source))]
    spaced = [part for link in links for part in (safe_html.Html(" · "), link)]
    safe_html.show(safe_html.tag("p", f"Source: {source}", *spaced, css="rc-words"))


def known_claim(name: str) -> Claim[Any] | None:
    """Return a claim of this version; None for one that only the store knows."""
    return find(name) if name in names() else None


def query_of(row: Any) -> str:
    """Return the SQL of the very rows that a verdict rests on.

    Args:
        row: A verdict: its claim, and board, snapshot and treatment, or setting.
    """
    if not formatting.is_missing(row.board):
        where = [
            f"{name} = {text_literal(str(row[name]))}"
            for name in ("board", "snapshot", "treatment")
            if not formatting.is_missing(row[name])
        ]
        return (
            f"SELECT mean, rank, model, is_human, score FROM ranks\nWHERE {' AND '.join(where)}\n"  # noqa: S608 - shown and run in the sandbox
            "ORDER BY mean, rank"
        )
    claim = known_claim(str(row.claim))
    if claim is None or not isinstance(claim.evidence, RowsOf):
        return (
            "SELECT * FROM claim_history\n"  # noqa: S608
            f"WHERE claim = {text_literal(str(row.claim))} ORDER BY decided_at DESC"
        )
    evidence = claim.evidence
    conditions = [
        "(" + " OR ".join(f"{_name(column)} GLOB {text_literal(p)}" for p in patterns) + ")"
        for column, patterns in evidence.among.items()
    ]
    conditions += [
        f"CAST({_name(column)} AS VARCHAR) = {text_literal(value)}"
        for column, value in group_of(row.setting, evidence.by).items()
    ]
    where_text = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {evidence.view}{where_text}"  # noqa: S608


def group_of(setting: object, by: tuple[str, ...]) -> dict[str, str]:
    """Return the values by column of a setting in words, `task=a, setting=b`."""
    if not isinstance(setting, str) or not by:
        return {}
    parts = re.split(rf"(?:^|, )({'|'.join(map(re.escape, by))})=", setting)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def doors(row: pd.Series, key: str = "doors") -> None:
    """Link to the rows of a verdict, their SQL, their runs, and the provenance of the newest."""
    sql = query_of(row)
    with st.container(horizontal=True, key=key):
        if not formatting.is_missing(row.board):
            where = {name: row[name] for name in ("board", "snapshot", "treatment")}
            st.page_link(
                "screens/leaderboards.py",
                label="Rows",
                icon=":material/leaderboard:",
                query_params={k: str(v) for k, v in where.items() if not formatting.is_missing(v)},
            )
            _sql_link("SQL", sql)
            board, snapshot = text_literal(str(row.board)), text_literal(str(row.snapshot))
            _sql_link(
                "Provenance",
                "SELECT * FROM current_boards\n"  # noqa: S608
                f"WHERE board = {board} AND snapshot = {snapshot}",
            )
            return
        claim = known_claim(str(row.claim))
        evaluators = () if claim is None else evaluators_of(claim)
        if evaluators:
            page, chosen = place_of(evaluators[0])
            st.page_link(page, label="Rows", icon=":material/science:", query_params=chosen)
        _sql_link("SQL", sql)
        if evaluators:
            st.page_link(
                "screens/runs.py",
                label="Runs",
                icon=":material/history:",
                query_params={"run-evaluator": evaluators[0]},
            )
        run = read(queries.newest_run, sql) if claim is not None else None
        if run:
            st.page_link(
                "screens/runs.py",
                label="Provenance",
                icon=":material/fingerprint:",
                query_params={"run": run},
            )


def _sql_link(label: str, sql: str) -> None:
    icon = ":material/terminal:" if label == "SQL" else ":material/fingerprint:"
    st.page_link("screens/sql.py", label=label, icon=icon, query_params={"sql": sql})
