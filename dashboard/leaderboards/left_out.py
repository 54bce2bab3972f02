"""What a ranking leaves out, what is doubtful, and the numbers as printed."""

from __future__ import annotations

import streamlit as st

from dashboard import inert, words
from dashboard.folded import folded
from dashboard.leaderboards.view import View


def reasons(view: View, source: list[tuple[str, str]]) -> None:
    """List the rows left out, the suspect cells, and every number.

    Args:
        view: What is looked at.
        source: Where the board comes from: labels and values.
    """
    board, left = view.board, view.ranking.left_out

    def without_rank() -> None:
        if left:
            st.dataframe(
                {"model": [r.model for r in left], "why": [r.left_out for r in left]},
                hide_index=True,
                alt="Rows left out, and why",
            )
        else:
            st.caption("Every row is ranked.")

    def doubtful() -> None:
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

    def numbers() -> None:
        cells = {column.name: board.values[:, j] for j, column in enumerate(board.columns)}
        st.dataframe({"model": board.models, **cells}, hide_index=True, alt="Scores as printed")
        inert.facts(source)

    rows, cells = words.counted(len(left), "row"), words.counted(len(board.suspect), "cell")
    folded(f"Left out: {rows}, each with its reason", without_rank, key="left-out")
    folded(f"Suspect: {cells}, as printed", doubtful, key="suspect")
    folded("The numbers themselves, and where they come from", numbers, key="cells")
