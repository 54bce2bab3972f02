"""Make the table of a board: rank with its interval, tier, score, means of types, and tasks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.claims.reasons import translated
from dashboard.formatting import score_head
from dashboard.language import mark, t
from dashboard.leaderboards.computed import Spread
from dashboard.leaderboards.entries import entries_of
from dashboard.leaderboards.interval_pictures import interval_pictures
from dashboard.leaderboards.rank_words import short, span_of
from dashboard.leaderboards.tiers import Groups, why_none
from dashboard.leaderboards.view import Choice, View
from evaluators.averaging import Board, ComparedRow, RankRow
from evaluators.model_facts.facts import FACTS

_FEW_TASKS, FIT = 12, 14
_NARROWEST, _WIDEST, _LETTER = 96, 200, 7.6  # pixels of a column, and of a letter of its head
_ON_PHONE = 150  # pixels of the names that stay in place there: wider ones would not stay
_SEEN = 50  # rows whose names the width of their column fits
INTERVAL, TIER, TYPES = mark("interval"), mark("tier"), mark("task types")
TASKS, MEANS = mark("tasks"), mark("ranks by mean")
PUBLISHED, SUBMITTER = mark("published"), mark("submitted by")
MOVES = mark("moves between means")


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
    times = view.times  # looks at every task
    frame["score"] = [None if row.score is None else times * row.score for row in rows]
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
        frame["why not ranked"] = [translated(row.left_out or "") for row in rows]
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
    # Streamlit writes pinned columns in grey: only where the table is scrolled sideways anyway.
    phone = _on_phone()
    pinned = phone or len(frame.columns) > FIT
    wide = _model_width(frame)
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
        "model": st.column_config.TextColumn(
            t("model"), pinned=pinned, width=min(wide, _ON_PHONE) if phone else wide
        ),
        "tier": number(
            t("tier"),
            width=48,
            help=(why_none(groups) if groups is not None else "")
            or t(
                "A tier: its first row, and all that cannot be told apart from it. Found among"
                " the first 500 rows."
            ),
        ),
        "score": number(score_head(view.times), format=f"%.{view.digits}f", width=84),
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


def _on_phone() -> bool:
    """Return whether the reader's browser says that it is a phone's."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def _model_width(frame: pd.DataFrame) -> int:
    """Return the pixels of the column of models, for names that are not very long."""
    longest = int(frame.model.head(_SEEN).str.len().max()) if len(frame) else 0
    return min(400, max(250, round(longest * _LETTER)))


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
