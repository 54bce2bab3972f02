"""What enters the mean of each model of a view: scores of tasks or metrics, and means of types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.leaderboards.view import View
from evaluators.averaging import Board, treat


@dataclass(frozen=True)
class Entries:
    """What enters the mean of each model: n models × g entries, in the page's unit.

    Attributes:
        names: g names of tasks or metrics.
        types: g types; empty where a task has none.
        values: (n, g), NaN where there is nothing.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    values: NDArray[np.float64]

    def type_means(self) -> dict[str, NDArray[np.float64]]:
        """Return (n,) arithmetic means of each type, NaN where a task of it is missing."""
        kinds = [kind for kind in dict.fromkeys(self.types) if kind]
        if len(kinds) < 2 or len(kinds) == len(self.names):
            return {}
        of = np.array(self.types)
        return {kind: np.asarray(self.values[:, of == kind].mean(axis=1)) for kind in kinds}


@st.cache_resource(max_entries=64, show_spinner=False)
def entries(board_id: str, view_key: tuple[Any, ...], _view: View) -> Entries:
    """Return the entries of the mean of a view."""
    matrix = treat(_view.board, _view.treatment, _view.p)
    types = _types(_view.board)
    return Entries(
        matrix.columns,
        tuple(types.get(name, "") for name in matrix.columns),
        _view.times * matrix.values,
    )


def entries_of(view: View) -> Entries:
    """Return the entries of the mean of a view, kept while it is open."""
    return entries(view.board_id, (view.treatment, view.p), view)


def _types(board: Board) -> Mapping[str, str]:
    return {
        name: column.type
        for column in board.columns
        if column.type
        for name in (column.split_of, column.task, column.name)
        if name
    }
