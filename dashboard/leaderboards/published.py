"""The tab "Published": the board's own averages and recomputed ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.differences import published as chart_of
from dashboard.folded import folded
from dashboard.leaderboards.computed import audited
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.view import View
from dashboard.sheet import download
from evaluators.averaging.audit import Agreement, Audit, recompute


def published(view: View) -> None:
    """Compare published averages with the chosen mean, and find the board's own rule."""
    st.header("Published and recomputed averages")
    if np.isnan(view.board.published).all():
        safe_html.note("info", "This board publishes no averages, so there is nothing to check.")
        return
    here = recompute(view.board, view.treatment, view.p)
    every = bool(here.compared) and here.agree == here.compared
    safe_html.note("good" if every else "warning", _agreement(view, here))
    rows = _rows(view, here)
    if len(rows):
        shown(
            chart_of(rows, here.tolerance),
            alternative="Recomputed minus published averages",
            said=view.said,
            name=f"{view.file_name}-published",
        )
        st.dataframe(
            rows.drop(columns="agrees"),
            hide_index=True,
            height=340 if len(rows) > 8 else "auto",
            column_config={
                name: st.column_config.NumberColumn(name, format=form)
                for name, form in (
                    ("published", "%.2f"),
                    ("recomputed", "%.2f"),
                    ("difference", "%+.3f"),
                )
            },
            alt="Published and recomputed averages",
        )
        download(rows, f"{view.file_name}-published")
    st.header("How the board averages")
    found = audited(view.board_id, view.board)
    safe_html.note("info", *_rule(found))
    _apart(found)


def _agreement(view: View, here: Agreement) -> str:
    if here.refused:
        return here.refused
    return (
        f"The {view.ranking.mean} mean under {view.treatment.name} gives {here.agree} of"
        f" {formatting.counted(here.compared, 'published average')} within {here.tolerance:g}."
    )


def _rule(found: Audit) -> list[str]:
    best = found.best
    said = [
        "No known treatment and mean reproduces any of its averages."
        if best is None
        else f"The best match is the {best.mean} mean under {best.treatment.name}, which reproduces"
        f" {best.agree} of {best.compared}."
    ]
    rule = found.inference.rule
    if found.inference.verdict == "found" and rule is not None:
        said.append(
            f"Its averages follow this rule: {rule.words} ({rule.agree} of {rule.compared})."
        )
    else:
        said.append(f"No single rule explains its averages: {found.inference.why}")
    return said


def _rows(view: View, here: Agreement) -> pd.DataFrame:
    """Return the rows that have both averages, the furthest apart first."""
    both = np.flatnonzero(~np.isnan(here.difference))
    rows = pd.DataFrame(
        {
            "model": [view.labels[i] for i in both],
            "published": here.published[both],
            "recomputed": here.recomputed[both],
            "difference": here.difference[both],
            "agrees": here.agrees[both],
        }
    )
    order = np.argsort(-np.abs(here.difference[both]), kind="stable")
    return rows.iloc[order].reset_index(drop=True)


def _apart(found: Audit) -> None:
    """List rows that deviate from the board's own rule, and suspicious cells."""
    apart, odd = found.disagreements, found.suspicions

    def leaving() -> None:
        if apart:
            st.dataframe(
                pd.DataFrame(
                    {
                        "model": [row.model for row in apart],
                        "published": [row.published for row in apart],
                        "recomputed": [row.recomputed for row in apart],
                        "possible explanation": [
                            row.explanations[0].text if row.explanations else "none found"
                            for row in apart
                        ],
                    }
                ),
                hide_index=True,
                alt="Rows that deviate from the rule",
            )
        else:
            st.caption("Every row follows the rule.")

    def looks_odd() -> None:
        if odd:
            st.dataframe(
                pd.DataFrame(
                    {
                        "what": [one.kind for one in odd],
                        "model": [one.model for one in odd],
                        "column": [one.column for one in odd],
                        "value": [one.value for one in odd],
                        "evidence": [one.evidence for one in odd],
                    }
                ),
                hide_index=True,
                alt="Suspicious cells and rows",
            )
        else:
            st.caption("No cell or row is suspicious.")
        st.caption("`rankcheck audit` also compares copies of a row and other boards.")

    folded(f"Rows that deviate from the board's own rule: {len(apart)}", leaving, key="apart")
    folded(f"Suspicious cells and rows: {len(odd)}", looks_odd, key="odd")
