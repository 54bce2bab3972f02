"""One cell: a text whose structure needs a known number of dimensions."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.dimension_words.counting import read_tokens
from evaluators.dimension_words.fitting import Training
from evaluators.dimension_words.word_curve import grid_of, rule_of, sweep
from evaluators.errors import DimensionError, ScoreError
from flows.inputs.corpus import docstrings
from tests.evaluators.dimension_words.test_counting import lines

SHORT = Training(decays=(0.1, 0.01, 0.001, 0.0), steps=20, last_steps=60)


NAMES = [f"{chr(97 + i // 5)}{chr(97 + i % 5)}" for i in range(20)]


def chain(rank: int, documents: int = 400, length: int = 100, seed: int = 0):
    """Draw text from a reversible Markov chain with p(i, j) ∝ exp(u_i·u_j) in `rank` dimensions.

    Returns the documents and the entropies of a word alone and given its neighbour, nats.
    """
    random = np.random.default_rng(seed)
    u = random.standard_normal((20, rank)) * rank**-0.25
    joint = np.exp(u @ u.T)
    joint /= joint.sum()
    alone = joint.sum(axis=1)
    steps = np.cumsum(joint / alone[:, None], axis=1)
    state = random.choice(20, size=documents, p=alone)
    words = [state]
    for _ in range(length - 1):
        drawn = random.random((documents, 1))
        state = np.minimum((steps[state] < drawn).sum(axis=1), 19)
        words.append(state)
    texts = [" ".join(NAMES[i] for i in document) for document in np.stack(words, axis=1)]
    given = -(joint * np.log(joint / alone[:, None])).sum()
    return texts, float(-(alone * np.log(alone)).sum()), float(given)


def test_a_text_from_vectors_of_three_dimensions_needs_three():
    seen = []
    texts, alone, given = chain(3, documents=1500)
    found = sweep(
        read_tokens(texts),
        20,
        ns=(1, 2, 3, 6),
        window=1,
        training=SHORT,
        progress=lambda what, done, all_: seen.append((what, done, all_)),
    )
    assert found.ns == (1, 2, 3, 6, 20)
    assert found.rule_n == 20
    # Held-out words of one part in ten scatter, so the three splits are taken together.
    assert np.mean(found.unigram) == pytest.approx(alone, abs=0.02)
    assert np.mean(found.fits[2].test) == pytest.approx(given, abs=0.02)
    assert min(shares[2] for shares in found.shares) > 0.99
    assert max(shares[1] for shares in found.shares) < 0.97
    threshold = found.thresholds[0.99]
    assert 2 < threshold.n <= 3
    assert threshold.ci_low <= threshold.n <= threshold.ci_high
    assert not found.still_rising
    assert max(map(abs, found.rule_loss)) < 0.02
    assert found.coverage == 1
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1] == seen[-1][2]


def test_one_seed_has_thresholds_without_intervals():
    texts, _, _ = chain(3, documents=100)
    found = sweep(read_tokens(texts), 20, ns=(1, 2, 3), seeds=(7,), window=1, training=SHORT)
    assert found.thresholds[0.9].n is not None
    assert found.thresholds[0.9].ci_low is None


def test_the_rule_and_the_grid():
    assert [rule_of(n) for n in (100, 300, 1000, 10)] == [39, 48, 58, 10]
    assert grid_of(100)[-1] == 96
    assert grid_of(3) == (3,)


def test_words_that_say_nothing_about_one_another_have_no_gain_to_share():
    with pytest.raises(DimensionError, match="no n predicts held-out neighbours better"):
        sweep(read_tokens(lines(80)), 25, ns=(2,), seeds=(0,))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"ns": (0, 2)}, DimensionError, "n must be between 1 and 20, got 0 to"),
        ({"ns": (2, 21)}, DimensionError, "n must be between 1 and 20, got 2 to 21"),
        ({"ns": (4, 2)}, ScoreError, "ns must rise strictly"),
        ({"ns": ()}, ScoreError, "ns must be a list of at least one number"),
        ({"seeds": ()}, DimensionError, "seeds must be one or more"),
        ({"seeds": (1, 1)}, DimensionError, "all different"),
        ({"seeds": (-1,)}, DimensionError, "whole number of at least 0, got -1"),
    ],
)
def test_what_cannot_be_swept_is_named(options, error, message):
    with pytest.raises(error, match=message):
        sweep(read_tokens(lines()), 20, **options)


@pytest.mark.slow
def test_the_docstrings_of_the_standard_library_need_what_was_measured_on_others():
    # 2.45 million words of other docstrings gave 12, 24 and 48 on a grid of these and 32, 64, 96.
    found = sweep(read_tokens(docstrings()), 100)
    assert 12 < found.thresholds[0.90].n < 24
    assert 20 < found.thresholds[0.95].n < 36
    assert 32 < found.thresholds[0.99].n < 70
    assert max(found.rule_loss) < 0.05
