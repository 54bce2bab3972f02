"""What a ranking leaves out, what is doubtful, and the numbers as printed."""

from __future__ import annotations

import streamlit as st

from dashboard import inert, words
from dashboard.leaderboards.view import View


def reasons(view: View, source: list[tuple[str, str]]) -> None:
    """List the rows left out, the suspect cells, and every number.

    Args:
        view: What is looked at.
        source: Where the board comes from: labels and values.
    """
    board, left = view.board, view.ranking.left_out
    with st.expander(f"Left out: {words.counted(len(left), 'row')}, each with its reason"):
        if left:
            st.dataframe(
                {"model": [r.model for r in left], "why": [r.left_out for r in left]},
                hide_index=True,
                alt="Rows left out, and why",
            )
        else:
            st.caption("Every row is ranked.")
    with st.expander(f"Suspect: {words.counted(len(board.suspect), 'cell')}, as printed"):
        if board.suspect:
            suspects = sorted(board.suspect.items())
            st.dataframe(
                {
                    "model": [board.models[i] for (i, _), _ in suspects],
                    "column": [board.columns[j].name for (_, j), _ in suspects],
                    "value": [board.values[i, j] for (i, j), _ in suspects],
                    "why": [why for _, why in suspects],
                },
                hide_index=True,
                alt="Suspect cells",
            )
        else:
            st.caption("No cell of this snapshot is flagged suspect.")
    with st.expander("The numbers themselves, and where they come from"):
        cells = {column.name: board.values[:, j] for j, column in enumerate(board.columns)}
        st.dataframe({"model": board.models, **cells}, hide_index=True, alt="Scores as printed")
        inert.facts(source)
