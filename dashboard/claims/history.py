"""The verdicts there ever were on a claim, and those that turned round."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.claims.table import table


def show_history(history: pd.DataFrame, standing: pd.DataFrame) -> None:
    """Say how often a claim was judged, and list the verdicts that turned round."""
    st.header("History")
    older = len(history) - len(standing)
    said = words.counted(len(history), "verdict")
    turned = changed(history)
    inert.show(
        inert.tag(
            "p",
            f"{said} since {words.moment(history.decided_at.min())},"
            f" {max(older, 0)} of them superseded;"
            f" {words.counted(len(turned), 'verdict')} changed from one time to the next.",
            css="rc-words",
        )
    )
    columns = ["decided_at", "verdict", "statistic", "ci_low", "ci_high", "board", "snapshot"]
    table((turned if len(turned) else history)[[*columns, "treatment", "detail"]], "History")


def changed(history: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts that differ from the one before on the same evidence, newest first."""
    ordered = history.iloc[::-1]
    key = [ordered[name].fillna("") for name in ("board", "snapshot", "treatment")]
    before = ordered.verdict.groupby(key).shift()
    return ordered[before.notna() & (before != ordered.verdict)].iloc[::-1]
