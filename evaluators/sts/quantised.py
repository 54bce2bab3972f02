"""Score vectors that are kept in fewer bits: bytes, or one bit a dimension.

They come from the vectors of the same forward pass, so that a quantised score costs no encoding.
int8 is `quantize_embeddings` of sentence-transformers 6: each dimension's range in 255 steps, put
back into the range before vectors are compared. As there, the ranges are those of the vectors
themselves if no others are given, so that the score is transductive: new sentences may lie outside.
A binary vector holds the signs, and the similarity of
two is 1 − 2 · Hamming distance / k, which is the cosine of vectors of ±1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.result import Score
from evaluators.sts.bootstrap import Resamples, interval
from evaluators.sts.dependence import spearman_influence, stretch
from evaluators.sts.score import Bootstrap, Pairs, prefix_cosines
from evaluators.sts.spearman import spearman

Floats = NDArray[np.float64]
Precision = Literal["int8", "binary"]


def quantise(columns: Floats, precision: Precision) -> Floats:
    """Return what is left of vectors in fewer bits.

    Args:
        columns: Vectors as columns, shape (d, m).
        precision: `int8` for 256 steps between the least and the largest number of a dimension,
            `binary` for -1 and 1.
    """
    if precision == "binary":
        signs: Floats = np.where(columns > 0, 1.0, -1.0)
        return signs
    vectors = columns.astype(np.float32)  # as the library computes
    starts = vectors.min(axis=1, keepdims=True)
    steps = (vectors.max(axis=1, keepdims=True) - starts) / 255
    steps[steps == 0] = 1  # one value only
    codes = np.clip(np.floor((vectors - starts) / steps), 0, 255)
    restored: Floats = (starts + codes * steps).astype(np.float64)
    return restored


def quantised_scores(
    pairs: Pairs,
    columns: Floats,
    precisions: Sequence[Precision],
    full: Mapping[int, Floats],
    bootstrap: Bootstrap,
) -> list[Score]:
    """Return Spearman in fewer bits, and its difference from that of the vectors themselves.

    Metrics are `spearman_int8` and `spearman_int8_change` and the like, at each number of
    dimensions. The interval of a change is paired: both sides see the same resamples.

    Args:
        pairs: The dataset.
        columns: Vectors of `pairs.used` as columns, shape (d, m).
        precisions: What to score.
        full: Cosines of the vectors themselves by number of dimensions, each shape (n,).
        bootstrap: Settings of the intervals.

    Raises:
        ScoreError: A similarity is constant, as it may be with few bits.
    """
    scores = []
    for precision in precisions:
        for k, cosines in _cosines(pairs, quantise(columns, precision), sorted(full)).items():
            scores += _compare(pairs, precision, k, cosines, full[k], bootstrap)
    return scores


def _cosines(pairs: Pairs, columns: Floats, wanted: Sequence[int]) -> dict[int, Floats]:
    blocks = prefix_cosines(columns, pairs.first, pairs.second)
    return {
        k: cosines[k - start].copy()
        for start, cosines in blocks
        for k in wanted
        if start <= k < start + len(cosines)
    }


def _compare(
    pairs: Pairs,
    precision: str,
    k: int,
    cosines: Floats,
    full: Floats,
    bootstrap: Bootstrap,
) -> list[Score]:
    gold, n = pairs.dataset.gold, len(pairs.dataset)
    value = float(spearman(cosines, gold))
    change = value - float(spearman(full, gold))
    ends: list[tuple[float, float] | None] = [None, None]
    if bootstrap.resamples:
        resamples = pairs.resamples(bootstrap)
        replicates = Resamples.spearman(resamples, cosines)
        changes = replicates - Resamples.spearman(resamples, full)
        influence = spearman_influence(cosines, gold)
        influence_of_change = influence - spearman_influence(full, gold)
        for i, (score, drawn, by_pair, most) in enumerate(
            ((value, replicates, influence, 1), (change, changes, influence_of_change, 2))
        ):
            found = interval(drawn, bootstrap.confidence)
            if found is not None:
                ends[i] = stretch(found, score, pairs.shared.error_ratio(by_pair), most=most)
    variant = {"k": k, "aggregate": "all"}
    name = f"spearman_{precision}"
    return [
        Score(name, value, n, variant, *(ends[0] or (None, None))),
        Score(f"{name}_change", change, n, variant, *(ends[1] or (None, None))),
    ]
