"""Sentences beside their negations and beside paraphrases, to see whether training parts them.

RoFormer-Sim-FT shows one such pair (kexue.fm/archives/8541); these are made of patterns.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

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


class Negations(NamedTuple):
    """Pairs of one language.

    Attributes:
        negation: Sentences beside their negations.
        paraphrase: The same sentences beside paraphrases.
    """

    negation: PairDataset
    paraphrase: PairDataset


def negations(language: Literal["en", "zh"]) -> Negations:
    """Return 40 pairs of each kind."""
    texts = [
        [part.format(place) for part in pattern]
        for pattern in _PATTERNS[language]
        for place in _PLACES[language]
    ]
    first, negated, paraphrased = map(tuple, zip(*texts, strict=True))
    return Negations(
        *(
            PairDataset(kind, language, first, second, np.zeros(len(first)))
            for kind, second in (("negation", negated), ("paraphrase", paraphrased))
        )
    )
