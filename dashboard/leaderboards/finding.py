"""What a board says in a line: who leads, how sure that is, and whether its averages add up.

The store keeps the ranks and tiers of every import, so most of a line is known at once. The rest
takes a third of a second for 400 models on 130 tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from dashboard.formatting import is_missing
from dashboard.language import mark
from dashboard.leaderboards.computed import spread
from dashboard.leaderboards.task_choice import opens_on, too_few
from dashboard.leaderboards.tiers import groups_of
from dashboard.leaderboards.view import view_of
from dashboard.queries import boards
from dashboard.reading import read
from evaluators.averaging import Board, Treatment
from evaluators.averaging.audit.recompute import FURTHER, best_fit, recompute_all
from evaluators.averaging.common_tasks import common_tasks, complete_cells
from evaluators.averaging.selection import Selection, select
from evaluators.errors import EvaluatorError


@dataclass(frozen=True)
class Finding:
    """What a board says under the arithmetic mean of the tasks that it opens on.

    Attributes:
        said: Why nobody leads, marked for translation; empty where somebody does.
        tasks: How many tasks the board has.
        leader: The first model; empty where it is not known yet.
        group: How many models cannot be told apart from the leader, itself included; None where
            the board has no tiers, or they are not known yet.
        human: Rank of the first human row; None without one.
        sure: Share of other draws of the tasks in which the leader is first; None where it is not
            known, or there is one task alone.
        adds_up: How many of how many published averages follow from the scores; None where it is
            not known yet.
    """

    said: str = ""
    tasks: int | None = None
    leader: str = ""
    group: int | None = None
    human: int | None = None
    sure: float | None = None
    adds_up: tuple[int, int] | None = None


UNKNOWN = Finding()
"""Of a board that is still to be ranked."""


def of_store(row: Any) -> Finding:
    """Return what the store knows of a board; `UNKNOWN` where it is to be computed.

    Args:
        row: The board's row of `queries.tiles.boards`.
    """
    if too_few(int(row.ranked), int(row.models)):  # it opens on other tasks than the store ranks
        return UNKNOWN
    return Finding(
        tasks=int(row.tasks),
        leader=" ".join(row.leader.split()),
        group=int(row.together) or None,
        human=None if is_missing(row.human) else int(row.human),
    )


@st.cache_resource(show_spinner=False)
def computed() -> dict[str, Finding]:
    """Return what has been computed of each import of a board; an import never changes."""
    return {}


def compute(board: str, snapshot: str, board_id: str, stored: Finding = UNKNOWN) -> Finding:
    """Return all that a board says, computed once for each import.

    Args:
        board: The board.
        snapshot: The snapshot.
        board_id: Its import.
        stored: What the store knows of it: the tiers are taken from there.
    """
    kept = computed()
    if board_id not in kept:
        kept[board_id] = _compute(board, snapshot, board_id, stored)
    return kept[board_id]


def _compute(board: str, snapshot: str, board_id: str, stored: Finding) -> Finding:
    try:
        whole = read(boards.board, board, snapshot)
        opened, treatment = as_opened(whole, board_id)
        view = view_of(opened, board_id, treatment, 1.0)
    except EvaluatorError:
        said = mark("needs a choice of how scores are combined")
        return Finding(said=said)
    tasks, adds_up = len(complete_cells(opened)[0]), _adds_up(whole)
    if not view.ranking.ranked:
        return Finding(said=mark("nobody is ranked"), tasks=tasks, adds_up=adds_up)
    first = view.ranking.ranked[0]
    sure = spread(board_id, treatment, 1.0, opened)
    group = stored.group
    if group is None:
        tiers = groups_of(board_id, treatment, 1.0, opened).tiers
        group = list(tiers.values()).count(1) or None
    return Finding(
        tasks=tasks,
        leader=" ".join(first.model.split()),
        group=group,
        human=None if view.human is None else view.human.rank,
        sure=sure.first[first.position] if sure.tasks > 1 else None,
        adds_up=adds_up,
    )


def as_opened(whole: Board, board_id: str) -> tuple[Board, Treatment]:
    """Return a board with the tasks that its page opens on, and the treatment that says so."""
    if opens_on(board_id, whole) == "common":
        tasks = common_tasks(whole)
        return select(whole, Treatment(), Selection(tasks=tasks, name="common tasks"))
    return whole, Treatment()


def _adds_up(whole: Board) -> tuple[int, int]:
    """Return how many of how many published averages follow from the scores."""
    if np.isnan(whole.published).all():
        return 0, 0
    best = best_fit(recompute_all(whole))
    if best is None or best.agree < best.compared:
        best = best_fit([*filter(None, [best]), *recompute_all(whole, FURTHER)])
    return 0 if best is None else best.agree, int((~np.isnan(whole.published)).sum())
