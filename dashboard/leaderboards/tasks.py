"""Show the tab "Which task decides": the ranking with each task left out in turn."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.charts.drawing import INK, ink
from dashboard.charts.without import cut_names, without_cells, without_map
from dashboard.claims.reasons import translated
from dashboard.language import mark, nt, t
from dashboard.leaderboards.board_sql import without_sql
from dashboard.leaderboards.computed import resolution, without_each
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.rank_words import mean_words
from dashboard.leaderboards.view import Choice, View
from dashboard.tables import table
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
    st.header(t("What this board can tell"))
    try:
        found = resolution(view.board_id, view.treatment, view.board)
    except TreatmentError as error:
        safe_html.note("info", translated(str(error)))
        return
    safe_html.note("info", *(safe_html.text(f"{translated(line)} ") for line in found.headlines))
    table(
        pd.DataFrame(
            {
                "task": [task.task for task in found.tasks],
                "best": [task.best for task in found.tasks],
                "human": [task.human for task in found.tasks],
                "noise": [task.noise for task in found.tasks],
                "at ceiling": [task.saturated for task in found.tasks],
                "agreement": [task.agreement for task in found.tasks],
                "p": [task.p_value for task in found.tasks],
            }
        ),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(t(name), format=form)
            for name, form in {
                mark("noise"): "%.2f",
                mark("agreement"): "%.2f",
                "p": "%.1e",
            }.items()
        },
        alt=t("What each task adds"),
    )
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "Under the arithmetic mean. Noise: how far the scores of the ten best models"
                " stand from what their means say. At ceiling: the best score is within that of"
                " the perfect one, or above the human score. Agreement: Spearman's correlation"
                " with the mean of the other tasks; p that there is none, by Holm over all"
                " tasks."
            ),
            css="rc-words",
        )
    )


def without_one(view: View, choice: Choice) -> None:
    """Draw the heat map, and name the tasks that decide first place and human rank."""
    st.header(t("Which task decides?"))
    try:
        without = without_each(view.board_id, view.treatment, view.p, view.board)
    except TreatmentError as error:
        safe_html.note("info", translated(str(error)))
        return
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "Each line leaves out one task with all its columns; each number is the rank of"
                " a row without it, under the {mean}. The tasks that change ranks most"
                " are on top, {most} at most.",
                mean=mean_words(view.ranking.mean),
                most=_MOST_LINES,
            ),
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
        safe_html.note("info", t("None of the selected rows is ranked under this mean."))
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
                nt(
                    "{count:,} task of {all} changes none of these ranks and is not drawn.",
                    "{count:,} tasks of {all} change none of these ranks and are not drawn.",
                    still,
                    all=cells.task.nunique(),
                ),
                css="rc-words",
            )
        )
    if moving.empty:
        return
    cells = moving.head(_MOST_LINES * len(rows))
    positions = [int(without.contest.positions[i]) for i in rows]
    shown(
        without_map(cells, ink()),
        paper=lambda: without_map(cells, INK["light"]),
        alternative=t("Heat map of ranks without each task"),
        said=view.said,
        name=f"{view.file_name}-without-one-task",
        sql=without_sql(view, cells.task.unique().tolist(), positions),
    )
    safe_html.names_in_full(cut_names(cells))


def _deciding_tasks(view: View, without: LeaveOneOut, row_of_position: dict[int, int]) -> None:
    leader = view.ranking.ranked[0]
    deciding = without.first_rests_on(row_of_position[leader.position])
    model = safe_html.name(leader.model)
    sentences = [
        safe_html.sentence(
            "{model} is not first without {tasks}.", model=model, tasks=_either(deciding)
        )
        if deciding
        else safe_html.sentence("{model} stays first whichever task is left out.", model=model)
    ]
    human = next((row for row in view.ranking.ranked if row.is_human), None)
    if human is not None and human.position != leader.position:
        i = row_of_position[human.position]
        moving = without.most_moving(i)
        if moving:
            place = int(without.ranks[without.contest.tasks.index(moving[0]), i])
            sentences.append(
                safe_html.sentence(
                    "{model} has rank {place} instead of {rank} without {tasks}.",
                    model=safe_html.name(human.model),
                    place=place,
                    rank=human.rank,
                    tasks=_either(moving),
                )
            )
        else:
            sentences.append(
                safe_html.sentence(
                    "{model} keeps rank {rank} whichever task is left out.",
                    model=safe_html.name(human.model),
                    rank=human.rank,
                )
            )
    safe_html.note("info", *sentences)


def _either(names: tuple[str, ...]) -> str:
    more = [t("one of {count} more", count=len(names) - 3)] if len(names) > 3 else []
    named = [*names[:3], *more]
    return t(", or without ").join(named)
