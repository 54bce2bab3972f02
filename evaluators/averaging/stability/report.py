"""The stability report of a board: all analyses of how stable its ranks are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evaluators.averaging import Board, Treatment, treat
from evaluators.averaging.stability import (
    Agreement,
    Contest,
    LeaveOneOut,
    RankBootstrap,
    WeightChange,
    agreement,
    bootstrap,
    contest,
    leave_one_out,
    smallest_change,
)
from evaluators.errors import TreatmentError
from evaluators.names import UnknownNameError


@dataclass(frozen=True)
class Question:
    """The smallest change that puts one row above another, or above all, under one mean.

    Attributes:
        mean: The mean.
        asked: The question in words.
        row: The row that is to rise, by its position in the mean's contest.
        answer: The smallest change of weights, None where the question has no answer.
        why_not: Reason why it has none.
    """

    mean: str
    asked: str
    row: int
    answer: WeightChange | None
    why_not: str = ""


@dataclass(frozen=True, eq=False)
class StabilityReport:
    """The results, by mean where they depend on it.

    Attributes:
        board: The board.
        treatment: The treatment.
        bootstraps: Resampled ranks by mean.
        focus: Position on the board of the row in focus.
        without: Ranks without each task, by mean; empty on a board with one task.
        agreements: Agreement of each pair of means.
        questions: Questions about the smallest changes of weights, with their answers.
        confidence: Confidence level of the intervals.
        seed: Seed of the draws.
        over: What was drawn: `tasks` or `tasks+models`.
        notes: Notes that every output must show.
        undefined: Reason by mean why a requested mean ranks no row; such means appear only here.
        exponents: Exponent of every requested mean.
    """

    board: Board
    treatment: Treatment
    bootstraps: Mapping[str, RankBootstrap]
    focus: int
    without: Mapping[str, LeaveOneOut]
    agreements: Mapping[tuple[str, str], Agreement]
    questions: tuple[Question, ...]
    confidence: float
    seed: int
    over: str
    notes: tuple[str, ...]
    undefined: Mapping[str, str]
    exponents: Mapping[str, float]

    def contest(self, mean: str) -> Contest:
        """Return the rows and tasks of a mean."""
        return self.bootstraps[mean].contest

    def focus_row(self, mean: str) -> int | None:
        """Return the position of the focus in a mean's contest, None where it has no rank."""
        rows = np.flatnonzero(self.contest(mean).positions == self.focus)
        return int(rows[0]) if len(rows) else None


def stability_report(
    board: Board,
    treatment: Treatment,
    means: Mapping[str, float],
    *,
    resamples: int = 10_000,
    seed: int = 0,
    confidence: float = 0.95,
    model: str | None = None,
    overtake: tuple[str, str] | None = None,
    over: str = "tasks",
    progress: Callable[[str, int, int], None] | None = None,
) -> StabilityReport:
    """Compute the stability report of a board.

    Args:
        board: Models × task metrics.
        treatment: As in `rank`.
        means: Exponents by name.
        resamples: Number of resamples of the bootstrap.
        seed: Seed of the bootstrap.
        confidence: Confidence level of the intervals, in (0, 1).
        model: The row in focus: a name, or `human`; None for the human row where there is one,
            else for the first row under the first mean.
        overtake: Two names, to ask what puts the first above the second. None asks what puts the
            row in focus above the next better one, and above all.
        over: As in `bootstrap`.
        progress: Called with the stage, the finished part and the total.

    Raises:
        TreatmentError: If no mean ranks the board like that, or a question is invalid.
        UnknownNameError: If there is no such model.
    """
    if not 0 < confidence < 1:
        raise TreatmentError(f"confidence must be in (0, 1), got {confidence:g}")
    named = [None if name is None else _find(board, name) for name in (model, *(overtake or ()))]
    if overtake is not None and named[1] == named[2]:
        raise TreatmentError(
            f"{' and '.join(overtake)} are the same row of {board.name}, which cannot be"
            " above itself: name two models"
        )
    undefined = _undefined(board, treatment, means)
    defined = {mean: p for mean, p in means.items() if mean not in undefined}
    bootstraps = bootstrap(
        board,
        treatment,
        defined,
        resamples=resamples,
        seed=seed,
        over=over,  # type: ignore[arg-type]  # checked there
        progress=progress,
    )
    fields = {mean: boot.contest for mean, boot in bootstraps.items()}
    focus = _default_focus(board, fields) if named[0] is None else named[0]
    notes = dict.fromkeys(n for p in defined.values() for n in treat(board, treatment, p).notes)
    notes |= {f"{mean} mean left out: {reason}": None for mean, reason in undefined.items()}
    single = [field for field in fields.values() if len(field.tasks) < 2]
    if single:
        notes[f"{single[0].tasks[0]} is the only task: nothing can be left out or weighted"] = None
    for name in {board.models[i] for i in (focus, *named[1:]) if i is not None}:
        if board.models.count(name) > 1:
            notes[f"{board.models.count(name)} rows are named {name}: the first is meant"] = None
    questions: tuple[Question, ...] = ()
    if not single:
        pair = None if overtake is None else (named[1], named[2])
        names = [board.models[i] for i in (pair or (focus,)) if i is not None]
        words = " above ".join(names) if pair else f"{names[0]} further up"
        questions = tuple(
            q
            for mean, field in fields.items()
            for q in _questions_of(mean, field, focus, pair, words)
        )
    return StabilityReport(
        board=board,
        treatment=treatment,
        bootstraps=bootstraps,
        focus=focus,
        without={} if single else {mean: leave_one_out(field) for mean, field in fields.items()},
        agreements={
            (a, b): agreement(fields[a].ranking, fields[b].ranking)
            for a, b in combinations(fields, 2)
        },
        questions=questions,
        confidence=confidence,
        seed=seed,
        over=over,
        notes=tuple(notes),
        undefined=undefined,
        exponents=means,
    )


