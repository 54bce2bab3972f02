"""Which changes of the tasks' weights a stability report asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluators.averaging.stability import Contest, WeightChange, smallest_change
from evaluators.errors import TreatmentError


@dataclass(frozen=True)
class Question:
    """What would put one row above another, or above all, under one mean.

    Attributes:
        mean: The mean.
        asked: The question in words.
        row: Who is to rise, a row of the mean's contest.
        answer: The smallest change of weights, None where the question has no meaning.
        why_not: Why it has none.
    """

    mean: str
    asked: str
    row: int
    answer: WeightChange | None
    why_not: str = ""


def ask(
    mean: str,
    field: Contest,
    focus: int,
    pair: tuple[int | None, int | None] | None,
    words: str,
) -> list[Question]:
    """Return what would put the first of a pair above the second, or the focus further up.

    Args:
        mean: The name of the mean.
        field: Its rows and tasks.
        focus: The row looked at, as a position on the board.
        pair: Two positions, or None: then the focus is to pass the next better row, and all; where
            it is first, the runner-up is to pass it.
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
    whom = field.models[rivals[0]] if len(rivals) == 1 else "all others"
    asked = f"{field.models[row]} above {whom}"
    try:
        return Question(mean, asked, row, smallest_change(field, row, rivals))
    except TreatmentError as error:
        return Question(mean, asked, row, None, str(error))
