"""Words, documents, splits and counts, against counting by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evaluators.dimension_words.counting import count_pairs, read_tokens, tokenise
from evaluators.errors import DimensionError, ScoreError


def lines(count: int = 200, types: int = 30, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    names = [f"{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(types)]
    weights = 1 / np.arange(1, types + 1)
    return [
        " ".join(random.choice(names, size=random.integers(3, 12), p=weights / weights.sum()))
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 3 o'clock, Don’t_panic!", ["it's", "o'clock", "don’t", "panic"]),
        ("我爱 Python3语言", ["我", "爱", "python", "语", "言"]),
        ("Straße ÉTÉ", ["strasse", "été"]),
        ("'quoted' 12 _ --", ["quoted"]),
        ("\U00020000x", ["\U00020000", "x"]),
    ],
)
def test_words_are_runs_of_letters_and_single_han_characters(text, words):
    assert tokenise(text) == words


def test_types_come_by_frequency_and_then_by_spelling():
    tokens = read_tokens(["b a", "c", "b c d a"])
    assert tokens.types == ("a", "b", "c", "d")
    assert tokens.counts.tolist() == [2, 2, 2, 1]
    assert [tokens.types[i] for i in tokens.ids] == ["b", "a", "c", "b", "c", "d", "a"]
    assert tokens.starts.tolist() == [0, 2, 3, 7]
    assert tokens.document_of.tolist() == [0, 0, 1, 2, 2, 2, 2]


def test_a_repeated_document_is_dropped_and_counted():
    tokens = read_tokens(["a b", "A, b!", "b a", "", "12", "a b"])
    assert (tokens.documents, tokens.repeated) == (2, 2)


@pytest.mark.parametrize("bad", [[], ["", "123 _"], ["a a a", "a"]])
def test_a_text_without_different_words_is_named(bad):
    with pytest.raises(DimensionError, match=r"the corpus has (no word|only one word, 'a')"):
        read_tokens(bad)


def test_counts_are_those_of_a_plain_loop():
    tokens = read_tokens(lines())
    found = count_pairs(tokens, 12, window=3, seed=5)
    total = sum(part.toarray() for part in found.parts)
    expected: Counter[tuple[int, int]] = Counter()
    for start, end in zip(tokens.starts[:-1], tokens.starts[1:], strict=True):
        kept = [int(i) for i in tokens.ids[start:end] if i < 12]
        for at, word in enumerate(kept):
            for near in (*kept[max(0, at - 3) : at], *kept[at + 1 : at + 4]):
                expected[word, near] += 1
    assert {(i, j): total[i, j] for i, j in zip(*np.nonzero(total), strict=True)} == expected
    assert all((part != part.T).nnz == 0 for part in found.parts)
    assert found.coverage == pytest.approx(tokens.counts[:12].sum() / tokens.counts.sum())


def test_no_document_is_in_two_parts_and_each_seed_splits_anew():
    # Every document has a word of its own, so a leak would show as that word in two parts.
    names = [f"{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(60)]
    tokens = read_tokens(f"{name} {name} zzz {name}" for name in names)
    rows = []
    for seed in (0, 1):
        found = count_pairs(tokens, 61, seed=seed)
        occurs = np.array([part.sum(axis=1)[1:] > 0 for part in found.parts])
        assert occurs.sum(axis=0).max() == 1
        assert occurs.sum(axis=1).tolist() == [48, 6, 6]
        rows.append(occurs)
    assert not np.array_equal(rows[0], rows[1])
    again = count_pairs(tokens, 61, seed=1)
    assert (again.test != count_pairs(tokens, 61, seed=1).test).nnz == 0


def test_the_sparse_way_counts_as_the_dense_one(monkeypatch):
    tokens = read_tokens(lines())
    dense = count_pairs(tokens, 20)
    monkeypatch.setattr("evaluators.dimension_words.counting._DENSE_CELLS", 0)
    sparse = count_pairs(tokens, 20)
    for one, other in zip(dense.parts, sparse.parts, strict=True):
        assert (one != other).nnz == 0


@pytest.mark.parametrize(
    ("documents", "vocabulary", "message"),
    [
        (lines(), 1, "vocabulary must be at least 2, got 1"),
        (lines(), 4.5, "vocabulary must be a whole number, got 4.5"),
        (lines(), 31, "vocabulary must be at most 30, .*got 31"),
        (["a b c d e f"], 3, "1 block.s. of documents, fewer than the 10"),
        ([*("ab cd" * i for i in range(1, 9)), "x y " * 5000], 3, "fewer than the 10"),
        ([f"{chr(97 + i)}" for i in range(20)], 3, "no two words of the vocabulary of 3"),
    ],
)
def test_what_cannot_be_counted_is_named(documents, vocabulary, message):
    with pytest.raises(DimensionError, match=message):
        count_pairs(read_tokens(documents), vocabulary)


def test_a_window_of_nothing_is_named():
    with pytest.raises(ScoreError, match=r"window must be .* got 0"):
        count_pairs(read_tokens(lines()), 5, window=0)
