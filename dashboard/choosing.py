"""Show the controls of the leaderboard page: board, treatment, mean and rows."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.folded import folded
from dashboard.leaderboards.computed import LEAST, MOST, STEP
from dashboard.leaderboards.view import Choice, View, choose, search
from evaluators.averaging import (
    MEANINGS,
    MEANS,
    TREATMENTS,
    Board,
    Treatment,
    find_treatment,
    mean_name,
)
from evaluators.averaging.selection import Selection
from evaluators.errors import TreatmentError
from evaluators.languages import language_name

QUESTIONS = {
    "metrics": "Several metrics of one task",
    "splits": "Sub-splits of one task",
    "diagnostics": "Diagnostic columns",
    "missing": "A missing cell",
    "lower": "Columns of which less is better",
    "nonpositive": "A value of 0 or less",
    "suspect": "A suspect cell",
    "nesting": "Tasks of one type",
}
"""The question that each choice of a treatment decides."""


def choose_board(boards: pd.DataFrame) -> pd.Series:
    """Offer a choice of board and snapshot, and return its row."""
    left, right = st.columns([2, 1])
    names = list(dict.fromkeys(boards.board))
    index = names.index("superglue") if "superglue" in names else 0
    name = left.selectbox("Board", names, index=index, key="board", bind="query-params")
    of_board = boards[boards.board == name]
    snapshot = right.selectbox(
        "Snapshot", list(of_board.snapshot), key="snapshot", bind="query-params"
    )
    chosen: pd.Series = of_board[of_board.snapshot == snapshot].iloc[0]
    return chosen


def choose_mean() -> float:
    """Offer a choice of p, by three buttons or a slider, and return it."""
    buttons, slider = st.columns([1, 1], vertical_alignment="bottom")
    p = float(
        slider.slider(
            "Exponent p of the power mean",
            LEAST,
            MOST,
            1.0,
            STEP,
            key="p",
            bind="query-params",
            help="1 is the arithmetic mean, 0 the geometric, −1 the harmonic. The lower p is, the"
            " more weight a model's weakest task has.",
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
    """Offer a choice of treatment, by name or by its choices, and return it."""
    names = list(TREATMENTS)
    requested = str(st.session_state.get("treatment") or st.query_params.get("treatment", ""))
    if requested and requested not in names:
        try:
            names.append(find_treatment(requested).name)
        except TreatmentError as error:
            safe_html.note("warning", f"The treatment in the link is unknown: {error}")
    chosen = find_treatment(
        st.selectbox(
            "Treatment of the cells",
            list(dict.fromkeys(names)),
            key="treatment",
            bind="query-params",
        )
    )
    description = "; ".join(chosen.describe())
    scope = "This treatment" if chosen.mixed else "This treatment, the same for every row"
    safe_html.show(safe_html.tag("p", f"{scope}: {description}.", css="rc-words"))
    folded(
        "The choices of a treatment",
        lambda: _choices(chosen),
        key="choices",
    )
    return chosen


def _choices(chosen: Treatment) -> None:
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


def _choose() -> None:
    choices: dict[str, Any] = {choice: st.session_state[f"choice-{choice}"] for choice in MEANINGS}
    st.session_state["treatment"] = Treatment(**choices).name


def choose_tasks(board: Board) -> Selection:
    """Offer a choice of the tasks, types and languages that count, and of weights.

    Raises:
        TreatmentError: If the weights are not written as `NAME=NUMBER, …`.
    """
    tasks = list(dict.fromkeys(c.split_of or c.task for c in board.columns))
    types = list(dict.fromkeys(c.type for c in board.columns if c.type is not None))
    languages = sorted({code for c in board.columns for code in c.languages}, key=language_name)
    offers = [("without", "Tasks that do not count", tasks, "All tasks count")]
    if len(types) > 1:
        offers.append(("type", "Types of tasks that count", types, "All types count"))
    if len(languages) > 1:
        offers.append(("language", "Languages that count", languages, "All languages count"))
    chosen: dict[str, list[str]] = {}
    *boxes, last = st.columns(len(offers) + 1)
    for box, (key, label, names, placeholder) in zip(boxes, offers, strict=True):
        if key in st.session_state:  # chosen on another board, whose tasks have other names
            st.session_state[key] = [name for name in st.session_state[key] if name in names]
        chosen[key] = box.multiselect(
            label,
            names,
            key=key,
            bind="query-params",
            placeholder=placeholder,
            format_func=language_name if key == "language" else str,
        )
    weights = last.text_input(
        "Weights",
        key="weights",
        bind="query-params",
        max_chars=2000,
        placeholder=f"{tasks[0]}=2, …" if tasks else "",
        help="Weights of tasks or types, as in RTE=2, Retrieval=0.5. The others count 1; one of"
        " weight 0 does not count.",
    )
    return Selection(
        without=tuple(chosen["without"]),
        types=tuple(chosen.get("type", ())),
        languages=tuple(chosen.get("language", ())),
        weights=parse_weights(weights),
    )


_WEIGHT = re.compile(r"\s*([^=]+?)\s*=\s*([^,=\s]+)\s*(?:,|$)")


def parse_weights(text: str) -> dict[str, float]:
    """Return the weights by name of `RTE=2, Retrieval=0.5`.

    Raises:
        TreatmentError: If the text is anything else, or a name has two weights.
    """
    weights: dict[str, float] = {}
    place = 0
    text = text.strip()
    while place < len(text):
        pair = _WEIGHT.match(text, place)
        try:
            name, weight = ("", math.nan) if pair is None else (pair[1], float(pair[2]))
        except ValueError:
            name = ""
        if pair is None or not name or name in weights:
            raise TreatmentError(
                f"weights must be written as NAME=NUMBER, …, each name once; got {text[place:]!r}"
            )
        weights[name] = weight
        place = pair.end()
    return weights


def choose_rows(view: View) -> Choice:
    """Let people choose which rows charts draw: top rows, pinned rows, search hits."""
    search_box, pin_box, top_box = st.columns([3, 4, 2])
    wanted = search_box.text_input(
        "Search for a model or submitter", key="search", bind="query-params", max_chars=200
    ).strip()
    position_of = {label: i for i, label in enumerate(view.labels)}
    if "pin" in st.session_state:  # pinned on another board, where other rows have these names
        st.session_state["pin"] = [name for name in st.session_state["pin"] if name in position_of]
    pinned = pin_box.multiselect(
        "Pinned rows",
        list(view.labels),
        key="pin",
        bind="query-params",
        max_selections=20,
        placeholder="Rows that charts always draw and mark",
    )
    top = top_box.slider("Number of top rows to draw", 3, 40, 12, key="top", bind="query-params")
    chosen = choose(
        view,
        top=top,
        pinned=frozenset(position_of[name] for name in pinned),
        found=search(view, wanted),
    )
    if chosen.found is not None and not chosen.found:
        safe_html.note("info", f"No model or submitter contains {wanted!r}.")
    drawn = set(chosen.positions)
    why = {row.position: row.left_out for row in view.ranking.rows}
    for i in sorted(chosen.pinned - drawn):
        safe_html.note("info", f"{view.labels[i]} is pinned but has no rank: {why[i]}.")
    if chosen.left:
        safe_html.note(
            "info",
            f"The search finds {len(chosen.found or ())} rows; charts draw the best"
            f" {len(chosen.found or ()) - chosen.left} of them.",
        )
    return chosen


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
    if st.session_state.get(key) not in (None, *names):
        del st.session_state[key]
    chosen = st.selectbox(
        label,
        names,
        index=None if without is not None else index,
        key=key,
        bind="query-params",
        placeholder="Every other row",
    )
    return None if chosen is None else able[chosen]
