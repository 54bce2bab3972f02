"""Paragraphs whose first sentence is the summary of the rest, and an extractor of sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import DatasetError

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

Floats = NDArray[np.float64]

SENTENCE = re.compile(r"[^。！？]*[。！？]")
FEWEST, SHORTEST = 3, 8
"""Sentences of a paragraph, and characters of its summary."""

KINDS = ("rouge1", "rouge2", "rougeL")

DIMENSIONS = 4
"""Of what the extractor sees of a sentence."""


class Paragraph(NamedTuple):
    """A summary and its source.

    Attributes:
        summary: The first sentence.
        sentences: The others.
    """

    summary: str
    sentences: tuple[str, ...]

    @property
    def source(self) -> str:
        """All that is summarised."""
        return "".join(self.sentences)


def paragraphs(documents: Sequence[str], longest: int, room: int) -> list[Paragraph]:
    """Return the paragraphs with a summary that fits and more to read than fits.

    Args:
        documents: The text.
        longest: Largest number of characters of a summary.
        room: Characters that a generator reads; a source has more.

    Raises:
        DatasetError: There are fewer than 20.
    """
    found = []
    for document in documents:
        first, *others = SENTENCE.findall(document) or [""]
        each = Paragraph(first, tuple(others))
        if (
            SHORTEST <= len(first) <= longest
            and len(others) >= FEWEST - 1
            and len(each.source) > room
        ):
            found.append(each)
    if len(found) < 20:
        raise DatasetError(
            f"{len(found)} paragraphs have a summary of {SHORTEST} to {longest} characters and a"
            f" source of more than {room}: name a text of Chinese paragraphs, one a line"
        )
    return found


class Characters:
    """Tokens are the characters: the library's own words are made of a to z alone."""

    def tokenize(self, text: str) -> list[str]:
        """Return the characters that are no white space."""
        return [each for each in text if not each.isspace()]


def scorer() -> RougeScorer:
    """Return a scorer of ROUGE-1, -2 and -L on characters."""
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(list(KINDS), tokenizer=Characters())


def rouge(target: str, written: str, by: RougeScorer) -> Floats:
    """Return the F1 of each kind, (3,)."""
    found = by.score(target, written)
    return np.array([found[kind].fmeasure for kind in KINDS])


@lru_cache(maxsize=1 << 14)  # every seed asks for most of the paragraphs
def most_worth(paragraph: Paragraph) -> int:
    """Return the place of the sentence with the largest ROUGE-2 plus ROUGE-L."""
    by = scorer()
    worth = [rouge(paragraph.summary, each, by)[1:].sum() for each in paragraph.sentences]
    return int(np.argmax(worth))


class Extractor:
    """A logistic regression that says which sentences are worth reading.

    Of each paragraph one sentence is an example of those worth reading, by `most_worth`.

    Args:
        train: Paragraphs to learn from.
    """

    def __init__(self, train: Sequence[Paragraph]) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        inputs = [seen_of(each.sentences) for each in train]
        best = [np.arange(len(each.sentences)) == most_worth(each) for each in train]
        self._scale = StandardScaler().fit(np.concatenate(inputs))
        self._model = LogisticRegression().fit(
            self._scale.transform(np.concatenate(inputs)), np.concatenate(best)
        )

    def order(self, sentences: Sequence[str]) -> list[int]:
        """Return the places of sentences, the one most worth reading first."""
        values = self._model.decision_function(self._scale.transform(seen_of(sentences)))
        return [int(place) for place in np.argsort(-values, kind="stable")]

    def extract(self, sentences: Sequence[str], room: int) -> str:
        """Return the sentences most worth reading that fit, in their own order; at least one."""
        kept: list[int] = []
        for place in self.order(sentences):
            if kept and sum(len(sentences[i]) for i in (*kept, place)) > room:
                break
            kept.append(place)
        return "".join(sentences[place] for place in sorted(kept))


def seen_of(sentences: Sequence[str]) -> Floats:
    """Return what the extractor sees of the sentences of one paragraph, (n, 4).

    The place, the logarithm of the length, whether it is the first, and the cosine between the
    counts of its pairs of characters and those of the whole paragraph.
    """
    pairs = [[a + b for a, b in pairwise(s)] for s in sentences]
    kinds = {pair: at for at, pair in enumerate(sorted({p for each in pairs for p in each}))}
    counts = np.zeros((len(sentences), max(1, len(kinds))))
    for row, each in enumerate(pairs):
        for pair in each:
            counts[row, kinds[pair]] += 1
    whole = counts.sum(axis=0)
    lengths = np.linalg.norm(counts, axis=1) * np.linalg.norm(whole)
    cosines = counts @ whole / np.maximum(lengths, 1e-9)
    places = np.arange(len(sentences))
    logs = np.log([len(sentence) for sentence in sentences])
    return np.column_stack([places / len(sentences), logs, places == 0, cosines])
