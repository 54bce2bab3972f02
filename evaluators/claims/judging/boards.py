"""Claims about leaderboards: who stands first, and who overtakes whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging import MEANS, Board
from evaluators.claims.judging.claim import NotTestable
from evaluators.claims.judging.evidence import BoardEvidence, Resampled


def speaks_of(board: Board, names: Sequence[str]) -> bool:
    """Whether one of the names (lower case) is a word of the board's name or title.

    `xglue` is a word of `xglue-understanding`, `glue` is none of `superglue`.
    """
    words = re.findall(r"[a-z0-9]+", f"{board.name} {board.title}".lower())
    return not set(names).isdisjoint(words)


FEWEST_MODELS = 5
"""Two equal orders of five are no chance at 5% (2 in 5! ways), of four they may be (2 in 4!)."""

FEWEST_TASKS = 3
"""Of two tasks every other resample is one task alone."""


def too_few(*, models: int, tasks: int) -> str:
    """Return why so few models or tasks can decide nothing; empty where they are enough."""
    if models < FEWEST_MODELS:
        return f"{models} models ranked under all three means: fewer than {FEWEST_MODELS}"
    if tasks < FEWEST_TASKS:
        return f"{tasks} tasks: fewer than {FEWEST_TASKS}"
    return ""


OTHER_MEANS = ("geometric", "harmonic")
_SHOWN = 4


@dataclass(frozen=True, eq=False)
class Place:
    """The human row under one mean; other human rows do not count as models.

    Attributes:
        above: Models ranked above it.
        tied: Models that share its rank.
        above_by: (resamples,) how many are above it when the tasks are drawn anew.
        level_by: (resamples,) how many are above it or share its rank.
    """

    above: tuple[str, ...]
    tied: tuple[str, ...]
    above_by: NDArray[np.int64]
    level_by: NDArray[np.int64]

    @property
    def rank(self) -> int:
        """Its rank among the models."""
        return 1 + len(self.above)

    @property
    def probability_first(self) -> float:
        """Share of the resamples in which no model is above it."""
        return float((self.above_by == 0).mean())


@dataclass(frozen=True, eq=False)
class Standing:
    """The human row under the three means.

    Attributes:
        human: Its name.
        places: By mean.
        size: How many rows are ranked under each mean, of how many, over how many columns.
    """

    human: str
    places: dict[str, Place]
    size: str

    def best_rank(self, means: Iterable[str] = OTHER_MEANS) -> int:
        """Return its best rank among these means."""
        return min(self.places[mean].rank for mean in means)

    def ranks(self) -> str:
        """Return its ranks in words."""
        return f"human rank {_three(str(self.places[m].rank) for m in MEANS)}"

    def chances(self) -> str:
        """Return in words how often it is first when the tasks are drawn anew."""
        shares = _three(f"{self.places[mean].probability_first:.2f}" for mean in MEANS)
        return f"P(human first) {shares} over resampled tasks"


def human_standing(evidence: BoardEvidence) -> Standing:
    """Return where the human row stands; the best one under the arithmetic mean if several.

    Raises:
        NotTestable: If there is no human row, or it or every model is unranked under a mean.
        TreatmentError: If the board cannot be ranked.
    """
    board = evidence.board
    if not any(board.is_human):
        raise NotTestable("the board has no human row")
    resampled = evidence.resampled
    rows = resampled["arithmetic"].contest.ranking.rows
    human = next(row for row in rows if row.is_human)  # ranked rows come first, best first
    places = {}
    for mean, found in resampled.items():
        row = next(r for r in found.contest.ranking.rows if r.position == human.position)
        if row.rank is None:
            raise NotTestable(f"the human row has no rank under the {mean} mean: {row.left_out}")
        places[mean] = _place(evidence, mean, human.position)
    counts = [len(found.contest.models) for found in resampled.values()]
    columns = [len(found.contest.ranking.columns) for found in resampled.values()]
    return Standing(
        human=human.model,
        places=places,
        size=f"{_alike(counts)} of {len(board.models)} rows over {_alike(columns)} columns",
    )


def named(models: Iterable[str]) -> str:
    """Return some names in words, the first few of many."""
    listed = [f'"{model}"' for model in models]  # names have commas
    more = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _place(evidence: BoardEvidence, mean: str, position: int) -> Place:
    found = evidence.resampled[mean]
    contest = found.contest
    human = contest.row(position)
    models = [i for i, at in enumerate(contest.positions) if not evidence.board.is_human[at]]
    if not models:
        raise NotTestable(f"no model has a rank under the {mean} mean")
    mine = int(contest.ranks[human])
    ranks = found.ranks.astype(np.int64)
    theirs, own = ranks[:, models], ranks[:, human : human + 1]
    there = (theirs > 0) & (own > 0)
    return Place(
        above=tuple(contest.models[i] for i in models if contest.ranks[i] < mine),
        tied=tuple(contest.models[i] for i in models if contest.ranks[i] == mine),
        above_by=((theirs < own) & there).sum(axis=1),
        level_by=((theirs <= own) & there).sum(axis=1),
    )


def _three(texts: Iterable[str]) -> str:
    return f"{'/'.join(texts)} (AM/GM/HM)"


def _alike(numbers: list[int]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else "/".join(str(n) for n in numbers)


MOST_PAIRS = 25_000
_SEED = 1342
_BLOCK = 1 << 19  # pairs × resamples looked at at once

Ranks = NDArray[np.integer[Any]]


class Pairs(NamedTuple):
    """Pairs of models, as positions on the board; all of them, or a random sample of many."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    sampled: bool


