"""The baseline for answers in a context: candidates, ranked by a linear model.

Answers by scoring pieces of the context with a ridge regression.
A piece is a sentence, up to four clauses of one, or something shorter that looks like an answer (a
date, a number, a title, a name in Latin letters, what stands before or after "is" …): see
`candidates`. Its score is learned from how much it shares with the right answer, and read off how
similar its sentence is to the question by TF-IDF, which words ask, what kind of piece it is and how
long, and how much of it the question says already.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.baselines.text_baselines import shared, vectorizer
from evaluators.trainer.labelled_data import SpanExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset


_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_CLAUSE = re.compile(r"[^，,：:。！？!?；;\n]+")
_DIGITS = "0-9０-９一二三四五六七八九十百千萬万億亿"
_SHORT = {
    "date": r"(?:公元前?)?[0-9０-９]{2,4}\s?年(?:代|[0-9０-９]+月(?:[0-9０-９]+日)?)?"
    r"|[0-9０-９]+月[0-9０-９]+日",
    "number": rf"[{_DIGITS}兩两][{_DIGITS}.,，]*[^\s，。、；：！？,.;:!?的在於于是和與与]{{0,2}}",
    "title": r"《[^《》]{1,40}》|[「“][^「」“”]{1,40}[」”]",
    "quoted": r"(?<=[《「“])[^《》「」“”]{1,40}(?=[》」”])",
    "latin": r"[A-Za-z][A-Za-z0-9 .'\-]*[A-Za-z0-9]",
    "item": r"[^，,：:。！？!?；;\n、和與与及]{2,16}",
    "object": r"(?<=[是為为在由於于被叫])[^，,：:。！？!?；;\n]{2,20}",
    "subject": r"(?<![^，,。；\n])[^，,：:。！？!?；;\n]{2,12}?(?=[是為为在由於于被的])",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _SHORT.items()}
_MOST_CLAUSES = 4


class Candidate(NamedTuple):
    """A candidate answer: a piece of a context.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character.
        kind: Name of the pattern that made it a candidate.
        sentence: Number of the sentence it is in.
    """

    start: int
    end: int
    kind: str
    sentence: int


def sentences(context: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence; of the whole context where there is none."""
    spans = [match.span() for match in _SENTENCE.finditer(context) if match.group().strip()]
    return spans or [(0, len(context))]


def candidates(context: str) -> list[Candidate]:
    """Return the candidate pieces of a context, without duplicates, in order."""
    by_span: dict[tuple[int, int], Candidate] = {}

    def add(start: int, end: int, kind: str, number: int) -> None:
        while start < end and context[start].isspace():
            start += 1
        while start < end and context[end - 1].isspace():
            end -= 1
        if start < end:
            by_span.setdefault((start, end), Candidate(start, end, kind, number))

    for number, (start, end) in enumerate(sentences(context)):
        clauses = [match.span() for match in _CLAUSE.finditer(context, start, end)]
        for first in range(len(clauses)):
            for last in range(first, min(first + _MOST_CLAUSES, len(clauses))):
                kind = "clause" if first == last else "clauses"
                add(clauses[first][0], clauses[last][1], kind, number)
        add(start, end, "sentence", number)
        for kind, pattern in _PATTERNS.items():
            for match in pattern.finditer(context, start, end):
                add(*match.span(), kind, number)
    return list(by_span.values())


_QUESTION_WORDS = """
谁 誰 哪 哪里 哪裡 哪一年 何 何时 何時 何处 何地 什么 什麼 甚麼 多少 几 幾 多长 多久 多大 多高
為何 为何
为什么 為什麼 原因 怎 如何 时候 時候 年 人 地 名 国 國 几个 幾個 哪些 哪個 哪个 介绍 评价 简述
"""
_ASKING = _QUESTION_WORDS.split()
_BUCKETS = 1 << 18
_NEAR = 12
"""Number of characters on either side of a piece in which words of the question count."""
_TOGETHER = 200
"""Number of examples whose pieces are scored at once."""


class _Pieces(NamedTuple):
    """The pieces of one example and their features."""

    found: list[Candidate]
    words: list[list[str]]
    numbers: NDArray[np.float32]


