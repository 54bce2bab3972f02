"""Show the tab "Trajectory": scores along training runs, and where they jump."""

from __future__ import annotations

import itertools

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.charts.steps import MOST_RUNS, step_lines
from dashboard.claims.reasons import translated
from dashboard.folded import in_address
from dashboard.language import cached, mark, t
from dashboard.leaderboards.board_sql import steps_sql
from dashboard.leaderboards.computed import SEED
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.rank_words import mean_words
from dashboard.leaderboards.view import View
from dashboard.tables import table
from evaluators.averaging import Board
from evaluators.errors import TreatmentError
from evaluators.trajectories.change_points import LEAST_POINTS
from evaluators.trajectories.runs import (
    MEAN,
    Curve,
    TrainingRun,
    board_curves,
    training_runs,
)
from evaluators.trajectories.summary import CurveSummary, summarize


def has_trajectory(board: Board) -> bool:
    """Return whether rows of a board are steps of a training run."""
    try:
        return bool(training_runs(board))
    except TreatmentError:  # two rows are one step: the tab says so
        return True


@cached(max_entries=64, spinner=mark("Looking for jumps …"))
def _summaries(of: tuple[str, ...], _curves: tuple[Curve, ...]) -> tuple[CurveSummary, ...]:
    return summarize(_curves, seed=SEED)


def trajectory(view: View) -> None:
    """Draw a task, or the mean, along the board's training runs, and describe each curve."""
    st.header(t("Along the training"))
    try:
        found = board_curves(view.board, view.treatment, view.p)
    except TreatmentError as error:
        safe_html.note("info", translated(str(error)))
        return
    tasks = list(dict.fromkeys(curve.task for curve in found.curves))
    tasks = [name for name in (MEAN, *tasks) if name in tasks]
    names = [run.name for run in found.runs]
    left, right = st.columns([2, 3])
    for key, known in (("curve", tasks), ("training", names)):  # chosen on another board
        chosen = st.session_state.get(key)
        if isinstance(chosen, list):
            st.session_state[key] = [name for name in chosen if name in known]
        elif chosen is not None and chosen not in known:
            del st.session_state[key]
    task = str(
        left.selectbox(
            t("Task"),
            tasks,
            **in_address(
                "curve",
                tasks,
                tasks[0],
                lambda name: mean_words(view.ranking.mean) if name == MEAN else name,
            ),
        )
    )
    wanted = right.multiselect(
        t("Training runs"),
        names,
        key="training",
        bind="query-params",
        max_selections=MOST_RUNS,
        placeholder=t("All runs")
        if len(names) <= MOST_RUNS
        else t("The first {most} runs", most=MOST_RUNS),
    )
    drawn = (wanted or names)[:MOST_RUNS]
    curves = tuple(c for c in found.curves if c.task == task and c.run in drawn)
    of = (view.board_id, view.treatment.name, f"{view.p}", task, *drawn)
    summaries = _summaries(of, curves)
    _remarks(found.runs, drawn, names, len(found.left_out) if task == MEAN else 0)
    points, jumps = _frames(summaries, {name: label_of(name, drawn) for name in drawn})
    title = mean_words(view.ranking.mean) if task == MEAN else task
    shown(
        step_lines(points, jumps, y=title),
        alternative=t(
            "Lines of {title} over the training steps of {drawn}",
            title=title,
            drawn=", ".join(drawn),
        ),
        said=f"{view.said}; {task}",
        name=f"{view.file_name}-trajectory",
        sql=steps_sql(view, None if task == MEAN else task, drawn),
    )
    _table(summaries)


def _remarks(
    runs: tuple[TrainingRun, ...], drawn: list[str], names: list[str], without_mean: int
) -> None:
    """Say which rows and runs are not drawn."""
    remarks = []
    if len(names) > MOST_RUNS:
        remarks.append(
            t(
                "{count} of {all} training runs are not drawn.",
                count=len(names) - len(drawn),
                all=len(names),
            )
        )
    unknown = [name for run in runs if run.name in drawn for name in run.without_step]
    if unknown:
        remarks.append(
            t("Without a step, so part of no curve: {unknown}.", unknown=", ".join(unknown))
        )
    if without_mean:
        remarks.append(
            t(
                "{without_mean} steps have no mean, as scores are missing: another treatment,"
                " such as per-task+drop-column, averages the tasks that all have.",
                without_mean=without_mean,
            )
        )
    for remark in remarks:
        safe_html.note("info", remark)


def label_of(run: str, runs: list[str]) -> str:
    """Return what tells a run from the others drawn: `160m` beside `pythia-70m`, else its name."""
    start = run.rfind("/") + 1
    if len(runs) > 1:
        letters = itertools.takewhile(lambda same: len(set(same)) == 1, zip(*runs, strict=False))
        common = run[: sum(1 for _ in letters)]
        start = max(common.rfind(separator) for separator in "/-_ ") + 1
    return run[start:] or run


def _frames(
    summaries: tuple[CurveSummary, ...], labels: dict[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the points and the jumps as the chart takes them."""
    points = pd.DataFrame(
        {"run": s.curve.run, "label": labels[s.curve.run], "step": step, "score": score}
        for s in summaries
        for step, score in zip(s.curve.steps.tolist(), s.curve.scores.tolist(), strict=True)
    )
    jumps = pd.DataFrame(
        {
            "run": s.curve.run,
            "label": labels[s.curve.run],
            "low": point.low,
            "high": point.high,
            "before": point.before,
            "after": point.after,
            "size": point.size,
            "p": point.p_value,
        }
        for s in summaries
        for point in s.change_points or ()
    )
    return points, jumps


def _table(summaries: tuple[CurveSummary, ...]) -> None:
    """Describe each curve in a row."""
    table(
        pd.DataFrame(
            {
                "run": [s.curve.run for s in summaries],
                "points": [len(s.curve.steps) for s in summaries],
                "first": [float(s.curve.scores[0]) for s in summaries],
                "last": [float(s.curve.scores[-1]) for s in summaries],
                "best": [float(s.curve.scores[s.best]) for s in summaries],
                "at step": [float(s.curve.steps[s.best]) for s in summaries],
                "trend": [t(s.trend) for s in summaries],
                "tau": [s.tau for s in summaries],
                "p": [s.trend_p for s in summaries],
                "jumps": [_jumps(s) for s in summaries],
            }
        ),
        hide_index=True,
        column_config={
            **{
                name: st.column_config.NumberColumn(t(name), format="%.4g")
                for name in (mark("first"), mark("last"), mark("best"))
            },
            "at step": st.column_config.NumberColumn(t("at step"), format="localized"),
            "tau": st.column_config.NumberColumn(format="%.2f"),
            "p": st.column_config.NumberColumn(format="%.1e"),
        },
        alt=t("What each training run shows"),
    )
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "A jump is a change that no smooth curve over log step makes, at 5% for all"
                " curves shown together, given noise that is independent from checkpoint to"
                " checkpoint; the band is where it may lie with 95% confidence. Trend: Kendall's"
                " tau; p by Holm over the curves shown. rankcheck trajectory tests all tasks at"
                " once."
            ),
            css="rc-words",
        )
    )


def _jumps(summary: CurveSummary) -> str:
    if summary.change_points is None:
        return t("fewer than {least} points", least=LEAST_POINTS)
    found = [
        t(
            "{size:+.3g} between {before:,.15g} and {after:,.15g}",
            size=point.size,
            before=point.before,
            after=point.after,
        )
        for point in summary.change_points
    ]
    return t("; ").join(found) or t("none")