def _undefined(board: Board, treatment: Treatment, means: Mapping[str, float]) -> dict[str, str]:
    """Return the reasons of means that rank no row; raise one where all means rank none."""
    errors: dict[str, TreatmentError] = {}
    for mean, p in means.items():
        try:
            contest(board, treatment, p)
        except TreatmentError as error:
            errors[mean] = error
    if errors and len(errors) == len(means):
        raise next(iter(errors.values()))
    return {mean: str(error) for mean, error in errors.items()}


def _find(board: Board, name: str) -> int:
    if name in board.models:
        return board.models.index(name)
    folded = [model.casefold() for model in board.models]
    if name.casefold() in folded:
        return folded.index(name.casefold())
    if name == "human":
        if True in board.is_human:
            return board.is_human.index(True)
        raise TreatmentError(f"{board.name} {board.snapshot} has no human row; name a model")
    raise UnknownNameError("model", name, board.models)


def _default_focus(board: Board, fields: Mapping[str, Contest]) -> int:
    first = next(iter(fields.values()))
    humans = [p for p in first.positions if board.is_human[p]]
    return int(humans[0] if humans else first.positions[first.ranks.argmin()])


def _questions_of(
    mean: str,
    field: Contest,
    focus: int,
    pair: tuple[int | None, int | None] | None,
    words: str,
) -> list[Question]:
    """Answer what puts the first of a pair above the second, or the focus further up.

    Args:
        mean: The name of the mean.
        field: Its rows and tasks.
        focus: The row in focus, as a position on the board.
        pair: Two positions, or None: then the focus is to pass the next better row, and all rows;
            where it is first, the runner-up is to pass it.
        words: The question, where a row of it has no rank.
    """
    try:
        if pair is not None:
            a, b = (field.row(position) for position in pair if position is not None)
            return [_answer(mean, field, a, [b])]
        row = field.row(focus)
    except TreatmentError as error:
        return [Question(mean, words, 0, None, str(error))]
    rank = field.ranks[row]
    better = [int(i) for i in np.flatnonzero(field.ranks < rank)]
    if better:
        nearest = max(better, key=lambda i: (field.ranks[i], -i))
        others = [i for i in range(len(field.ranks)) if i != row]
        rivals = [[nearest]] if better == others else [[nearest], others]
        return [_answer(mean, field, row, each) for each in rivals]
    behind = [int(i) for i in np.argsort(field.ranks, kind="stable") if i != row]
    return [_answer(mean, field, behind[0], [row])] if behind else []


def _answer(mean: str, field: Contest, row: int, rivals: list[int]) -> Question:
    rival_names = field.models[rivals[0]] if len(rivals) == 1 else "all others"
    question = f"{field.models[row]} above {rival_names}"
    try:
        return Question(mean, question, row, smallest_change(field, row, rivals))
    except TreatmentError as error:
        return Question(mean, question, row, None, str(error))
