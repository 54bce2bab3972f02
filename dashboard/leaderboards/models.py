"""Filter the models of a board by facts: number ranges, switches, or any condition in SQL."""

from __future__ import annotations

import re
from collections import Counter

import streamlit as st

from dashboard import links, safe_html
from dashboard.folded import in_address
from dashboard.language import cached, mark, sentences, t
from db.conditions import answer_condition
from evaluators.averaging import Board
from evaluators.model_facts.facts import FACTS
from evaluators.model_facts.matching import COLUMNS, Matches, match_models, model_rows

_RANGES = {
    "parameters": (mark("Parameters, millions"), 1e6),
    "dimensions": (mark("Dimensions"), 1.0),
    "context_tokens": (mark("Context, tokens"), 1.0),
}
_SWITCHES = {
    "open_weights": mark("Open weights"),
    "instructions": mark("Asked with instructions"),
}
_ENDS = (("least", ">=", mark("at least")), ("most", "<=", mark("at most")))

_ANSWERS = {"yes": mark("Yes"), "no": mark("No")}
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")

KEYS = (
    *("where", "licence", "released-after", "released-before"),
    *_SWITCHES,
    *(f"{fact}-{end}" for fact in _RANGES for end, _, _ in _ENDS),
)
"""Names of the controls in the address."""


def choose_models(board: Board) -> str:
    """Offer filters of models, and return them as one SQL condition; empty for all models."""
    known = {fact for facts in board.facts for fact in facts}
    parts: list[str] = []
    parts += _ranges(known)
    parts += _switches(known)
    parts += _licences(board)
    parts += _dates(known)
    more = st.text_input(
        t("Condition in SQL"),
        key="where",
        bind="query-params",
        max_chars=1000,
        placeholder="licence = 'apache-2.0' OR is_human",
    ).strip()
    _explain(known)
    if more:
        parts.append(f"({more})" if parts else more)
    return " AND ".join(parts)


def _ranges(known: set[str]) -> list[str]:
    parts = []
    facts = [fact for fact in _RANGES if fact in known]
    for fact in facts:
        label, unit = _RANGES[fact]
        for column, (end, sign, words) in zip(st.columns(2), _ENDS, strict=True):
            value = column.number_input(
                t("{fact}, {bound}", fact=t(label), bound=t(words)),
                min_value=0.0,
                value=None,
                format="%g",
                key=f"{fact}-{end}",
                bind="query-params",
            )
            if value is not None:
                parts.append(f"{fact} {sign} {value * unit:.12g}")
    return parts


def _licences(board: Board) -> list[str]:
    """Offer the licences of the board's models, the most frequent first."""
    counts = Counter(str(facts["licence"].value) for facts in board.facts if "licence" in facts)
    if not counts:
        return []
    names = [name for name, _ in counts.most_common()]
    links.expect("licence", names, t("the licence"))
    if "licence" in st.session_state:  # chosen on another board
        st.session_state["licence"] = [n for n in st.session_state["licence"] if n in names]
    chosen = st.multiselect(
        t("Licences"), names, key="licence", bind="query-params", placeholder=t("Any licence")
    )
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in chosen)
    return [f"licence IN ({quoted})"] if chosen else []


def _dates(known: set[str]) -> list[str]:
    """Offer the first and the last release date."""
    if "release_date" not in known:
        return []
    parts = []
    for column, (end, sign, word) in zip(
        st.columns(2),
        (("after", ">=", mark("Released, from")), ("before", "<=", mark("Released, to"))),
        strict=True,
    ):
        value = column.text_input(
            t(word),
            key=f"released-{end}",
            bind="query-params",
            max_chars=10,
            placeholder="2025-01-31",
        ).strip()
        if value and _DATE.fullmatch(value):
            parts.append(f"release_date {sign} '{value}'")
        elif value:
            safe_html.note(
                "warning", t("A date must be written 2025-01-31, got {value!r}.", value=value)
            )
    return parts


def _switches(known: set[str]) -> list[str]:
    parts = []
    facts = [fact for fact in _SWITCHES if fact in known]
    for column, fact in zip(st.columns(max(2, len(facts))), facts, strict=False):
        chosen = column.segmented_control(
            t(_SWITCHES[fact]),
            list(_ANSWERS),
            **in_address(fact, tuple(_ANSWERS), words=lambda name: t(_ANSWERS[name])),
        )
        if chosen is not None:
            parts.append(fact if chosen == "yes" else f"NOT {fact}")
    return parts


def _explain(known: set[str]) -> None:
    facts = ", ".join(name for name in FACTS if name in known)
    always = ", ".join(name for name in COLUMNS if name not in FACTS)
    said = (
        t("This board states {facts}.", facts=facts)
        if known
        else t("This board states no facts about its models.")
    )
    safe_html.show(
        safe_html.tag(
            "p",
            sentences(
                said,
                t(
                    "A condition may also use {names}. Models are filtered before they are ranked:"
                    " ranks are among those that match. Where a fact is unknown, the model is left"
                    " out.",
                    names=always,
                ),
            ),
            css="rc-words",
        )
    )


@cached(max_entries=256, spinner=mark("Filtering the models …"))
def _answers(board_id: str, condition: str, _board: Board) -> tuple[bool | None, ...]:
    return answer_condition(COLUMNS, model_rows(_board), condition)


def matching(board: Board, board_id: str, condition: str) -> Matches:
    """Return the models of a board of which a condition is true.

    Raises:
        TreatmentError: No model matches.
        QueryError: The condition is wrong.
    """
    answers = _answers(board_id, condition, board)
    return match_models(board, condition, lambda *_: answers)
