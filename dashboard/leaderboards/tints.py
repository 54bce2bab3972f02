"""Tint the table of a board: tiers as bands, the human row, and cells near their best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.leaderboards.entries import entries_of
from dashboard.leaderboards.view import View
from evaluators.averaging import RankRow

MOST_STYLED = 6_000
"""Cells up to which tiers and cells are tinted: tinting 3,000 rows takes seconds."""


_COLOURS = {
    "light": {
        "bar": "#0b6a8f",
        "tier": "#eef4f8",
        "human": "#fdf0dd",
        "cell": "11,106,143",
    },
    "dark": {
        "bar": "#4fb3d9",
        "tier": "#17242c",
        "human": "#3a2c14",
        "cell": "79,179,217",
    },
}


def tinted(view: View, frame: pd.DataFrame, rows: Sequence[RankRow], theme: str) -> Any:
    """Return the table with tiers as bands and each task's cells by distance from its best.

    A table of too many cells is returned as it is.
    """
    if frame.size > MOST_STYLED or frame.empty:
        return frame
    colours = _COLOURS["dark" if theme == "dark" else "light"]
    css = pd.DataFrame("", index=frame.index, columns=frame.columns)
    plain = {"rank", "ranks", "interval", "model", "tier", "score"}
    if "tier" in frame:
        late = out_of_turn(frame["tier"])
        odd = (frame["tier"] % 2 == 1).fillna(False).to_numpy(dtype=bool) & ~late
        for column in plain & set(frame.columns) - {"interval"}:
            css.loc[odd, column] = f"background-color: {colours['tier']}"
        css.loc[late, "tier"] = f"color: {colours['bar']}"
    own = entries_of(view)
    tasks = {*own.names, *own.type_means()}
    for column in frame.columns:
        if column.strip() in tasks and pd.api.types.is_float_dtype(frame[column]):
            values = frame[column].to_numpy(dtype=float)
            if np.isnan(values).all():
                continue
            best, middle = np.nanmax(values), np.nanmedian(values)
            share = np.clip((values - middle) / max(best - middle, 1e-9), 0, 1)
            css[column] = [
                ""
                if np.isnan(s) or s <= 0
                else f"background-color: rgba({colours['cell']},{0.3 * s:.2f})"
                for s in share
            ]
    human = [row.is_human for row in rows]
    for column in plain & set(frame.columns) - {"interval"}:
        css.loc[human, column] += f"; background-color: {colours['human']}; font-weight: bold"
    return frame.style.apply(lambda _: css, axis=None)


def out_of_turn(tiers: pd.Series) -> NDArray[np.bool_]:
    """Return which rows belong to an earlier tier than a row above them.

    Rows are told apart pair by pair: one whose tasks vary more can be in the first tier below rows
    that are not.
    """
    known = tiers.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    before = np.fmax.accumulate(np.concatenate([[-np.inf], known]))[:-1]
    return np.asarray(known < before)


def bar_colour(theme: str) -> str:
    """Return the colour of intervals in a theme."""
    return _COLOURS["dark" if theme == "dark" else "light"]["bar"]
