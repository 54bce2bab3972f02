"""How few dimensions keep a score, read off a stored curve, against 8.33 ln N.

A curve of the STS evaluator holds Spearman at every number of kept dimensions k up to the full d.
For a share of the full score two k are given, because curves are not monotone:

- `first`: the smallest k whose score reaches it, which a lucky bump can make small;
- `stays`: the smallest k from which no later k falls below it. This is the headline: whoever keeps
  that many dimensions or more loses no more than said.

N, the number of things to tell apart, is the number of distinct sentences scored. That the formula
then speaks about them at all is the hypothesis under test: it assumes random directions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluators.dataset import PairDataset
from evaluators.dimension.checks import at_least, finite_array
from evaluators.dimension.theory import PUBLISHED, items_checked, smallest_dimension
from evaluators.errors import DatasetError, ScoreError

SHARES = (0.95, 0.99, 1.0)


@dataclass(frozen=True)
class Level:
    """The dimensions that keep a share of the full score.

    Attributes:
        share: Of the full score; 1 is all of it.
        target: The score asked for.
        first: Smallest k that reaches it.
        stays: Smallest k from which no later k falls below it.
        coefficient: stays / ln N, to compare with 8.33.
        enough: Whether 8.33 ln N dimensions keep it: score there (at the next whole k, or at d
            where that is smaller) is no lower than the target.
    """

    share: float
    target: float
    first: int
    stays: int
    coefficient: float
    enough: bool


@dataclass(frozen=True)
class Kept:
    """One curve against the formula.

    Attributes:
        items: N, distinct sentences.
        dimensions: d, the full number.
        full: Score at d.
        best: The largest score on the curve.
        best_k: The smallest k that has it.
        formula: 8.33 ln N.
        formula_k: Smallest whole n the exact formula calls ample; may exceed d.
        at_formula: Score at k = ceil(8.33 ln N), or at d where that is smaller.
        levels: One for each share.
    """

    items: int
    dimensions: int
    full: float
    best: float
    best_k: int
    formula: float
    formula_k: int
    at_formula: float
    levels: tuple[Level, ...]


def kept_dimensions(
    values: ArrayLike, items: int, *, start: int = 1, shares: Sequence[float] = SHARES
) -> Kept:
    """Read one curve.

    Args:
        values: Score at k = start, start + 1, …, d; the last is the full score.
        items: N, the number of distinct sentences, 2 or more.
        start: k of the first value; no smaller k had a defined score.
        shares: Of the full score, in (0, 1].

    Raises:
        ScoreError: The curve has one point, a NaN, or one value throughout; its full score is not
            above 0, so that a share of it means nothing; or N, start or a share is out of range.
    """
    curve = finite_array("scores", values, None)
    start = at_least("start", start, 1)
    log_items = math.log(items_checked(at_least("N", items, 2)))
    if curve.ndim != 1 or len(curve) < 2:
        raise ScoreError("a curve of one point says nothing about dimensions: d must be 2 or more")
    full = float(curve[-1])
    if full <= 0:
        raise ScoreError(f"the full score is {full:.4g}: a share of it means nothing below 0")
    if curve.min() == curve.max():
        raise ScoreError(f"the score is {full:.4g} at every k: the curve is constant")
    if not shares or not all(0 < share <= 1 for share in shares):
        raise ScoreError(f"shares are {tuple(shares)}: each lies above 0 and is at most 1")
    formula = PUBLISHED * log_items
    at_formula = float(curve[min(max(math.ceil(formula) - start, 0), len(curve) - 1)])
    best = int(curve.argmax())
    levels = []
    for share in shares:
        target = share * full
        first = start + int(np.argmax(curve >= target))
        below = np.flatnonzero(curve < target)
        stays = start + (int(below[-1]) + 1 if len(below) else 0)
        levels.append(Level(share, target, first, stays, stays / log_items, at_formula >= target))
    return Kept(
        items,
        start + len(curve) - 1,
        full,
        float(curve[best]),
        start + best,
        formula,
        smallest_dimension(items),
        at_formula,
        tuple(levels),
    )


def distinct_sentences(dataset: PairDataset) -> int:
    """Return N of a dataset of pairs: how many different sentences it holds.

    Raises:
        DatasetError: Fewer than two.
    """
    found = len({*dataset.first, *dataset.second})
    if found < 2:
        raise DatasetError(
            f"{dataset.task}/{dataset.split} holds {found} distinct sentences: it needs 2 or more"
        )
    return found
