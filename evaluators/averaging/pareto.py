"""Find the models that no other is both at most as large and better than: the Pareto front.

Better is what the ranking calls better, so that scores that are tied there are tied here. Tasks are
resampled (Efron 1979) to say how often each model is on the front, and how large each step of the
front is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.means import mean_name
from evaluators.averaging.stability.bootstrap import RankBootstrap, bootstrap
from evaluators.averaging.stability.contest import Contest
from evaluators.averaging.stability.tiers import Tiers
from evaluators.averaging.stability.weighted import power_sums
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import SIZES
from evaluators.names import validate_known
from evaluators.progress import Progress
from evaluators.statistics import CONFIDENCE, percentiles, tails

_CELLS = 1 << 20  # of a block of resamples


@dataclass(frozen=True)
class FrontRow:
    """One model of the front.

    Attributes:
        row: Its row among the ranked ones.
        size: Its size.
        gain: Its score less that of the front's next smaller model (for sizes of which more is
            better: next larger), in the board's unit; None for the first.
        gain_low: Lower end of the gain's interval.
        gain_high: Upper end.
        told: Whether the two are told apart, over all pairs of the board at once; None where that
            was not asked.
    """

    row: int
    size: float
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    told: bool | None = None


@dataclass(frozen=True, eq=False)
class Front:
    """The front of a board; n ranked models.

    Attributes:
        contest: The ranked rows, whose order every array here has.
        fact: The size: a key of `SIZES`.
        sizes: (n,) size of each; NaN where it is unknown.
        on_front: (n,) whether it is on the front.
        share: (n,) share of resamples of the tasks in which it is; NaN where its size is unknown.
        rows: The models of the front, from the smallest.
        resamples: Number of resamples.
        confidence: Confidence level of the intervals.
    """

    contest: Contest
    fact: str
    sizes: NDArray[np.float64]
    on_front: NDArray[np.bool_]
    share: NDArray[np.float64]
    rows: tuple[FrontRow, ...]
    resamples: int
    confidence: float

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,) whether the size is known."""
        return ~np.isnan(self.sizes)

    @property
    def headline(self) -> str:
        """How many models are on the front, and how many have no known size, in words."""
        known, size = int(self.known.sum()), self.fact.replace("_", " ")
        models = "model" if known == 1 else "models"
        verb = "are" if len(self.rows) > 1 else "is"
        said = f"{len(self.rows)} of the {known} {models} of known {size} {verb} on the front"
        unknown = len(self.sizes) - known
        if not unknown:
            return said
        return f"{said}; of {unknown} other ranked models the {size} are unknown"

    @property
    def nearly(self) -> tuple[int, ...]:
        """Rows off the front that are on it in more resamples than its confidence leaves."""
        often = np.flatnonzero(~self.on_front & (self.share > 1 - self.confidence))
        return tuple(sorted(often.tolist(), key=lambda i: (-self.share[i], self.sizes[i])))


def pareto_front(
    board: Board,
    treatment: Treatment,
    p: float = 1.0,
    fact: str = "parameters",
    *,
    resamples: int = 10_000,
    seed: int | np.random.Generator = 0,
    confidence: float = CONFIDENCE,
    tiers: Tiers | None = None,
    progress: Progress | None = None,
) -> Front:
    """Return the models that no other ranked model is both at most as large and better than.

    A model of the same size and the same rank as one of the front is on it too.

    Args:
        board: Models × task metrics, with facts.
        treatment: As in `rank`.
        p: Exponent of the mean.
        fact: The size: a key of `SIZES`.
        resamples: Number of resamples of the tasks.
        seed: A seed or a generator.
        confidence: Confidence level of the intervals.
        tiers: The tiers of the same ranking, to say which steps of the front are told apart.
        progress: Called with the stage, the finished part and the total.

    Raises:
        UnknownNameError: The fact is not a size.
        TreatmentError: The board cannot be ranked like that, or no ranked model has that fact.
    """
    validate_known("size", [fact], SIZES)
    if not 0 < confidence < 1:
        raise TreatmentError(f"confidence must be in (0, 1), got {confidence:g}")
    levels = tails(confidence)
    (sample,) = bootstrap(
        board, treatment, {mean_name(p): p}, resamples=resamples, seed=seed, progress=progress
    ).values()
    contest = sample.contest
    sizes = np.array([_size(board, int(i), fact) for i in contest.positions])
    known = np.flatnonzero(~np.isnan(sizes))
    if not len(known):
        raise TreatmentError(
            f"{board.name} {board.snapshot}: of none of its {len(sizes)} ranked models the {fact}"
            " are known, so there is no front; facts come with the import"
        )
    costs = (-1 if SIZES[fact] else 1) * sizes[known]
    on_front = np.zeros(len(sizes), dtype=np.bool_)
    on_front[known] = front_of(costs, contest.ranks[known])
    share = np.full(len(sizes), np.nan)
    share[known] = _share(costs, sample.ranks[:, known])
    return Front(
        contest=contest,
        fact=fact,
        sizes=sizes,
        on_front=on_front,
        share=share,
        rows=_steps(sample, on_front, sizes, SIZES[fact], levels, tiers),
        resamples=resamples,
        confidence=confidence,
    )


