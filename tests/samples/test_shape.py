from __future__ import annotations

import re
import unicodedata
from collections import Counter

GRADES = [half / 2 for half in range(11)]


def test_200_rows_of_four_columns(sample):
    assert sample.header == ["sentence1", "sentence2", "score", "topic"]
    assert len(sample.lines) == 200
    assert {len(line) for line in sample.lines} == {4}


def test_encoding(sample):
    assert not sample.raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in sample.raw
    assert sample.raw.endswith(b"\n")
    assert not sample.raw.endswith(b"\n\n")


def test_cells_are_clean(sample):
    for line in sample.lines:
        for cell in line:
            assert cell
            assert cell == cell.strip()
            assert unicodedata.is_normalized("NFC", cell)
            assert "  " not in cell
            # A cell that opens or closes with a quote reads differently under CSV quoting rules.
            assert '"' not in cell
            assert all(
                unicodedata.category(letter) not in {"Cc", "Cf", "Co", "Cn"} for letter in cell
            )


def test_language(sample):
    for sentence in sample.sentences:
        assert bool(re.search(r"[\u4e00-\u9fff]", sentence)) == (sample.language == "zh")


def test_every_grade_is_used_and_the_integers_often(sample):
    assert all(re.fullmatch(r"[0-4](\.5)?|5", pair.score) for pair in sample.pairs)
    histogram = Counter(float(pair.score) for pair in sample.pairs)
    assert sorted(histogram) == GRADES
    assert min(histogram[grade] for grade in range(6)) >= 20
    assert max(histogram.values()) <= 40


def test_topics(sample):
    topics = Counter(pair.topic for pair in sample.pairs)
    assert len(topics) >= 8
    assert min(topics.values()) >= 10
    for topic in topics:
        grades = [float(pair.score) for pair in sample.pairs if pair.topic == topic]
        assert min(grades) == 0
        assert max(grades) == 5


def test_lengths_vary(sample):
    lengths = [len(sample.units(sentence)) for sentence in sample.sentences]
    shortest, longest = (4, 35) if sample.language == "en" else (5, 60)
    assert min(lengths) >= shortest
    assert max(lengths) <= longest
    assert max(lengths) >= 0.75 * longest
    assert sum(length <= 2 * shortest for length in lengths) >= 40
    assert sum(length >= 0.5 * longest for length in lengths) >= 8


def test_the_readme_states_the_rule_the_grader_and_the_licence(sample, readme):
    for word in ("one grader", "CC0 1.0", "Negation", "Numbers", "Word order", "overlap"):
        assert word in readme
    for topic in {pair.topic for pair in sample.pairs}:
        assert topic in readme
