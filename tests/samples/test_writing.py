"""The sentences are single pieces, and their grades are about meaning, not about shared words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from scipy.stats import spearmanr


def bare(sentence: str) -> str:
    return re.sub(r"[\W_]+", "", sentence.casefold())


def shingles(units: list[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(units[i : i + size]) for i in range(len(units) - size + 1)}


def test_800_distinct_sentences(both):
    sentences = [sentence for sample in both for sentence in sample.sentences]
    assert len(sentences) == 800
    assert len(set(sentences)) == 800
    assert [s for s, count in Counter(map(bare, sentences)).items() if count > 1] == []


def test_no_sentence_repeats_another_pair(sample):
    """At most 75% of the 4-word (6-character) shingles of the shorter sentence are in the other."""
    size = 4 if sample.language == "en" else 6
    cut = [
        (number, shingles(sample.units(sentence), size))
        for number, pair in enumerate(sample.pairs)
        for sentence in pair[:2]
    ]
    where = defaultdict(list)
    for index, (_, pieces) in enumerate(cut):
        for piece in pieces:
            where[piece].append(index)
    shared = Counter(
        (a, b) for found in where.values() for a in found for b in found if cut[a][0] < cut[b][0]
    )
    too_alike = [
        (sample.sentences[a], sample.sentences[b])
        for (a, b), count in shared.items()
        if count > 0.75 * min(len(cut[a][1]), len(cut[b][1]))
    ]
    assert too_alike == []


def test_no_opening_is_a_template(sample):
    openings = Counter(
        tuple(sample.units(pair.first)[: 3 if sample.language == "en" else 4])
        for pair in sample.pairs
    )
    assert max(openings.values()) <= 3


def test_sentences_ask_and_command_too(sample):
    questions = [s for s in sample.sentences if s.endswith(("?", "？"))]
    assert len(questions) >= 10


def test_overlap_says_something_but_not_everything(sample):
    overlaps = [sample.overlap(pair) for pair in sample.pairs]
    grades = [float(pair.score) for pair in sample.pairs]
    correlation = float(spearmanr(overlaps, grades).statistic)
    assert 0 < correlation < 0.75


def test_overlap_misleads_in_both_directions(sample):
    """Same meaning in other words, and the same words with another meaning."""
    reworded = [p for p in sample.pairs if float(p.score) >= 4.5 and sample.overlap(p) <= 0.2]
    traps = [p for p in sample.pairs if float(p.score) <= 2 and sample.overlap(p) >= 0.5]
    assert len(reworded) >= 8
    assert len(traps) >= 5


def test_the_readme_names_the_overlap_of_the_file(sample, readme):
    """The overlap the README names is the one of the file."""
    overlaps = [sample.overlap(pair) for pair in sample.pairs]
    grades = [float(pair.score) for pair in sample.pairs]
    row = next(line for line in readme.splitlines() if line.startswith("| overlap alone"))
    named = [float(cell) for cell in row.split("|")[2:4]][sample.language == "zh"]
    assert named == round(float(spearmanr(overlaps, grades).statistic), 2)