def front_of(costs: NDArray[np.float64], ranks: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which models no other is both at most as costly and better than.

    Args:
        costs: (n,) finite, less is better.
        ranks: (…, n) ranks, less is better; 0 for none.

    Returns:
        (…, n). Of two with the same cost and rank, both or neither; one without a rank never.
    """
    order = np.argsort(costs, kind="stable")
    ordered = costs[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    group = np.cumsum(first) - 1
    none = np.iinfo(np.int64).max
    places = ranks[..., order].astype(np.int64)
    places[places == 0] = none
    best = np.minimum.reduceat(places, np.flatnonzero(first), axis=-1)
    smaller = np.full(best.shape, none)
    smaller[..., 1:] = np.minimum.accumulate(best, axis=-1)[..., :-1]
    found = np.empty(places.shape, dtype=np.bool_)
    found[..., order] = (places == best[..., group]) & (places < smaller[..., group])
    return found


def _size(board: Board, row: int, fact: str) -> float:
    known = board.facts[row].get(fact)
    return np.nan if known is None else float(known.value)


def _share(
    costs: NDArray[np.float64], ranks: NDArray[np.unsignedinteger[Any]]
) -> NDArray[np.float64]:
    """Return (n,) the share of resamples (R, n) in which each model is on the front."""
    total, n = ranks.shape
    counts = np.zeros(n)
    step = max(1, _CELLS // n)
    for start in range(0, total, step):
        counts += front_of(costs, ranks[start : start + step]).sum(axis=0)
    return np.asarray(counts / total)


def _steps(
    sample: RankBootstrap,
    on_front: NDArray[np.bool_],
    sizes: NDArray[np.float64],
    more_is_better: bool,
    levels: tuple[float, float],
    tiers: Tiers | None,
) -> tuple[FrontRow, ...]:
    """Return the front from the cheapest model, each with its gain on the next cheaper one."""
    contest = sample.contest
    sign = -1 if more_is_better else 1
    order = sorted(np.flatnonzero(on_front).tolist(), key=lambda i: (sign * sizes[i], i))
    drawn = power_sums(contest.values[order], contest.p).means(
        contest.columns_of(sample.task_counts)
    )
    rows: list[FrontRow] = []
    before = None  # place in `order` of the first model of the next cheaper size
    for place, i in enumerate(order):
        if place and sizes[order[place - 1]] != sizes[i]:
            before = next(k for k in range(place) if sizes[order[k]] == sizes[order[place - 1]])
        if before is None:
            rows.append(FrontRow(i, float(sizes[i])))
            continue
        other = order[before]
        gains = drawn[:, place] - drawn[:, before]
        gains = gains[~np.isnan(gains)]  # a resample may hold no entry of a row with gaps
        low, high = percentiles(gains, levels) if len(gains) else (None, None)
        rows.append(
            FrontRow(
                row=i,
                size=float(sizes[i]),
                gain=float(contest.scores[i] - contest.scores[other]),
                gain_low=low,
                gain_high=high,
                told=None if tiers is None else bool(tiers.better[i, other]),
            )
        )
    return tuple(rows)
