"""Show the tab "Published": the board's own averages and recomputed ones."""

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
from evaluators.averaging import Board
from evaluators.averaging.audit import Agreement, Audit, recompute


def published(view: View, whole: Board) -> None:
    """Compare published averages with the chosen mean, and find the board's own rule."""
    st.header("Published and recomputed averages")
    if np.isnan(view.board.published).all():
        safe_html.note("info", "This board publishes no averages, so there is nothing to check.")
        return
    agreement = recompute(view.board, view.treatment, view.p)
    all_agree = bool(agreement.compared) and agreement.agree == agreement.compared
    safe_html.note("good" if all_agree else "warning", _agreement(view, agreement))
    rows = _rows(view, agreement)
    if len(rows):
        shown(
            chart_of(rows, agreement.tolerance),
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
    result = audited(view.board_id, whole)
    safe_html.note("info", *_rule(result))
    _deviations(result)


def _agreement(view: View, agreement: Agreement) -> str:
    if agreement.refused:
        return agreement.refused
    return (
        f"The {view.ranking.mean} mean under {view.treatment.name} gives {agreement.agree} of"
        f" {formatting.counted(agreement.compared, 'published average')} within"
        f" {agreement.tolerance:g}."
    )


def _rule(result: Audit) -> list[str]:
    best = result.best
    sentences = [
        "No known treatment and mean reproduces any of its averages."
        if best is None
        else f"The best match is the {best.mean} mean under {best.treatment.name}, which reproduces"
        f" {best.agree} of {best.compared}."
    ]
    rule = result.inference.rule
    if result.inference.verdict == "found" and rule is not None:
        sentences.append(
            f"Its averages follow this rule: {rule.words} ({rule.agree} of {rule.compared})."
        )
    else:
        sentences.append(f"No single rule explains its averages: {result.inference.why}")
    return sentences


def _rows(view: View, agreement: Agreement) -> pd.DataFrame:
    """Return the rows that have both averages, the largest difference first."""
    compared = np.flatnonzero(~np.isnan(agreement.difference))
    rows = pd.DataFrame(
        {
            "model": [view.labels[i] for i in compared],
            "published": agreement.published[compared],
            "recomputed": agreement.recomputed[compared],
            "difference": agreement.difference[compared],
            "agrees": agreement.agrees[compared],
        }
    )
    order = np.argsort(-np.abs(agreement.difference[compared]), kind="stable")
    return rows.iloc[order].reset_index(drop=True)


def _deviations(result: Audit) -> None:
    """List rows that deviate from the board's own rule, and suspicious cells."""
    deviating, suspicious = result.disagreements, result.suspicions

    def show_deviating() -> None:
        if deviating:
            st.dataframe(
                pd.DataFrame(
                    {
                        "model": [row.model for row in deviating],
                        "published": [row.published for row in deviating],
                        "recomputed": [row.recomputed for row in deviating],
                        "possible explanation": [
                            row.explanations[0].text if row.explanations else "none found"
                            for row in deviating
                        ],
                    }
                ),
                hide_index=True,
                alt="Rows that deviate from the rule",
            )
        else:
            st.caption("Every row follows the rule.")

    def show_suspicious() -> None:
        if suspicious:
            st.dataframe(
                pd.DataFrame(
                    {
                        "what": [cell.kind for cell in suspicious],
                        "model": [cell.model for cell in suspicious],
                        "column": [cell.column for cell in suspicious],
                        "value": [cell.value for cell in suspicious],
                        "evidence": [cell.evidence for cell in suspicious],
                    }
                ),
                hide_index=True,
                alt="Suspicious cells and rows",
            )
        else:
            st.caption("No cell or row is suspicious.")
        st.caption("`rankcheck audit` also compares copies of a row and other boards.")

    folded(
        f"Rows that deviate from the board's own rule: {len(deviating)}",
        show_deviating,
        key="apart",
    )
    folded(f"Suspicious cells and rows: {len(suspicious)}", show_suspicious, key="odd")
