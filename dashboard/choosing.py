"""Show the controls of the leaderboard page: board, treatment, mean and rows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import links, safe_html
from dashboard.language import mark, option_labels, t
from dashboard.leaderboards.computed import LEAST, MOST, STEP
from dashboard.leaderboards.rank_words import short
from dashboard.leaderboards.view import Choice, View, choose, search
from evaluators.averaging import (
    MEANINGS,
    MEANS,
    TREATMENTS,
    Treatment,
    find_treatment,
    mean_name,
)
from evaluators.errors import TreatmentError

_GAPS = ("available-only", "drop-column")
QUESTIONS = {
    "metrics": mark("Several metrics of one task"),
    "splits": mark("Sub-splits of one task"),
    "diagnostics": mark("Diagnostic columns"),
    "missing": mark("A missing cell"),
    "lower": mark("Columns of which less is better"),
    "nonpositive": mark("A value of 0 or less"),
    "suspect": mark("A suspect cell"),
    "nesting": mark("Tasks of one type"),
}
"""The question that each choice of a treatment decides."""


def choose_board(boards: pd.DataFrame) -> pd.Series | None:
    """Offer a choice of board and snapshot, and return its row; None before a board is chosen."""
    names = list(dict.fromkeys(boards.board))
    links.expect("board", names, t("the board"))
    left, right = st.columns([2, 1])
    name = left.selectbox(
        t("Board"),
        names,
        index=None,
        key="board",
        bind="query-params",
        placeholder=t("Find a board"),
        label_visibility="collapsed",
    )
    if name is None:
        return None
    of_board = boards[boards.board == name]
    snapshots = list(of_board.snapshot)
    links.expect("snapshot", snapshots, t("the snapshot"))
    links.forget("snapshot", snapshots, snapshots[0])
    snapshot = right.selectbox(
        t("Snapshot"),
        snapshots,
        key="snapshot",
        bind="query-params",
        label_visibility="collapsed",
    )
    chosen: pd.Series = of_board[of_board.snapshot == snapshot].iloc[0]
    return chosen


def choose_mean() -> float:
    """Offer a choice of p, by three buttons or a slider, and return it."""
    links.expect_number("p", LEAST, MOST)
    st.session_state.setdefault("p", _asked_p())
    p = float(st.session_state["p"])
    st.session_state["mean"] = mean_name(p) if mean_name(p) in MEANS else None
    st.segmented_control(
        t("Mean"),
        list(MEANS),
        format_func=short,
        key="mean",
        on_change=_press,
        label_visibility="collapsed",
    )
    with st.popover(t("Exponent") if mean_name(p) in MEANS else f"p = {p:g}", key="exponent"):
        st.slider(
            t("Exponent p of the power mean"),
            LEAST,
            MOST,
            step=STEP,
            key="p",
            bind="query-params",
            help=t(
                "1 is the arithmetic mean, 0 the geometric, −1 the harmonic. The lower p is,"
                " the more weight a model's weakest task has."
            ),
        )
    return float(st.session_state["p"])


def _asked_p() -> float:
    """Return the exponent of the link: buttons are drawn before the slider reads it."""
    try:
        asked = float(st.query_params.get("p", 1.0))
    except ValueError:
        return 1.0
    return asked if LEAST <= asked <= MOST else 1.0


def _press() -> None:
    chosen = st.session_state["mean"]
    if chosen is not None:
        st.session_state["p"] = MEANS[chosen]


def choose_treatment() -> Treatment:
    """Offer a choice of treatment, by name or by its choices, and return it."""
    names = [*TREATMENTS, *(f"per-task+{gaps}" for gaps in _GAPS)]
    requested = str(st.session_state.get("treatment") or st.query_params.get("treatment", ""))
    if requested and requested not in names:
        try:
            names.append(find_treatment(requested).name)
        except TreatmentError as error:
            links.keep(
                "treatment", t("The treatment in the link is unknown: {error}.", error=error)
            )
    chosen = find_treatment(
        st.selectbox(
            t("How scores are combined"),
            list(dict.fromkeys(names)),
            key="treatment",
            bind="query-params",
        )
    )
    description = t("; ").join(map(t, chosen.describe()))
    said = (
        t("This treatment: {description}.", description=description)
        if chosen.mixed
        else t("This treatment, the same for every row: {description}.", description=description)
    )
    safe_html.show(safe_html.tag("p", said, css="rc-words"))
    st.markdown(f"**{t('Choice by choice')}**")
    _choices(chosen)
    return chosen


def choose_gaps() -> None:
    """Offer what becomes of models with gaps; a part of the treatment, beside the models."""
    try:
        chosen = find_treatment(str(st.session_state.get("treatment") or _asked_treatment()))
    except TreatmentError:
        return
    st.session_state["gaps"] = chosen.missing
    st.selectbox(
        t("Models with gaps"),
        list(MEANINGS["missing"]),
        format_func=option_labels(MEANINGS["missing"], partial(_meaning, "missing")),
        key="gaps",
        on_change=_choose_gaps,
    )


def _asked_treatment() -> str:
    return st.query_params.get("treatment", "per-task")


def _choose_gaps() -> None:
    chosen = find_treatment(str(st.session_state.get("treatment") or "per-task"))
    st.session_state["treatment"] = replace(chosen, missing=st.session_state["gaps"]).name


def _choices(chosen: Treatment) -> None:
    columns = st.columns(2)
    for i, (choice, meanings) in enumerate(MEANINGS.items()):
        key = f"choice-{choice}"
        st.session_state[key] = getattr(chosen, choice)
        columns[i % 2].selectbox(
            t(QUESTIONS[choice]),
            list(meanings),
            format_func=option_labels(meanings, partial(_meaning, choice)),
            key=key,
            on_change=_choose,
        )


def _meaning(choice: str, name: str) -> str:
    return t(MEANINGS[choice][name])


def _choose() -> None:
    choices: dict[str, Any] = {choice: st.session_state[f"choice-{choice}"] for choice in MEANINGS}
    st.session_state["treatment"] = Treatment(**choices).name


def choose_search() -> str:
    """Offer a search for models, and return what is looked for."""
    return st.text_input(
        t("Search for models or submitters"),
        key="search",
        bind="query-params",
        max_chars=200,
        placeholder=t("Search models; several with ;"),
        label_visibility="collapsed",
        width=240,
    ).strip()


def choose_rows(view: View, wanted: str) -> Choice:
    """Let people choose which rows charts draw: top rows, pinned rows, search hits."""
    position_of = {label: i for i, label in enumerate(view.labels)}
    links.expect("pin", list(position_of), t("the model"))
    links.expect_number("top", 3, 40)
    if "pin" in st.session_state:  # pinned on another board, where other rows have these names
        st.session_state["pin"] = [name for name in st.session_state["pin"] if name in position_of]
    pinned = st.multiselect(
        t("Pinned models"),
        list(view.labels),
        key="pin",
        bind="query-params",
        max_selections=20,
        placeholder=t("Charts always draw and mark them"),
    )
    top = st.slider(t("Number of top rows in charts"), 3, 40, 12, key="top", bind="query-params")
    return choose(
        view,
        top=top,
        pinned=frozenset(position_of[name] for name in pinned),
        found=search(view, wanted),
    )


def say_rows(view: View, chosen: Choice, wanted: str) -> None:
    """Say which pinned models have no rank, and what a search does not find or draw."""
    if chosen.found is not None and not chosen.found:
        safe_html.note("info", t("No model or submitter contains {wanted!r}.", wanted=wanted))
    drawn = set(chosen.positions)
    why = {row.position: row.left_out for row in view.ranking.rows}
    for i in sorted(chosen.pinned - drawn):
        safe_html.note(
            "info", t("{model} is pinned but has no rank: {why}.", model=view.labels[i], why=why[i])
        )
    if chosen.left:
        safe_html.note(
            "info",
            t(
                "The search finds {found} rows; charts draw the best {drawn} of them.",
                found=len(chosen.found or ()),
                drawn=len(chosen.found or ()) - chosen.left,
            ),
        )


def choose_row(view: View, label: str, *, key: str, without: int | None = None) -> int | None:
    """Let people choose a row by name; return its position, None if there is none."""
    able = {view.labels[row.position]: row.position for row in view.ranking.rows}
    if without is not None:
        able = {name: i for name, i in able.items() if i != without}
    if not able:
        return None
    names, focus = list(able), view.focus
    index = 0
    if without is None and focus is not None:
        index = names.index(view.labels[focus.position])
    links.forget(key, names, None if without is not None else names[index])
    chosen = st.selectbox(
        label,
        names,
        index=None if without is not None else index,
        key=key,
        bind="query-params",
        placeholder=t("Every other row"),
    )
    return None if chosen is None else able[chosen]
