"""Show the tab "Which task decides": the ranking with each task left out in turn."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import INK, ink
from dashboard.charts.without import without_cells, without_map
from dashboard.leaderboards.computed import resolution, without_each
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.view import Choice, View
from evaluators.averaging.stability import LeaveOneOut
from evaluators.errors import TreatmentError

_MOST_LINES = 20
"""Most tasks in the heat map."""


def tasks(view: View, choice: Choice) -> None:
    """Show the ranks without each task, and what the board can tell."""
    without_one(view, choice)
    can_tell(view)


def can_tell(view: View) -> None:
    """Show the smallest difference that is seen, and what each task adds."""
    st.header("What this board can tell")
    try:
        found = resolution(view.board_id, view.treatment, view.board)
    except TreatmentError as error:
        safe_html.note("info", error)
        return
    safe_html.note("info", *(safe_html.text(f"{line} ") for line in found.headlines))
    st.dataframe(
        {
            "task": [task.task for task in found.tasks],
            "best": [task.best for task in found.tasks],
            "human": [task.human for task in found.tasks],
            "noise": [task.noise for task in found.tasks],
            "at ceiling": [task.saturated for task in found.tasks],
            "agreement": [task.agreement for task in found.tasks],
            "p": [task.p_value for task in found.tasks],
        },
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format=form)
            for name, form in {"noise": "%.2f", "agreement": "%.2f", "p": "%.1e"}.items()
        },
        alt="What each task adds",
    )
    safe_html.show(
        safe_html.tag(
            "p",
            "Under the arithmetic mean. Noise: how far the scores of the ten best models stand from"
            " what their means say. At ceiling: the best score is within that of the perfect one,"
            " or above the human score. Agreement: Spearman's correlation with the mean of the"
            " other tasks; p that there is none, by Holm over all tasks.",
            css="rc-words",
        )
    )


def without_one(view: View, choice: Choice) -> None:
    """Draw the heat map, and name the tasks that decide first place and human rank."""
    st.header("Which task decides?")
    try:
        without = without_each(view.board_id, view.treatment, view.p, view.board)
    except TreatmentError as error:
        safe_html.note("info", error)
        return
    safe_html.show(
        safe_html.tag(
            "p",
            "Each line leaves out one task with all its columns; each number is the rank of a row"
            f" without it, under the {view.ranking.mean} mean. The tasks that change ranks most are"
            f" on top, {_MOST_LINES} at most.",
            css="rc-question",
        )
    )
    row_of_position = {int(position): i for i, position in enumerate(without.contest.positions)}
    _deciding_tasks(view, without, row_of_position)
    rows = sorted(
        (row_of_position[i] for i in choice.positions if i in row_of_position),
        key=lambda i: (without.contest.ranks[i], i),
    )
    if not rows:
        safe_html.note("info", "None of the selected rows is ranked under this mean.")
        return
    cells = without_cells(
        without.contest.tasks,
        [view.labels[int(without.contest.positions[i])] for i in rows],
        without.contest.ranks[rows],
        without.ranks[:, rows],
    )
    moving = cells[cells.groupby("task").gained.transform(lambda g: g.abs().sum()) > 0]
    still = cells.task.nunique() - moving.task.nunique()
    if still:
        safe_html.show(
            safe_html.tag(
                "p",
                f"{formatting.counted(still, 'task')} of {cells.task.nunique()} change none of"
                " these ranks and are not drawn.",
                css="rc-words",
            )
        )
    if moving.empty:
        return
    cells = moving.head(_MOST_LINES * len(rows))
    shown(
        without_map(cells, ink()),
        paper=lambda: without_map(cells, INK["light"]),
        alternative="Heat map of ranks without each task",
        said=view.said,
        name=f"{view.file_name}-without-one-task",
    )


def _deciding_tasks(view: View, without: LeaveOneOut, row_of_position: dict[int, int]) -> None:
    leader = view.ranking.ranked[0]
    deciding = without.first_rests_on(row_of_position[leader.position])
    first = (
        f" is not first without {_either(deciding)}."
        if deciding
        else " stays first whichever task is left out."
    )
    sentences = [safe_html.Html(safe_html.name(leader.model) + safe_html.text(first))]
    human = next((row for row in view.ranking.ranked if row.is_human), None)
    if human is not None and human.position != leader.position:
        i = row_of_position[human.position]
        moving = without.most_moving(i)
        if moving:
            place = int(without.ranks[without.contest.tasks.index(moving[0]), i])
            sentence = f" has rank {place} instead of {human.rank} without {_either(moving)}."
        else:
            sentence = f" keeps rank {human.rank} whichever task is left out."
        sentences.append(safe_html.Html(safe_html.name(human.model) + safe_html.text(sentence)))
    safe_html.note("info", *sentences)


def _either(names: tuple[str, ...]) -> str:
    named = [*names[:3], *([f"one of {len(names) - 3} more"] if len(names) > 3 else [])]
    return ", or without ".join(named)
