"""Sentences beside their negations and beside paraphrases, to see whether training parts them.

RoFormer-Sim-FT shows one such pair (kexue.fm/archives/8541); these are made of patterns.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluators.dataset import PairDataset

_PLACES = {
    "zh": ("北京", "上海", "广州", "成都", "南京", "西安", "杭州", "重庆"),
    "en": ("Paris", "London", "Rome", "Berlin", "Madrid", "Vienna", "Dublin", "Oslo"),
}
# A sentence, its negation, and a paraphrase.
_PATTERNS = {
    "zh": (
        ("我喜欢{}", "我不喜欢{}", "{}是我喜欢的地方"),
        ("他去过{}", "他没去过{}", "{}他曾经去过"),
        ("她认识{}的人", "她不认识{}的人", "{}有她认识的人"),
        ("这里离{}很近", "这里离{}不近", "{}就在这附近"),
        ("他们想去{}", "他们不想去{}", "{}是他们想去的地方"),
    ),
    "en": (
        ("I like {}.", "I do not like {}.", "{} is a place that I like."),
        ("He has been to {}.", "He has never been to {}.", "{} is a place where he has been."),
        ("She knows people in {}.", "She knows nobody in {}.", "There are people in {} she knows."),
        ("This is near {}.", "This is not near {}.", "{} is close to here."),
        ("They want to go to {}.", "They do not want to go to {}.", "{} is where they want to go."),
    ),
}

COUNT = 40
"""Number of pairs of each kind."""


def negations(language: Literal["en", "zh"]) -> PairDataset:
    """Return 40 sentences beside their negations, graded 0, and beside paraphrases, graded 1."""
    texts = [
        [part.format(place) for part in pattern]
        for pattern in _PATTERNS[language]
        for place in _PLACES[language]
    ]
    first, negated, paraphrased = map(tuple, zip(*texts, strict=True))
    gold = np.repeat([0.0, 1.0], len(first))
    return PairDataset("negations", language, first * 2, negated + paraphrased, gold)


def mean_cosines(pairs: PairDataset, cosines: ArrayLike) -> dict[str, float]:
    """Return the mean cosine of negations and of paraphrases, by the names of these metrics."""
    found = np.asarray(cosines, dtype=np.float64)
    kinds = {"negation_cosine": 0.0, "paraphrase_cosine": 1.0}
    return {metric: float(found[pairs.gold == grade].mean()) for metric, grade in kinds.items()}
