"""CMRC 2018's exact match and F1 of answers, to the letter of its evaluation script.

Its definition (Cui et al. 2019, arXiv:1810.07366, and cmrc2018_evaluate.py): both texts in lower
case without punctuation; Chinese characters are units, runs of anything else are split as NLTK
splits English words; F1 rests on the longest *contiguous* common run of units.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from evaluators.clue.metrics.counts import Metric, mean
from evaluators.clue.predictions import Predictions

if TYPE_CHECKING:
    from nltk.tokenize.destructive import NLTKWordTokenizer

_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
"""The script's list, less its one entry of two characters (……), which never matches one."""

_CHINESE = re.compile("[\u4e00-\u9fa5]")


@cache
def _words() -> NLTKWordTokenizer:
    from nltk.tokenize.destructive import NLTKWordTokenizer

    return NLTKWordTokenizer()


def bare(text: str) -> str:
    """Return a text as exact match compares it: lower case, no punctuation of the list."""
    return "".join(each for each in text.lower().strip() if each not in _PUNCTUATION)


def units(text: str) -> list[str]:
    """Return the units that F1 counts."""
    found: list[str] = []
    run = ""
    for character in text.lower().strip():
        if character in _PUNCTUATION:
            continue
        if _CHINESE.match(character):
            found += _words().tokenize(run)
            found.append(character)
            run = ""
        else:
            run += character
    return found + list(_words().tokenize(run))


def longest_run(one: list[str], other: list[str]) -> int:
    """Return the length of the longest contiguous run that two lists share."""
    best, row = 0, [0] * (len(other) + 1)
    for unit in one:
        before = row
        row = [0] * (len(other) + 1)
        for index, against in enumerate(other, start=1):
            if unit == against:
                row[index] = before[index - 1] + 1
                best = max(best, row[index])
    return best


def f1_of(answers: tuple[str, ...], predicted: str) -> float:
    """Return the best F1 of an answer against the accepted ones."""
    said = units(predicted)
    best = 0.0
    for answer in answers:
        meant = units(answer)
        run = longest_run(meant, said)
        if run:
            precision, recall = run / len(said), run / len(meant)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


def exact(answers: tuple[str, ...], predicted: str) -> bool:
    """Whether an answer is one of the accepted ones but for case and punctuation."""
    return bare(predicted) in {bare(answer) for answer in answers}


def metrics(predictions: Predictions) -> list[Metric]:
    """Return the mean of exact match and F1, which CMRC ranks by, and the two."""
    pairs = list(zip(predictions.gold, predictions.predicted, strict=True))
    em = np.array([exact(tuple(gold), said) for gold, said in pairs], dtype=float)
    f1 = np.array([f1_of(tuple(gold), said) for gold, said in pairs])
    one = np.ones(len(pairs))
    return [
        Metric(name, np.stack([values, one], axis=1), mean)
        for name, values in (("em_f1", (em + f1) / 2), ("em", em), ("f1", f1))
    ]
