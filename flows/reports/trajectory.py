"""Write out the curves of training runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from evaluators.names import UnknownNameError
from flows.errors import LeaderboardError
from flows.reports.sheet import Section, Sheet, about_board, size_of, write

if TYPE_CHECKING:
    from evaluators.averaging import Board, Treatment
    from evaluators.trajectories.change_points import ChangePoint
    from evaluators.trajectories.runs import BoardCurves
    from evaluators.trajectories.summary import CurveSummary

_HEADER = ("task", "points", "first", "last", "best", "at step", "tau", "p", "trend")
_JUMPS = ("task", "between", "and", "95% from", "to", "size", "p")


def read_chances(texts: Sequence[str], tasks: Sequence[str]) -> dict[str, float]:
    """Return the score of chance by task.

    Raises:
        UnknownNameError: No curve is of that task.
        LeaderboardError: A text is not `TASK=SCORE`.
    """
    found = {}
    for text in texts:
        task, _, score = text.rpartition("=")
        try:
            found[task] = float(score)
        except ValueError:
            task = ""
        if not task or not math.isfinite(found[task]):
            raise LeaderboardError(f"--chance {text}: must be TASK=SCORE, as in piqa=0.5")
        if task not in tasks:
            raise UnknownNameError("task", task, dict.fromkeys(tasks))
    return found


def format_trajectories(
    board: Board,
    treatment: Treatment,
    p: float,
    found: BoardCurves,
    summaries: Sequence[CurveSummary],
    form: str = "table",
    *,
    seed: int,
) -> str:
    """Return the curves of training runs as text in one of `FORMATS`: a record for each curve.

    Args:
        board: The board.
        treatment: The treatment of its cells.
        p: Exponent of the mean.
        found: The curves.
        summaries: What each shows.
        form: One of `FORMATS`.
        seed: Seed of the simulations.
    """
    rows = sum(len(run.positions) for run in found.runs)
    about = about_board(
        board, treatment, p, n_models=rows, n_columns=found.columns, notes=_notes(found, summaries)
    )
    about["seed"] = seed
    records = [{**about, **_record(summary)} for summary in summaries]
    document = {
        **about,
        "runs": [
            {"run": run.name, "steps": list(run.steps), "without_step": list(run.without_step)}
            for run in found.runs
        ],
        "curves": [
            {
                **_record(summary),
                "steps": summary.curve.steps.tolist(),
                "scores": summary.curve.scores.tolist(),
                "change_points": None
                if summary.change_points is None
                else [asdict(point) for point in summary.change_points],
            }
            for summary in summaries
        ],
    }
    return write(
        _sheet(about, board, found, summaries, rows), form, records=records, document=document
    )


def _record(summary: CurveSummary) -> dict[str, Any]:
    """Return what a curve shows in one flat record."""
    curve, best = summary.curve, summary.best
    points = summary.change_points
    return {
        "run": curve.run,
        "task": curve.task,
        "points": len(curve.steps),
        "first_step": float(curve.steps[0]),
        "first": float(curve.scores[0]),
        "last_step": float(curve.steps[-1]),
        "last": float(curve.scores[-1]),
        "best_step": float(curve.steps[best]),
        "best": float(curve.scores[best]),
        "tau": summary.tau,
        "trend_p": summary.trend_p,
        "trend": summary.trend,
        "change_points": None if points is None else "; ".join(map(_point, points)),
        "jump_p": summary.jump_p,
        "noise": summary.noise,
        "chance": summary.chance,
        "above_chance_from": summary.above_chance,
    }


def _point(point: ChangePoint) -> str:
    return f"{_step(point.before)} to {_step(point.after)}: {point.size:+.4g}"


def _step(step: float) -> str:
    return f"{step:,.15g}"


def _notes(found: BoardCurves, summaries: Sequence[CurveSummary]) -> tuple[str, ...]:
    from evaluators.trajectories.change_points import LEAST_POINTS

    notes = []
    for run in found.runs:
        if run.without_step:
            named = ", ".join(run.without_step)
            notes.append(f"of {run.name} without a step, so part of no curve: {named}")
    short = sum(summary.change_points is None for summary in summaries)
    if short:
        notes.append(
            f"{short} of {len(summaries)} curves have fewer than {LEAST_POINTS} points, so that"
            " jumps are not sought"
        )
    return tuple(notes)


def _sheet(
    about: Mapping[str, object],
    board: Board,
    found: BoardCurves,
    summaries: Sequence[CurveSummary],
    rows: int,
) -> Sheet:
    sections: list[Section] = []
    for run in found.runs:
        of_run = [summary for summary in summaries if summary.curve.run == run.name]
        sections += _sections(run.name, of_run)
    return Sheet(
        facts=(
            ("board", board.title),
            ("snapshot", board.snapshot),
            ("treatment", str(about["treatment"])),
            ("mean", str(about["mean"])),
            ("n", size_of(rows, len(board.models), found.columns)),
        ),
        notes=_notes(found, summaries),
        sections=tuple(sections),
        left_out=tuple(
            (model, f"no mean at this step: {reason}") for model, reason in found.left_out
        ),
    )


def _sections(run: str, summaries: Sequence[CurveSummary]) -> list[Section]:
    """Return the table of a run's curves, and that of their jumps."""
    chance = any(summary.chance is not None for summary in summaries)
    header = (*_HEADER, "above chance from") if chance else _HEADER
    points = [(s, point) for s in summaries for point in s.change_points or ()]
    tested = sum(summary.change_points is not None for summary in summaries)
    curves = Section(
        run,
        header,
        (False, *(True,) * (len(header) - 1)),
        tuple(_row(summary, chance) for summary in summaries),
        "tau: Kendall's correlation of score and step; p by Holm over all curves.",
    )
    jumps = Section(
        f"{run}: change points",
        _JUMPS,
        (False, *(True,) * (len(_JUMPS) - 1)),
        tuple(
            (
                summary.curve.task,
                _step(point.before),
                _step(point.after),
                _step(point.low),
                _step(point.high),
                f"{point.size:+.4g}",
                f"{point.p_value:.2g}",
            )
            for summary, point in points
        ),
        f"{len({s.curve.task for s, _ in points})} of {tested} curves jump. A jump is a change that"
        " no smooth curve over log step makes, given noise that is independent from checkpoint to"
        " checkpoint; p by Holm over all curves. From, to: where the jump may lie.",
    )
    return [curves, jumps] if points else [curves]


def _row(summary: CurveSummary, chance: bool) -> tuple[str, ...]:
    curve = summary.curve
    row = (
        curve.task,
        str(len(curve.steps)),
        f"{curve.scores[0]:.4g}",
        f"{curve.scores[-1]:.4g}",
        f"{curve.scores[summary.best]:.4g}",
        _step(float(curve.steps[summary.best])),
        f"{summary.tau:.2f}",
        f"{summary.trend_p:.2g}",
        summary.trend,
    )
    if not chance:
        return row
    if summary.chance is None:
        return (*row, "")
    return (*row, "never" if summary.above_chance is None else _step(summary.above_chance))
