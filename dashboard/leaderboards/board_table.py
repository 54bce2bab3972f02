"""Make the table of a board: rank with its interval, tier, score, means of types, and tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.language import mark, t
from dashboard.leaderboards.computed import Spread
from dashboard.leaderboards.interval_pictures import interval_pictures
from dashboard.leaderboards.rank_words import short, span_of
from dashboard.leaderboards.tiers import Groups, why_none
from dashboard.leaderboards.view import Choice, View
from evaluators.averaging import Board, ComparedRow, RankRow, treat
from evaluators.model_facts.facts import FACTS

MOST_STYLED = 6_000
"""Cells up to which tiers and cells are tinted: tinting 3,000 rows takes seconds."""

_FEW_TASKS, _FIT = 12, 14
_NARROWEST, _WIDEST, _LETTER = 96, 200, 7.6  # pixels of a column, and of a letter of its head
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
_SEEN = 50  # rows whose names the width of their column fits
INTERVAL, TIER, TYPES = mark("interval"), mark("tier"), mark("task types")
TASKS, MEANS = mark("tasks"), mark("ranks by mean")
PUBLISHED, SUBMITTER = mark("published"), mark("submitted by")
MOVES = mark("moves between means")


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


def column_choices(board: Board) -> list[str]:
    """Return the groups of columns that a board has, as people choose them."""
    known = {fact for facts in board.facts for fact in facts}
    types = {column.type for column in board.columns if column.type}
    return [
        INTERVAL,
        TIER,
        *([TYPES] if len(types) > 1 else []),
        TASKS,
        MEANS,
        MOVES,
        *([PUBLISHED] if not np.isnan(board.published).all() else []),
        *([SUBMITTER] if any(board.submitted_by) else []),
        *(fact for fact in FACTS if fact in known),
    ]


def columns_at_first(board: Board) -> list[str]:
    """Return the groups that a board opens with: types where there are some, else few tasks."""
    able = column_choices(board)
    tasks = len({column.split_of or column.task for column in board.columns})
    more = [TYPES] if TYPES in able else []
    if not more or tasks <= _FEW_TASKS:
        more.append(TASKS)
    return [INTERVAL, TIER, *more, *(["parameters"] if "parameters" in able else [])]


def shown_rows(view: View, choice: Choice) -> Sequence[RankRow]:
    """Return the rows of the table: ranked ones, or what was searched; humans and pins always."""
    return [
        row
        for row in view.ranking.rows
        if row.is_human
        or row.position in choice.pinned
        or (choice.found is not None and row.position in choice.found)
        or (choice.found is None and row.rank is not None)
    ]


def board_frame(
    view: View,
    rows: Sequence[RankRow],
    sure: Spread | None,
    groups: Groups | None,
    wanted: Collection[str],
    colour: str,
) -> pd.DataFrame:
    """Return the table of the rows.

    Args:
        view: Board, treatment and mean.
        rows: The rows, in order.
        sure: Rank intervals; None if nothing is ranked.
        groups: Tiers; None for no such column. Where the board has none, the column is empty, and
            its head says why.
        wanted: The groups of columns.
        colour: Colour of the intervals.
    """
    places = [row.position for row in rows]
    spans = sure.ranks if sure is not None and sure.tasks > 1 else {}
    frame: dict[str, Any] = {"rank": pd.array([row.rank for row in rows], dtype="Int64")}
    frame["model"] = [_name(row) for row in rows]
    if sure is not None and sure.tasks > 1 and INTERVAL in wanted:
        drawn = interval_pictures(
            [row.rank for row in rows], [spans.get(i) for i in places], colour
        )
        frame["ranks"] = [span_of(spans.get(i)) for i in places]
        frame["interval"] = drawn
    if groups is not None and TIER in wanted:
        frame["tier"] = pd.array([groups.tiers.get(i) for i in places], dtype="Int64")
    frame["score"] = [None if row.score is None else view.times * row.score for row in rows]
    own = entries_of(view)
    taken = set(frame)
    if TYPES in wanted:
        for kind, means in own.type_means().items():
            frame[_free(kind, taken)] = means[places]
    if MEANS in wanted:
        by_position = {row.position: row for row in view.comparison.rows}
        for mean in view.means:
            frame[_free(f"rank {short(mean)}", taken)] = pd.array(
                [by_position[i].ranks[mean] for i in places], dtype="Int64"
            )
    if MOVES in wanted:
        compared = {row.position: row for row in view.comparison.rows}
        moves = [moves_in_words(compared[i], view.ranking.mean) for i in places]
        frame[_free("moves", taken)] = moves
    if PUBLISHED in wanted:
        frame["published"] = view.board.published[places]
    if SUBMITTER in wanted:
        frame["submitted by"] = [view.board.submitted_by[i] for i in places]
    for fact in FACTS:
        if fact in wanted:
            frame[_free(fact.replace("_", " "), taken)] = [
                _fact(view.board, i, fact) for i in places
            ]
    if TASKS in wanted:
        for g, task in enumerate(own.names):
            frame[_free(task, taken)] = own.values[places, g]
    if any(row.rank is None for row in rows):
        frame["why not ranked"] = [row.left_out or "" for row in rows]
    elif any(row.flags for row in rows):
        frame["remark"] = ["; ".join(row.flags) for row in rows]
    return pd.DataFrame(frame)


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no column has: a board may have a task named `rank`."""
    while name in taken:
        name += " "
    taken.add(name)
    return name