def pick(train: LabelledDataset, scored: LabelledDataset, seed: int) -> list[str]:
    """Return the best piece of each context; deterministic, so the seed is ignored."""
    from sklearn.linear_model import Ridge

    train_examples = cast("tuple[SpanExample, ...]", train.examples)
    scored_examples = cast("tuple[SpanExample, ...]", scored.examples)
    texts = dict.fromkeys(
        text for example in train_examples for text in (example.context, example.question)
    )
    vectors = vectorizer(list(texts), longest=2)
    pieces = _pieces(vectors, train_examples)
    worth = np.array(
        [
            max(
                _overlap(example.context[piece.start : piece.end], answer)
                for answer in example.answers
            )
            for example, candidates in zip(train_examples, pieces, strict=True)
            for piece in candidates.found
        ]
    )
    model = Ridge(alpha=3.0, solver="sparse_cg", tol=1e-4).fit(_matrix(pieces), worth)
    answers = []
    for start in range(0, len(scored_examples), _TOGETHER):
        block = scored_examples[start : start + _TOGETHER]
        pieces = _pieces(vectors, block)
        scores = iter(model.predict(_matrix(pieces)))
        for example, candidates in zip(block, pieces, strict=True):
            own_scores = [next(scores) for _ in candidates.found]
            best = candidates.found[int(np.argmax(own_scores))]
            answers.append(example.context[best.start : best.end])
    return answers


def _pieces(vectors: Any, examples: tuple[SpanExample, ...]) -> list[_Pieces]:
    spans_by_example = [sentences(example.context) for example in examples]
    owner = [row for row, spans in enumerate(spans_by_example) for _ in spans]
    texts = [
        example.context[a:b]
        for example, spans in zip(examples, spans_by_example, strict=True)
        for a, b in spans
    ]
    question = vectors.transform([example.question for example in examples])[owner]
    similarities = shared(vectors.transform(texts), question).numbers
    pieces, start = [], 0
    for example, spans in zip(examples, spans_by_example, strict=True):
        own = similarities[start : start + len(spans)]
        start += len(spans)
        pieces.append(_described(example, own))
    return pieces


def _described(example: SpanExample, similarities: NDArray[np.float32]) -> _Pieces:
    """Return the pieces of a context with features, given its sentences' similarities."""
    rank = (-similarities[:, 0]).argsort(kind="stable").argsort(kind="stable")
    asking = [word for word in _ASKING if word in example.question] or ["-"]
    bigrams = {example.question[k : k + 2] for k in range(len(example.question) - 1)}
    context, length = example.context, len(example.context)
    # Number of bigrams of the question that start before each place of the context.
    hits = [0, *accumulate(context[k : k + 2] in bigrams for k in range(length))]
    pieces = candidates(context)
    words, numbers = [], []
    for start, end, kind, sentence in pieces:
        size = int(np.log2(end - start) * 2)
        place = min(int(rank[sentence]), 5)
        features = (kind, f"{kind}{size}", f"size{size}", f"last{context[end - 1]}", f"rank{place}")
        context_features = (
            f"before{context[max(0, start - 2) : start]}",
            f"after{context[end : end + 1]}",
        )
        words.append(
            [
                *features,
                *context_features,
                *(f"{word}|{each}" for word in asking for each in features),
            ]
        )
        repeated = (hits[end - 1] - hits[start]) / max(end - start - 1, 1)
        before = hits[max(start - 1, 0)] - hits[max(0, start - _NEAR)]
        after = hits[min(length, end + _NEAR)] - hits[end]
        near = (before + after) / max(len(bigrams), 1)
        numbers.append((*similarities[sentence], repeated, near, 1.0 / (1 + rank[sentence])))
    return _Pieces(pieces, words, np.array(numbers, dtype=np.float32))


def _matrix(pieces: list[_Pieces]) -> Any:
    from scipy import sparse
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(
        n_features=_BUCKETS, input_type="string", dtype=np.float32, alternate_sign=False
    )
    words = hasher.transform(row for own in pieces for row in own.words)
    numbers = np.concatenate([own.numbers for own in pieces])
    return sparse.hstack([words, sparse.csr_matrix(3 * numbers)], format="csr")


def _overlap(piece: str, answer: str) -> float:
    """Return F1 over characters regardless of their order: fast, and enough for training."""
    both = (Counter(piece) & Counter(answer)).total()
    return 2 * both / (len(piece) + len(answer))
