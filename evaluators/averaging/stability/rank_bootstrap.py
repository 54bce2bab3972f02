"""What a bootstrap of ranks says: intervals, mean ranks, who is first, who is above whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.stability.contest import Contest
from evaluators.averaging.stability.weighted import power_sums
from evaluators.errors import TreatmentError
from evaluators.statistics import CONFIDENCE, percentiles, tails

_BLOCK = 1 << 22  # cells of a block of models


@dataclass(frozen=True, eq=False)
class RankBootstrap:
    """The ranks of one mean over all resamples; n models, R resamples, k tasks.

    Rows are those of `contest`; `contest.row` finds the row of a board's. A resample that holds
    nothing of a row (gaps under `available-only`) gives it no rank and is not counted for it.

    Attributes:
        contest: Rows, tasks and the ranking itself.
        task_counts: (R, k) how often each task was drawn.
        ranks: (R, n) ranks among all n, 0 for none.
        among_drawn: (R, n) ranks among rivals that were drawn too, 0 for none; None where only
            tasks were. Where it is given, intervals, mean ranks and first places are of these.
    """

    contest: Contest
    task_counts: NDArray[np.int64]
    ranks: NDArray[np.unsignedinteger[Any]]
    among_drawn: NDArray[np.unsignedinteger[Any]] | None = None

    @property
    def placed(self) -> NDArray[np.unsignedinteger[Any]]:
        """(R, n) the ranks that intervals are of: `among_drawn` where given, else `ranks`."""
        return self.ranks if self.among_drawn is None else self.among_drawn

    @property
    def resamples(self) -> int:
        """R."""
        return len(self.ranks)

    def rank_intervals(self, confidence: float = CONFIDENCE) -> NDArray[np.int64]:
        """Return (n, 2): the smallest ranks that leave half the rest below, and above, or less.

        These are percentiles of the rank's distribution and ranks that occurred (the inverse of
        the distribution function, not interpolated); 0, 0 for a row that never had a rank.

        Raises:
            TreatmentError: If the confidence is not between 0 and 1.
        """
        low, high = _tails(confidence)
        found = np.zeros((self.placed.shape[1], 2), dtype=np.int64)
        step = max(1, _BLOCK // self.resamples)
        for start in range(0, len(found), step):
            block = np.ascontiguousarray(self.placed[:, start : start + step].T)
            if (block > 0).all():
                places = [_place(q, self.resamples) for q in (low, high)]
                block.partition(sorted(set(places)), axis=1)
                found[start : start + step] = block[:, places]
                continue
            for i, row in enumerate(block, start):
                ranked = np.sort(row[row > 0])
                if len(ranked):
                    found[i] = ranked[[_place(q, len(ranked)) for q in (low, high)]]
        return found

    def mean_ranks(self) -> NDArray[np.float64]:
        """Return (n,) mean ranks, NaN for a row that never had one."""
        with np.errstate(invalid="ignore"):
            counted = (self.placed > 0).sum(axis=0)
            return np.asarray(self.placed.sum(axis=0, dtype=np.int64) / counted)

    def first(self) -> NDArray[np.float64]:
        """Return (n,) probabilities of being first; m models that share it count 1/m each.

        They sum to 1. With drawn rivals it is the share of resamples in which none of them is
        above, which several models may have at once: there it is not shared.
        """
        ahead = self.placed == 1
        if self.among_drawn is not None:
            return np.asarray(ahead.mean(axis=0))
        sharing = ahead.sum(axis=1)
        alone = sharing == 1
        counts = ahead.sum(axis=0).astype(np.float64)
        for r in np.flatnonzero(~alone & (sharing > 0)):
            counts[ahead[r]] += 1 / sharing[r] - 1
        return np.asarray(counts / max(1, int((sharing > 0).sum())))

    def above(self, row: int, other: int) -> float:
        """Return P(row is ranked above other), ties half; NaN if they never met."""
        return float(self.above_all(row)[other])

    def above_all(self, row: int) -> NDArray[np.float64]:
        """Return (n,) P(row is ranked above each), ties half: ½ for itself."""
        n = self.ranks.shape[1]
        won, met = np.zeros(n), np.zeros(n)
        step = max(1, _BLOCK // n)
        for start in range(0, self.resamples, step):
            # Of the ranks among all: equal ranks among drawn rivals are no tie.
            ranks = self.ranks[start : start + step]
            mine = ranks[:, row : row + 1]
            both = (mine > 0) & (ranks > 0)
            met += both.sum(axis=0)
            won += ((mine < ranks) & both).sum(axis=0) + ((mine == ranks) & both).sum(axis=0) / 2
        with np.errstate(invalid="ignore"):
            return np.asarray(won / met)

    def above_matrix(self) -> NDArray[np.float64]:
        """Return (n, n): P(row i is ranked above row j), ties half."""
        return np.array([self.above_all(i) for i in range(self.ranks.shape[1])])

    def score_intervals(self, confidence: float = CONFIDENCE) -> NDArray[np.float64]:
        """Return (n, 2) percentile intervals of the scores, in the board's unit."""
        at = _tails(confidence)
        weights = self.contest.columns_of(self.task_counts)
        found = np.empty((len(self.contest.models), 2))
        step = max(1, _BLOCK // self.resamples)
        for start in range(0, len(found), step):
            values = self.contest.values[start : start + step]
            scores = power_sums(values, self.contest.p).means(weights).T
            for i, row in enumerate(scores, start):
                drawn = row[~np.isnan(row)]
                found[i] = percentiles(drawn, at) if len(drawn) else np.nan
        return found - self.contest.shift


def _tails(confidence: float) -> tuple[float, float]:
    if not 0 < confidence < 1:
        raise TreatmentError(f"confidence is {confidence:g}: give a share between 0 and 1")
    return tails(confidence)


def _place(q: float, size: int) -> int:
    """Return where the q-quantile stands among sorted values, no matter the rounding of q."""
    return min(size - 1, max(0, int(np.ceil(q * size - 1e-9)) - 1))