def _name(row: RankRow) -> str:
    one_line = " ".join(row.model.split())
    return t("{model} (human)", model=one_line) if row.is_human else one_line


def _fact(board: Board, i: int, name: str) -> Any:
    fact = board.facts[i].get(name)
    return None if fact is None else fact.value


def board_config(view: View, frame: pd.DataFrame, groups: Groups | None) -> dict[str, Any]:
    """Return how Streamlit shows each column."""
    number = st.column_config.NumberColumn
    score = t("score ×100") if view.times == 100 else t("score")
    # Streamlit writes pinned columns in grey: only where the table is scrolled sideways anyway.
    pinned = len(frame.columns) > _FIT
    config: dict[str, Any] = {
        "rank": number(t("rank"), pinned=pinned, width=52),
        "ranks": st.column_config.TextColumn(
            "95%", width=72, help=t("95% interval of the rank over other draws of the tasks")
        ),
        "interval": st.column_config.ImageColumn(
            t("interval"),
            width=132,
            help=t(
                "The rank on its 95% interval. All rows have one axis, from the first to the"
                " last rank of these rows; logarithmic from a hundred ranks on."
            ),
        ),
        "model": st.column_config.TextColumn(t("model"), pinned=pinned, width=_model_width(frame)),
        "tier": number(
            t("tier"),
            width=48,
            help=(why_none(groups) if groups is not None else "")
            or t(
                "A tier: its first row, and all that cannot be told apart from it. Found among"
                " the first 500 rows."
            ),
        ),
        "score": number(score, format=f"%.{view.digits}f", width=84),
        "published": number(t("published"), format="%.4g", help=t("As the board printed it")),
        "parameters": number(t("parameters"), format="compact"),
        "active parameters": number(t("active parameters"), format="compact"),
        "dimensions": number(t("dimensions"), format="localized"),
        "context tokens": number(t("context tokens"), format="localized"),
        "step": number(t("step"), format="localized"),
        "zero shot": number(t("zero shot"), format="percent"),
    }
    own = entries_of(view)
    data = {*own.names, *own.type_means()}
    for column in frame.columns:
        name = column.strip()
        if column not in config and pd.api.types.is_float_dtype(frame[column]):
            head = name if name in data else t(name)
            # A head that is cut says the whole name under the pointer.
            cut = len(head) * _LETTER > _WIDEST
            width = min(_WIDEST, max(_NARROWEST, round(len(head) * _LETTER)))
            config[column] = number(head, format="%.1f", width=width, help=head if cut else None)
        elif name.startswith("rank ") and column not in config:
            config[column] = t("rank {mean}", mean=name.removeprefix("rank "))
    return config


def _model_width(frame: pd.DataFrame) -> int:
    """Return the pixels of the column of models, for names that are not very long."""
    longest = int(frame.model.head(_SEEN).str.len().max()) if len(frame) else 0
    return min(400, max(250, round(longest * _LETTER)))


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


def moves_in_words(row: ComparedRow, mean: str) -> str:
    """Return how far a model moves from one mean to the others, such as `GM ↑2 · HM ↓3`.

    Args:
        row: Its ranks under each mean.
        mean: The mean that the others are compared with.
    """
    here = row.ranks[mean]
    parts = []
    for other, rank in row.ranks.items():
        if other == mean:
            continue
        if here is None or rank is None:
            arrow = "–"
        elif here == rank:
            arrow = "="
        else:  # a smaller rank is a move up
            arrow = f"{'↑' if rank < here else '↓'}{abs(here - rank)}"
        parts.append(f"{short(other)} {arrow}")
    return " · ".join(parts)


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
