"""Where the human row of a board stands among the models, under each mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging import MEANS
from evaluators.claims.judging.claim import NotTestable
from evaluators.claims.judging.evidence import BoardEvidence

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
