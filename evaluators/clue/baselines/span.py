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
    """A piece of a context.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last.
        kind: What made it a candidate.
        sentence: Number of the sentence it is in.
    """

    start: int
    end: int
    kind: str
    sentence: int


def sentences(context: str) -> list[tuple[int, int]]:
    """Return where each sentence starts and ends; the whole context where it has none."""
    found = [match.span() for match in _SENTENCE.finditer(context) if match.group().strip()]
    return found or [(0, len(context))]


def candidates(context: str) -> list[Candidate]:
    """Return the pieces of a context, each once, in order."""
    found: dict[tuple[int, int], Candidate] = {}

    def add(start: int, end: int, kind: str, number: int) -> None:
        while start < end and context[start].isspace():
            start += 1
        while start < end and context[end - 1].isspace():
            end -= 1
        if start < end:
            found.setdefault((start, end), Candidate(start, end, kind, number))

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
    return list(found.values())


_QUESTION_WORDS = """
谁 誰 哪 哪里 哪裡 哪一年 何 何时 何時 何处 何地 什么 什麼 甚麼 多少 几 幾 多长 多久 多大 多高
為何 为何
为什么 為什麼 原因 怎 如何 时候 時候 年 人 地 名 国 國 几个 幾個 哪些 哪個 哪个 介绍 评价 简述
"""
_ASKING = _QUESTION_WORDS.split()
_BUCKETS = 1 << 18
_NEAR = 12
"""Characters on either side of a piece in which words of the question count."""
_TOGETHER = 200
"""Examples whose pieces are scored at once."""


class _Pieces(NamedTuple):
    """The pieces of one example and their features."""

    found: list[Candidate]
    words: list[list[str]]
    numbers: NDArray[np.float32]


def pick(train: LabelledDataset, scored: LabelledDataset, seed: int) -> list[str]:
    """Return the best piece of each context; nothing is drawn, so the seed changes nothing."""
    from sklearn.linear_model import Ridge

    learned = cast("tuple[SpanExample, ...]", train.examples)
    asked = cast("tuple[SpanExample, ...]", scored.examples)
    texts = dict.fromkeys(text for one in learned for text in (one.context, one.question))
    vectors = vectorizer(list(texts), longest=2)
    pieces = _pieces(vectors, learned)
    worth = np.array(
        [
            max(_overlap(one.context[piece.start : piece.end], answer) for answer in one.answers)
            for one, mine in zip(learned, pieces, strict=True)
            for piece in mine.found
        ]
    )
    model = Ridge(alpha=3.0, solver="sparse_cg", tol=1e-4).fit(_matrix(pieces), worth)
    answers = []
    for start in range(0, len(asked), _TOGETHER):
        some = asked[start : start + _TOGETHER]
        pieces = _pieces(vectors, some)
        scores = iter(model.predict(_matrix(pieces)))
        for one, mine in zip(some, pieces, strict=True):
            own = [next(scores) for _ in mine.found]
            best = mine.found[int(np.argmax(own))]
            answers.append(one.context[best.start : best.end])
    return answers


def _pieces(vectors: Any, examples: tuple[SpanExample, ...]) -> list[_Pieces]:
    where = [sentences(one.context) for one in examples]
    owner = [row for row, found in enumerate(where) for _ in found]
    texts = [one.context[a:b] for one, found in zip(examples, where, strict=True) for a, b in found]
    question = vectors.transform([one.question for one in examples])[owner]
    alike = shared(vectors.transform(texts), question).numbers
    made, start = [], 0
    for one, found in zip(examples, where, strict=True):
        mine = alike[start : start + len(found)]
        start += len(found)
        made.append(_described(one, mine))
    return made


def _described(one: SpanExample, alike: NDArray[np.float32]) -> _Pieces:
    """Return the pieces of a context, whose sentences are alike to the question by so much."""
    rank = (-alike[:, 0]).argsort(kind="stable").argsort(kind="stable")
    asking = [word for word in _ASKING if word in one.question] or ["-"]
    said = {one.question[k : k + 2] for k in range(len(one.question) - 1)}
    context, length = one.context, len(one.context)
    # How many pairs of characters of the question start before each place of the context.
    hits = [0, *accumulate(context[k : k + 2] in said for k in range(length))]
    found = candidates(context)
    words, numbers = [], []
    for start, end, kind, sentence in found:
        size = int(np.log2(end - start) * 2)
        place = min(int(rank[sentence]), 5)
        what = (kind, f"{kind}{size}", f"size{size}", f"last{context[end - 1]}", f"rank{place}")
        around = (f"before{context[max(0, start - 2) : start]}", f"after{context[end : end + 1]}")
        words.append([*what, *around, *(f"{word}|{each}" for word in asking for each in what)])
        repeated = (hits[end - 1] - hits[start]) / max(end - start - 1, 1)
        before = hits[max(start - 1, 0)] - hits[max(0, start - _NEAR)]
        after = hits[min(length, end + _NEAR)] - hits[end]
        beside = (before + after) / max(len(said), 1)
        numbers.append((*alike[sentence], repeated, beside, 1.0 / (1 + rank[sentence])))
    return _Pieces(found, words, np.array(numbers, dtype=np.float32))


def _matrix(pieces: list[_Pieces]) -> Any:
    from scipy import sparse
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(
        n_features=_BUCKETS, input_type="string", dtype=np.float32, alternate_sign=False
    )
    words = hasher.transform(row for mine in pieces for row in mine.words)
    numbers = np.concatenate([mine.numbers for mine in pieces])
    return sparse.hstack([words, sparse.csr_matrix(3 * numbers)], format="csr")


def _overlap(piece: str, answer: str) -> float:
    """Return F1 over characters, wherever they stand: quick, and enough to learn from."""
    both = (Counter(piece) & Counter(answer)).total()
    return 2 * both / (len(piece) + len(answer))
