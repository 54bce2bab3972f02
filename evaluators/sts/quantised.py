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
from evaluators.sts.baseline import Baseline
from evaluators.sts.score import Bootstrap, Pairs, cosines_at

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
    baselines = {k: Baseline(pairs, cosines, bootstrap) for k, cosines in full.items()}
    for precision in precisions:
        codes = quantise(columns, precision)
        for k, cosines in cosines_at(pairs, codes, sorted(full)).items():
            scores += baselines[k].compare(cosines, f"spearman_{precision}", k)
    return scores
