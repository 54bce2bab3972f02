"""The compare page: models of a board, two checkpoints, or two plan runs, on the same tasks."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import formatting, links, safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.compared.models_of_board import models_of_board
from dashboard.compared.sides import checkpoints, nights
from dashboard.language import mark, option_labels, t
from dashboard.leaderboards import task_choice
from dashboard.one_model.door import door
from dashboard.queries import boards, compare, overview
from dashboard.queries.frame import records
from dashboard.reading import read

MODELS, CHECKPOINTS = mark("Models of a board"), mark("Two checkpoints")
PLAN_RUNS = mark("Two plan runs")
_KINDS = {"models": MODELS, "checkpoints": CHECKPOINTS, "nights": PLAN_RUNS}

st.html(Path(__file__).parents[1] / "leaderboards.css")
safe_html.heading(
    t("Compare"), t("How do two models, checkpoints or plan runs differ on the same tasks?")
)


def choose(names: dict[str, str], comparison: str, default: tuple[str, str]) -> tuple[str, str]:
    """Offer a choice of both sides, and return their ids."""
    left, right = st.columns(2)
    places = list(names)
    chosen = []
    for place, side, first in ((left, "left", default[0]), (right, "right", default[1])):
        requested = st.query_params.get(side)
        links.expect(side, places, t("the left side") if side == "left" else t("the right side"))
        index = places.index(requested if requested in names else first)
        chosen.append(
            place.selectbox(
                t("Left") if side == "left" else t("Right"),
                places,
                index=index,
                format_func=names.__getitem__,
                key=f"{comparison}-{side}",
            )
        )
    first, second = (names[name] for name in chosen)
    links.complain(t("Compared are {first} and {second}.", first=first, second=second))
    st.query_params.update({"what": comparison, "left": chosen[0], "right": chosen[1]})
    return chosen[0], chosen[1]


def two_checkpoints() -> None:
    """Compare two checkpoints on the rows and parameters that both have."""
    known = read(compare.checkpoints)
    if len(known) < 2:
        safe_html.note(
            "info",
            t(
                "A comparison needs two checkpoints, but the store has {count}. Add another one"
                " to a plan and run it:",
                count=len(known),
            ),
        )
        safe_html.code("rankcheck run plans/nightly.yaml")
        return
    digests = list(known.checkpoint_digest)
    duplicates = known.checkpoint.duplicated(keep=False)
    names = {
        row.checkpoint_digest: f"{row.checkpoint} ({row.checkpoint_digest[:8]})"
        if is_duplicate
        else str(row.checkpoint)
        for row, is_duplicate in zip(records(known), duplicates, strict=True)
    }
    left, right = choose(names, "checkpoints", read(compare.best_pair) or (digests[1], digests[0]))
    if left == right:
        safe_html.note("info", t("Both sides are the same checkpoint. Choose another."))
        return
    rows = read(compare.sides, left, right)
    if rows.empty:
        safe_html.note(
            "info",
            t(
                "The two were never measured on the same rows with the same parameters. Put"
                " both into one plan and run it:"
            ),
        )
        safe_html.code("rankcheck run plans/nightly.yaml")
        return
    own = dict(zip(known.checkpoint_digest, known.checkpoint, strict=True))
    with st.container(horizontal=True):
        for name in dict.fromkeys((str(own[left]), str(own[right]))):
            door(name)
        open_as_sql(sql_of(compare.sides, left, right))
    checkpoints(rows, names[left], names[right])


def two_plan_runs() -> None:
    """Compare the states of the store after two plan runs."""
    plan_runs = read(overview.nights, 100)
    if len(plan_runs) < 2:
        safe_html.note("info", t("A comparison needs two plan runs. Run a plan:"))
        safe_html.code("rankcheck run plans/nightly.yaml")
        return
    names = {
        str(row.night_id): t(
            "{when}, {finished} done, {failed} failed ({id})",
            when=formatting.moment(row.started_at),
            finished=row.finished,
            failed=row.failed,
            id=str(row.night_id)[:8],
        )
        for row in records(plan_runs)
    }
    newest, previous = list(names)[:2]
    left, right = choose(names, "nights", (previous, newest))
    if left == right:
        safe_html.note("info", t("Both sides are the same plan run. Choose another."))
        return
    open_as_sql(sql_of(compare.nights, left, right))
    nights(read(compare.nights, left, right), names[left], names[right])


links.expect_names(("what", "left", "right", "board", "snapshot", "model", "p", *task_choice.KEYS))
links.expect("what", tuple(_KINDS), t("a comparison of"))
asked = st.query_params.get("what", "")
usual = MODELS if "left" not in st.query_params and len(read(boards.boards)) else CHECKPOINTS
wanted = _KINDS.get(asked, usual)
chosen = st.segmented_control(
    t("Compare"),
    list(_KINDS.values()),
    default=wanted,
    format_func=option_labels(_KINDS.values()),
    key="compare-what",
)
kind = chosen or wanted
if kind == MODELS:
    st.query_params["what"] = "models"
    models_of_board()
elif read(overview.nights, 1).empty:
    safe_html.note(
        "info", t("No plan has run yet. This command fills the store in about a minute:")
    )
    safe_html.code("rankcheck run plans/quickstart.yaml")
elif kind == PLAN_RUNS:
    two_plan_runs()
else:
    two_checkpoints()
