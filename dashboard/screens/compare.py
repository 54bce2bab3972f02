"""How do two checkpoints, or two nights, differ on the same questions?"""

from __future__ import annotations

import streamlit as st

from dashboard import formatting, safe_html
from dashboard.compared.sides import checkpoints, nights
from dashboard.queries import compare, overview
from dashboard.queries.frame import records
from dashboard.reading import read

CHECKPOINTS, NIGHTS = "Two checkpoints", "Two nights"

safe_html.heading("Compare", "How do two checkpoints, or two nights, differ on the same questions?")


def choose(names: dict[str, str], what: str, usual: tuple[str, str]) -> tuple[str, str]:
    """Let people choose both sides; return their ids."""
    left, right = st.columns(2)
    places = list(names)
    chosen = []
    for place, side, first in ((left, "left", usual[0]), (right, "right", usual[1])):
        wanted = st.query_params.get(side)
        index = places.index(wanted if wanted in names else first)
        chosen.append(
            place.selectbox(
                side.capitalize(),
                places,
                index=index,
                format_func=names.__getitem__,
                key=f"{what}-{side}",
            )
        )
    st.query_params.update({"what": what, "left": chosen[0], "right": chosen[1]})
    return chosen[0], chosen[1]


def two_checkpoints() -> None:
    """Compare two checkpoints on the rows and parameters that both were measured with."""
    found = read(compare.checkpoints)
    if len(found) < 2:
        safe_html.note(
            "info",
            f"The store has {formatting.counted(len(found), 'checkpoint')}: it takes two. Name"
            " another"
            " one in a plan, and run it:",
        )
        st.code("rankcheck run plans/nightly.yaml", language="bash")
        return
    digests = list(found.checkpoint_digest)
    twice = found.checkpoint.duplicated(keep=False)
    names = {
        row.checkpoint_digest: f"{row.checkpoint} ({row.checkpoint_digest[:8]})"
        if again
        else str(row.checkpoint)
        for row, again in zip(records(found), twice, strict=True)
    }
    left, right = choose(names, "checkpoints", read(compare.best_pair) or (digests[1], digests[0]))
    if left == right:
        safe_html.note("info", "Both sides are the same checkpoint: choose another.")
        return
    rows = read(compare.sides, left, right)
    if rows.empty:
        safe_html.note(
            "info",
            "The two were never measured on the same rows with the same parameters. Name both in"
            " one plan, and run it:",
        )
        st.code("rankcheck run plans/nightly.yaml", language="bash")
        return
    checkpoints(rows, names[left], names[right])


def two_nights() -> None:
    """Compare what stood at the end of one night with what stood at the end of another."""
    found = read(overview.nights, 100)
    if len(found) < 2:
        safe_html.note("info", "Fewer than two nights have run. Each run of a plan is one:")
        st.code("rankcheck run plans/nightly.yaml", language="bash")
        return
    names = {
        str(row.night_id): f"{formatting.moment(row.started_at)}, {row.finished} done,"
        f" {row.failed} failed ({str(row.night_id)[:8]})"
        for row in records(found)
    }
    newest, before = list(names)[:2]
    left, right = choose(names, "nights", (before, newest))
    if left == right:
        safe_html.note("info", "Both sides are the same night: choose another.")
        return
    nights(read(compare.nights, left, right), names[left], names[right])


wanted = NIGHTS if st.query_params.get("what") == "nights" else CHECKPOINTS
if read(overview.nights, 1).empty:
    safe_html.note("info", "Nothing has run yet. This fills the store in about a minute:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    st.stop()
chosen = st.segmented_control("Compare", [CHECKPOINTS, NIGHTS], default=wanted, key="compare-what")
if (chosen or wanted) == NIGHTS:
    two_nights()
else:
    two_checkpoints()
