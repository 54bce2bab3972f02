"""Show the tab "Does it add up": the board's own averages and recomputed ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.charts.differences import published as chart_of
from dashboard.folded import folded
from dashboard.language import mark, nt, t
from dashboard.leaderboards.computed import audited
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.rank_words import mean_words
from dashboard.leaderboards.view import View
from dashboard.sheet import download
from dashboard.tables import table
from evaluators.averaging import Board
from evaluators.averaging.audit import Agreement, Audit
from evaluators.averaging.board import labels


def published(view: View, whole: Board) -> None:
    """Compare published averages with the mean that the board itself takes.

    Args:
        view: Board, treatment and mean; what is chosen there does not change what was published.
        whole: The board with all its models and tasks.
    """
    st.header(t("Does the board add up?"))
    if np.isnan(whole.published).all():
        safe_html.note("info", t("This board publishes no averages, so there is nothing to check."))
        return
    result = audited(view.board_id, whole)
    safe_html.note(*_answer(result), *_rule(result))
    if result.best is not None:
        _differences(view, whole, result.best)
    _deviations(result)


def _answer(result: Audit) -> tuple[str, str]:
    """Return the kind of note and the sentence on the board's own averages."""
    best = result.best
    if best is None:
        return "warning", t("No: no known mean gives any of its published averages.")
    if best.agree == best.compared:
        return "good", (
            nt(
                "Yes: the {mean} of its scores gives {agree:,} of {count:,} published average"
                " within {tolerance:g}.",
                "Yes: the {mean} of its scores gives {agree:,} of {count:,} published averages"
                " within {tolerance:g}.",
                best.compared,
                mean=mean_words(best.mean),
                agree=best.agree,
                tolerance=best.tolerance,
            )
        )
    return "warning", (
        nt(
            "Not all: the {mean} of its scores gives {agree:,} of {count:,} published average"
            " within {tolerance:g}.",
            "Not all: the {mean} of its scores gives {agree:,} of {count:,} published averages"
            " within {tolerance:g}.",
            best.compared,
            mean=mean_words(best.mean),
            agree=best.agree,
            tolerance=best.tolerance,
        )
    )


def _differences(view: View, whole: Board, agreement: Agreement) -> None:
    """Draw and list the rows whose averages differ; a chart of zeros says nothing."""
    rows = _rows(labels(whole), agreement)
    if rows.agrees.all():
        return
    name = f"{whole.name}-{whole.snapshot}-published"
    shown(
        chart_of(rows, agreement.tolerance),
        alternative=t("Recomputed minus published averages"),
        said=f"{whole.title or whole.name} {whole.snapshot}, {agreement.mean} mean,"
        f" {agreement.treatment.name}",
        name=name,
    )
    table(
        rows[~rows.agrees].drop(columns="agrees"),
        hide_index=True,
        height=340 if (~rows.agrees).sum() > 8 else "auto",
        column_config={
            name: st.column_config.NumberColumn(t(name), format=form)
            for name, form in (
                ("published", "%.4g"),
                (mark("recomputed"), "%.4g"),
                ("difference", "%+.3g"),
            )
        },
        alt=t("Published and recomputed averages that differ"),
    )
    download(rows, name)


def _rule(result: Audit) -> list[str]:
    best = result.best
    sentences = (
        []
        if best is None
        else [
            t(
                "The best match is the {mean} under {treatment}, which reproduces {agree} of"
                " {compared}.",
                mean=mean_words(best.mean),
                treatment=best.treatment.name,
                agree=best.agree,
                compared=best.compared,
            )
        ]
    )
    rule = result.inference.rule
    if result.inference.verdict == "found" and rule is not None:
        sentences.append(
            t(
                "Its averages follow this rule: {words} ({agree} of {compared}).",
                words=rule.words,
                agree=rule.agree,
                compared=rule.compared,
            )
        )
    else:
        sentences.append(t("No single rule explains its averages: {why}", why=result.inference.why))
    return sentences


def _rows(names: tuple[str, ...], agreement: Agreement) -> pd.DataFrame:
    """Return the rows that have both averages, the largest difference first."""
    compared = np.flatnonzero(~np.isnan(agreement.difference))
    rows = pd.DataFrame(
        {
            "model": [names[i] for i in compared],
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
            table(
                pd.DataFrame(
                    {
                        "model": [row.model for row in deviating],
                        "published": [row.published for row in deviating],
                        "recomputed": [row.recomputed for row in deviating],
                        "possible explanation": [
                            row.explanations[0].text if row.explanations else t("none found")
                            for row in deviating
                        ],
                    }
                ),
                hide_index=True,
                alt=t("Rows that deviate from the rule"),
            )
        else:
            st.caption(t("Every row follows the rule."))

    def show_suspicious() -> None:
        if suspicious:
            table(
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
                alt=t("Suspicious cells and rows"),
            )
        else:
            st.caption(t("No cell or row is suspicious."))
        st.caption(t("`rankcheck audit` also compares copies of a row and other boards."))

    folded(
        t("Rows that deviate from the board's own rule: {count}", count=len(deviating)),
        show_deviating,
        key="apart",
    )
    folded(
        t("Suspicious cells and rows: {count}", count=len(suspicious)),
        show_suspicious,
        key="odd",
    )
