"""The leaderboard page's controls: what is ranked, how its cells are treated, by which mean."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import inert
from evaluators.averaging import MEANINGS, MEANS, TREATMENTS, Treatment, find_treatment, mean_name
from evaluators.errors import TreatmentError

QUESTIONS = {
    "metrics": "Several metrics of one task",
    "splits": "Sub-splits of one task",
    "diagnostics": "Diagnostic columns",
    "missing": "A missing cell",
    "nonpositive": "A value of 0 or less",
    "suspect": "A suspect cell",
}
"""What each choice of a treatment decides."""

MOST, LEAST = 5.0, -10.0
"""Ends of the slider for p."""


def choose_board(boards: pd.DataFrame) -> pd.Series:
    """Let people choose a board and a snapshot; return that row."""
    left, right = st.columns([2, 1])
    names = list(dict.fromkeys(boards.board))
    index = names.index("superglue") if "superglue" in names else 0
    name = left.selectbox("Board", names, index=index, key="board", bind="query-params")
    of_board = boards[boards.board == name]
    snapshot = right.selectbox(
        "Snapshot", list(of_board.snapshot), key="snapshot", bind="query-params"
    )
    return of_board[of_board.snapshot == snapshot].iloc[0]


def choose_mean() -> float:
    """Let people choose p, by one of three buttons or by the slider; return it."""
    buttons, slider = st.columns([1, 1], vertical_alignment="bottom")
    p = float(
        slider.slider(
            "Exponent p of the power mean",
            LEAST,
            MOST,
            1.0,
            0.25,
            key="p",
            bind="query-params",
            help="1 is the arithmetic mean, 0 the geometric, −1 the harmonic; the lower p is, the"
            " more a model's weakest task counts.",
        )
    )
    st.session_state["mean"] = mean_name(p) if mean_name(p) in MEANS else None
    buttons.segmented_control("Mean", list(MEANS), key="mean", on_change=_press)
    return p


def _press() -> None:
    chosen = st.session_state["mean"]
    if chosen is not None:
        st.session_state["p"] = MEANS[chosen]


def choose_treatment() -> Treatment:
    """Let people choose a treatment by name or by its six choices; return it."""
    names = list(TREATMENTS)
    wanted = str(st.session_state.get("treatment") or st.query_params.get("treatment", ""))
    if wanted and wanted not in names:
        try:
            names.append(find_treatment(wanted).name)
        except TreatmentError as error:
            inert.note("warning", f"The link asks for something unknown: {error}")
    chosen = find_treatment(
        st.selectbox(
            "Treatment of the cells",
            list(dict.fromkeys(names)),
            key="treatment",
            bind="query-params",
        )
    )
    said = "; ".join(chosen.describe())
    inert.show(inert.tag("p", f"In words, the same for every row: {said}.", css="rc-words"))
    with st.expander("Change the six choices"):
        columns = st.columns(2)
        for i, (choice, meanings) in enumerate(MEANINGS.items()):
            key = f"choice-{choice}"
            st.session_state[key] = getattr(chosen, choice)
            columns[i % 2].selectbox(
                QUESTIONS[choice],
                list(meanings),
                format_func=meanings.__getitem__,
                key=key,
                on_change=_choose,
            )
    return chosen


def _choose() -> None:
    choices: dict[str, Any] = {choice: st.session_state[f"choice-{choice}"] for choice in MEANINGS}
    st.session_state["treatment"] = Treatment(**choices).name