def pairs_of(positions: NDArray[np.int64]) -> Pairs:
    """Return every pair of these rows, or `MOST_PAIRS` drawn ones where there are more."""
    n = len(positions)
    if n * (n - 1) // 2 <= MOST_PAIRS:
        i, j = np.triu_indices(n, 1)
        return Pairs(positions[i], positions[j], False)
    rng = np.random.default_rng(_SEED)
    i = rng.integers(0, n, MOST_PAIRS)
    j = rng.integers(0, n - 1, MOST_PAIRS)
    return Pairs(positions[i], positions[j + (j >= i)], True)


def ranked_under(resampled: Resampled, mean: str) -> NDArray[np.int64]:
    """Return the positions on the board of the rows that have a rank under a mean."""
    return resampled[mean].contest.positions


def ranked_under_all(resampled: Resampled) -> NDArray[np.int64]:
    """Return the positions on the board of the rows that have a rank under every mean."""
    common = set.intersection(*(set(ranked_under(resampled, m).tolist()) for m in resampled))
    return np.array(sorted(common), dtype=np.int64)


def ranks(resampled: Resampled, mean: str) -> Ranks:
    """Return (rows, 1) ranks by position on the board, 0 for none."""
    contest = resampled[mean].contest
    return _by_position(contest.ranks[:, None], contest.positions)


def drawn_ranks(resampled: Resampled, mean: str) -> Ranks:
    """Return (rows, resamples) the same of each resample of the tasks."""
    found = resampled[mean]
    return _by_position(found.ranks.T, found.contest.positions)


def turned_over(one: Ranks, other: Ranks, pairs: Pairs) -> NDArray[np.float64]:
    """Return (resamples,): the share of all pairs that the two rank the other way round.

    Pairs that are tied or unranked in either are not turned over.

    Args:
        one: (rows, resamples or 1).
        other: (rows, resamples or 1).
        pairs: The pairs.
    """
    if other.shape[1] == 1:
        return _turned_over_against_one(one, other, pairs)
    width = max(one.shape[1], other.shape[1])
    count = np.zeros(width, dtype=np.int64)
    step = max(1, min(_BLOCK // width, np.iinfo(np.uint16).max))
    for start in range(0, len(pairs.left), step):
        left, right = pairs.left[start : start + step], pairs.right[start : start + step]
        above, below = _orders(one, left, right)
        above_too, below_too = _orders(other, left, right)
        opposed = (above & below_too) | (below & above_too)
        # A sum of short numbers takes a fraction of the time of count_nonzero.
        count += np.add.reduce(opposed.view(np.uint8), axis=0, dtype=np.uint16)
    return np.asarray(count / max(1, len(pairs.left)), dtype=np.float64)


def reversal_rates(one: Ranks, other: Ranks, pairs: Pairs) -> NDArray[np.float64]:
    """Return (pairs,): in which share of the draws the two rank a pair the other way round.

    Args:
        one: (rows, resamples).
        other: (rows, resamples), of the same draws.
        pairs: The pairs.
    """
    rates = np.empty(len(pairs.left))
    step = max(1, _BLOCK // one.shape[1])
    for start in range(0, len(rates), step):
        block = slice(start, start + step)
        above, below = _orders(one, pairs.left[block], pairs.right[block])
        above_too, below_too = _orders(other, pairs.left[block], pairs.right[block])
        rates[block] = ((above & below_too) | (below & above_too)).mean(axis=1)
    return rates


def _turned_over_against_one(one: Ranks, other: Ranks, pairs: Pairs) -> NDArray[np.float64]:
    """Return the same against a single ranking: its better row leads each pair, ties drop out."""
    above, below = (order[:, 0] for order in _orders(other, pairs.left, pairs.right))
    better = np.concatenate([pairs.left[above], pairs.right[below]])
    worse = np.concatenate([pairs.right[above], pairs.left[below]])
    width = one.shape[1]
    count = np.zeros(width, dtype=np.int64)
    step = max(1, min(_BLOCK // width, np.iinfo(np.uint16).max))
    for start in range(0, len(better), step):
        block = slice(start, start + step)
        a, b = _rows_of(one, better[block]), _rows_of(one, worse[block])
        opposed = np.greater(a, b)
        if not b.all():
            opposed &= b > 0  # 0 is no rank, not the best one
        count += np.add.reduce(opposed.view(np.uint8), axis=0, dtype=np.uint16)
    return np.asarray(count / max(1, len(pairs.left)), dtype=np.float64)


def _orders(
    by_row: Ranks, left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the left is ranked above the right, and where below."""
    a, b = _rows_of(by_row, left), _rows_of(by_row, right)
    above, below = np.less(a, b), np.greater(a, b)
    for rank, better in ((a, above), (b, below)):
        if not rank.all():
            better &= rank > 0  # 0 is no rank, not the best one
    return above, below


def _rows_of(by_row: Ranks, positions: NDArray[np.int64]) -> Ranks:
    """Return rows by position; those past the last ranked row have no rank."""
    return by_row[np.minimum(positions, len(by_row) - 1)]


def _by_position(of_ranked: Ranks, positions: NDArray[np.int64]) -> Ranks:
    """Spread ranks over the rows of the board; one row more stands for all that follow."""
    full = np.zeros((int(positions.max()) + 2, of_ranked.shape[1]), dtype=of_ranked.dtype)
    full[positions] = of_ranked
    return full
