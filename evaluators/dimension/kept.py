"""How few dimensions keep a score, read off a stored curve, against 8.33 ln N.

A curve of the STS evaluator holds Spearman at every number of kept dimensions k up to the full d.
A share is taken of the score at d (`full`) and of the curve's largest (`best`). They are one
question for raw vectors and two after whitening: whitened on few sentences, the last directions
are noise as loud as the rest, the full score is a ruin, and 3 dimensions "keep" 95% of it.

Two k are given for each, because curves are not monotone:

- `first`: the smallest k whose score reaches it, which a lucky bump can make small;
- `stays`: the smallest k from which no later k falls below it. This is the headline: whoever keeps
  that many dimensions or more loses no more than said. None where the full score is below it.

N, the number of things to tell apart, is the number of distinct sentences scored. That the formula
then speaks about them at all is the hypothesis under test: it assumes random directions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.dataset import PairDataset
from evaluators.dimension.checks import at_least, finite_array
from evaluators.dimension.theory import PUBLISHED, items_checked, smallest_dimension
from evaluators.errors import DatasetError, ScoreError

Reference = Literal["full", "best"]
SHARES = (0.95, 0.99, 1.0)


@dataclass(frozen=True)
class Level:
    """The dimensions that keep a share of a score.

    Attributes:
        reference: `full` or `best`: the score of which it is a share.
        share: 1 is all of it.
        target: The score asked for.
        first: Smallest k that reaches it.
        stays: Smallest k from which no later k falls below it; None where the last one does.
        first_coefficient: first / ln N, to compare with 8.33.
        stays_coefficient: stays / ln N, likewise.
        enough: Whether 8.33 ln N dimensions keep it: the score there (at the next whole k, or at d
            where that is smaller) is no lower than the target.
    """

    reference: Reference
    share: float
    target: float
    first: int
    stays: int | None
    first_coefficient: float
    stays_coefficient: float | None
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
        levels: One for each share of the full score, then one for each share of the best.
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
    references: tuple[tuple[Reference, float], ...] = (("full", full), ("best", float(curve[best])))
    levels = tuple(
        _level(reference, share, share * score, curve, start, log_items, at_formula)
        for reference, score in references
        for share in shares
    )
    return Kept(
        items,
        start + len(curve) - 1,
        full,
        float(curve[best]),
        start + best,
        formula,
        smallest_dimension(items),
        at_formula,
        levels,
    )


def _level(
    reference: Reference,
    share: float,
    target: float,
    curve: NDArray[np.float64],
    start: int,
    log_items: float,
    at_formula: float,
) -> Level:
    first = start + int(np.argmax(curve >= target))
    below = np.flatnonzero(curve < target)
    stays: int | None = start + (int(below[-1]) + 1 if len(below) else 0)
    if curve[-1] < target:
        stays = None
    return Level(
        reference,
        share,
        target,
        first,
        stays,
        first / log_items,
        None if stays is None else stays / log_items,
        at_formula >= target,
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
