"""The one story of the first page: is a lead real? Every number is computed from the board."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dashboard import formatting
from dashboard.language import cached, mark, nt, t
from evaluators.averaging import MEANS, TREATMENTS, Board, Comparison, compare
from evaluators.averaging.stability import bootstrap, contest, leave_one_out
from evaluators.errors import TreatmentError

FILE = Path(__file__).with_name("story.toml")
TREATMENT = TREATMENTS["per-task"]
DRAWS, SEED = 10_000, 0
MOST_ROWS = 500
"""Ranked rows up to which tasks are drawn anew while somebody waits."""
_TOP = 8
_WORDS = (
    *(mark("no"), mark("one"), mark("two"), mark("three"), mark("four"), mark("five")),
    *(mark("six"), mark("seven"), mark("eight"), mark("nine"), mark("ten")),
)
_ORDINALS = {
    "th": mark("{number:,}th"),
    "st": mark("{number:,}st"),
    "nd": mark("{number:,}nd"),
    "rd": mark("{number:,}rd"),
}


@dataclass(frozen=True)
class Story:
    """What is told of a board.

    Attributes:
        question: The headline.
        answer: The answer, one sentence.
        sentences: What it rests on, each with its numbers.
        points: For the picture: `mean, x, rank, model, is_human`, one row a line and mean.
    """

    question: str
    answer: str
    sentences: tuple[str, ...]
    points: pd.DataFrame


def chosen(place: Path | None) -> dict[str, Any]:
    """Return the choices of the story's file; one beside the store comes first.

    Args:
        place: The store's file; None where it is none.
    """
    own = None if place is None else place.parent / FILE.name
    path = own if own is not None and own.is_file() else FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cached(max_entries=16, spinner=mark("Ranking …"))
def story(board_id: str, language: str, _read: Callable[[], Board]) -> Story | None:
    """Return the story of a board; None where it ranks nobody.

    Args:
        board_id: Import of the board, for the key of the cache: an import never changes.
        language: The reader's language, which the story is told in, for the same.
        _read: Reads the board, if its story has not been told yet.
    """
    try:
        return tell(_read())
    except TreatmentError:
        return None


def tell(board: Board) -> Story:
    """Return the story of a board: of its humans, or of its leader.

    Raises:
        TreatmentError: The board ranks nobody.
    """
    compared = compare(board, TREATMENT, MEANS)
    human = compared.rankings["arithmetic"].human
    if human is not None and human.rank is not None:
        return _of_humans(board, compared, human.position)
    return _of_leader(board, compared)


def _of_humans(board: Board, compared: Comparison, position: int) -> Story:
    title = board.title or board.name
    row = next(row for row in compared.rows if row.position == position)
    above = {mean: rank - 1 for mean, rank in row.ranks.items() if rank is not None}
    without, task = _without(board, position)
    now = above["arithmetic"]
    hangs = task is not None and without is not None and without - 1 <= now / 2 and now > 0
    systems = _systems(now)
    if hangs:
        answer = t("Yes, by {systems}, but it hangs on one task.", systems=systems)
    elif now:
        answer = t("Yes, by {systems}.", systems=systems)
    else:
        answer = t("No, no system is above them.")
    sentences = [_by_mean(above)]
    interval = _interval(board, position)
    if interval is not None:
        sentences.append(
            t(
                "If the tasks had been others of the kind, humans would be anywhere from {best}"
                " to {worst} (95%).",
                best=ordinal(interval[0]),
                worst=ordinal(interval[1]),
            )
        )
    if task is not None and without is not None:
        sentences.append(t("Without {task} humans are {place}.", task=task, place=ordinal(without)))
    return Story(
        question=t("Are humans beaten on {title}?", title=title),
        answer=answer,
        sentences=tuple(sentences),
        points=_points(compared),
    )


def _of_leader(board: Board, compared: Comparison) -> Story:
    title = board.title or board.name
    ranking = compared.rankings["arithmetic"]
    if not ranking.ranked:
        raise TreatmentError(f"{board.name} ranks nobody")
    leader = ranking.ranked[0]
    share = share_first(board, leader.position)
    turned = [mean for mean, ranks in compared.rankings.items() if ranks.ranked[0] != leader]
    under = [mean for mean in turned if compared.rankings[mean].ranked[0].model != leader.model]
    others = (
        t("Under the {means} mean another model leads.", means=t(" and ").join(map(t, under)))
        if under
        else t("The arithmetic, geometric and harmonic mean agree on it.")
    )
    return Story(
        question=t("Who leads {title}?", title=title),
        answer=t("{model}.", model=leader.model)
        if share is None
        else t(
            "{model}. It is first in {share:.0%} of other draws of the tasks.",
            model=leader.model,
            share=share,
        ),
        sentences=(others,),
        points=_points(compared),
    )


def share_first(board: Board, position: int) -> float | None:
    """Return in which share of other draws of the tasks a row is first; None on large boards."""
    if len(board.models) > MOST_ROWS:
        return None
    sample = bootstrap(board, TREATMENT, {"": 1.0}, resamples=DRAWS, seed=SEED)[""]
    return float(sample.first()[sample.contest.row(position)])


def _interval(board: Board, position: int) -> tuple[int, int] | None:
    if len(board.models) > MOST_ROWS:
        return None
    sample = bootstrap(board, TREATMENT, {"": 1.0}, resamples=DRAWS, seed=SEED)[""]
    low, high = sample.rank_intervals()[sample.contest.row(position)].tolist()
    return int(low), int(high)


def _without(board: Board, position: int) -> tuple[int | None, str | None]:
    """Return the best rank of a row without one task, and that task, where it gains by it."""
    field = contest(board, TREATMENT, 1.0)
    if len(field.tasks) < 2:
        return None, None
    left_out, row = leave_one_out(field), field.row(position)
    ranks = np.where(left_out.ranks[:, row] == 0, np.iinfo(np.int64).max, left_out.ranks[:, row])
    best = int(ranks.argmin())
    if ranks[best] >= field.ranks[row]:
        return None, None
    return int(ranks[best]), str(field.tasks[best])


def _by_mean(above: dict[str, int]) -> str:
    """Return in words how many are above under each mean, means of one number together."""
    by_count: dict[int, list[str]] = {}
    for mean, count in above.items():
        by_count.setdefault(count, []).append(mean)
    said: list[str] = []
    for count, names in by_count.items():
        systems, means = _systems(count), t(" and ").join(map(t, names))
        if said:
            said.append(t("{systems} under the {means} mean", systems=systems, means=means))
        else:
            first = f"{systems[:1].upper()}{systems[1:]}"
            said.append(
                nt(
                    "{systems} is above humans under the {means} mean",
                    "{systems} are above humans under the {means} mean",
                    count,
                    systems=first,
                    means=means,
                )
            )
    return t("{sentence}.", sentence=t(", ").join(said))


def _systems(count: int) -> str:
    number = t(_WORDS[count]) if count < len(_WORDS) else f"{count:,}"
    return nt("{number} system", "{number} systems", count, number=number)


def ordinal(number: int) -> str:
    """Return a place in words, such as 1st or 22nd."""
    ending = (
        "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return t(_ORDINALS[ending], number=number)


def _points(compared: Comparison) -> pd.DataFrame:
    means = list(MEANS)
    first = [
        row
        for row in compared.rows
        if any((rank or _TOP + 1) <= _TOP for rank in row.ranks.values()) or row.is_human
    ]
    return pd.DataFrame(
        [
            {
                "mean": mean,
                "x": x,
                "rank": row.ranks[mean],
                "model": formatting.one_line(row.model),
                "is_human": row.is_human,
                "position": row.position,
            }
            for row in first
            for x, mean in enumerate(means)
            if row.ranks[mean] is not None
        ]
    )
