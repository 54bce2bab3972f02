"""The page of one model: its ranks on boards, its tasks, what was measured here, its weights."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, links, safe_html
from dashboard.language import nt, sentences, t
from dashboard.one_model.identity import Identity, find_model
from dashboard.one_model.measured_here import measured_here, provenance
from dashboard.one_model.on_boards import (
    by_task,
    place_in_words,
    ranks_table,
    standings,
    title_of,
)
from dashboard.queries import model_boards, model_runs
from dashboard.queries.frame import records
from dashboard.reading import read, store

_SAID = 3  # boards in the answer


def choose(names: list[str], wanted: str | None) -> None:
    """Offer every model of a board, and every checkpoint."""

    def name() -> None:
        if st.session_state["find-model"] is not None:
            st.query_params["model"] = st.session_state["find-model"]
            st.query_params.pop("board", None)

    st.selectbox(
        t("Find a model"),
        names,
        index=names.index(wanted) if wanted in names else None,
        key="find-model",
        placeholder=t("Find a model"),
        label_visibility="collapsed",
        on_change=name,
    )


def answer(model: Identity, on: pd.DataFrame) -> str:
    """Return in sentences where a model stands, and whether it was measured here."""
    if on.empty:
        parts = [t("No board here has this model.")]
    else:
        ranked = [row for row in records(on) if not formatting.is_missing(row.rank)]
        said = [f"{title_of(row)}: {place_in_words(row)}" for row in ranked[:_SAID]]
        boards = int(on.board.nunique())
        parts = [
            nt("On {count} board.", "On {count} boards.", boards),
            *(t("{sentence}.", sentence=s) for s in said),
        ]
    if len(model.names) > 1:
        parts.append(t("Also named {names}.", names=", ".join(model.names[1:])))
    return sentences(*parts)


wanted = st.query_params.get("model")
checkpoints = (
    read(model_runs.checkpoints)
    if store().exists()
    else pd.DataFrame(columns=["name", "source", "checkpoint_digest"])
)
on_boards = read(model_boards.names)
model = find_model(wanted, on_boards, checkpoints) if wanted else None
head, choice = st.columns([3, 2], vertical_alignment="top")
with choice:
    choose(
        sorted({*on_boards, *checkpoints["name"]}, key=str.casefold),
        model.name if model is not None else None,
    )
with head:
    if model is None:
        safe_html.heading(t("Model"), t("Where does a model stand, and what was measured of it?"))
    else:
        safe_html.show(safe_html.tag("h1", safe_html.name(model.name), css="rc-title"))
        safe_html.name_tab(f"{model.name} · {t('Model')}")
if model is None:
    if wanted:
        links.say_missing(t("model"), wanted)
    safe_html.note("info", t("Choose a model above, or tick one in the table of a board."))
    if checkpoints.empty:
        safe_html.note("info", t("No checkpoint was measured here. This command measures one:"))
        safe_html.code("rankcheck run plans/quickstart.yaml")
    st.stop()
on = standings(read(model_boards.rows, model.folded))
safe_html.show(safe_html.tag("p", answer(model, on), css="rc-answer"))
if len(on):
    ranks_table(on)
    by_task(on)
measured_here(model.digests)
provenance(checkpoints[checkpoints.checkpoint_digest.isin(model.digests)], on)
