"""Standard errors of pairs that share sentences, beside brute force and simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.dataset import PairDataset
from evaluators.errors import ScoreError
from evaluators.result import Score
from evaluators.statistics import resample_counts
from evaluators.sts.bootstrap import COUNT, Resamples, difference, interval
from evaluators.sts.dependence import (
    SharedSentences,
    pearson_influence,
    sentence_numbers,
    spearman_influence,
    stretch,
)
from evaluators.sts.score import Bootstrap, Pairs, Scored, score_pairs
from evaluators.sts.spearman import spearman
from tests.evaluators.sts.sentence_coverage import Graph, cover, draw

CORRELATIONS = {
    "spearman": (spearman_influence, scipy.stats.spearmanr),
    "pearson": (pearson_influence, scipy.stats.pearsonr),
}


def made(n: int = 200, levels: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    gold = rng.integers(0, 6, size=n).astype(float)
    scores = gold + 2 * rng.normal(size=n)
    return (np.round(scores * levels) / levels if levels else scores), gold


@pytest.mark.parametrize("metric", ["spearman", "pearson"])
@pytest.mark.parametrize("levels", [None, 1])
def test_influence_is_what_one_more_pair_does_to_scipys_correlation(
    metric: str, levels: int | None
) -> None:
    """The derivative of the correlation as the weight of one pair grows from 1 / n."""
    influence, correlation = CORRELATIONS[metric]
    scores, gold = made(60, levels)
    found, times = influence(scores, gold), 1000
    many = np.repeat(scores, times), np.repeat(gold, times)
    value = correlation(*many).statistic
    for i in range(0, 60, 7):
        more = correlation(np.append(many[0], scores[i]), np.append(many[1], gold[i])).statistic
        assert found[i] == pytest.approx((more - value) * 60 * times, abs=1e-3)
    assert found.mean() == pytest.approx(0, abs=1e-14)


@given(st.integers(0, 2**32), st.integers(2, 40), st.integers(2, 12))
@settings(max_examples=100, deadline=None)
def test_sum_of_products_is_that_of_a_loop_over_all_pairs_of_pairs(
    seed: int, n: int, sentences: int
) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, sentences, size=(2, n))  # equal sides and repeated pairs too
    influence = rng.normal(size=n)
    expected = sum(
        influence[i] * influence[j]
        for i in range(n)
        for j in range(n)
        if {first[i], second[i]} & {first[j], second[j]}
    )
    shared = SharedSentences(first, second)
    assert shared.sum_of_products(influence) == pytest.approx(expected, abs=1e-9)
    assert shared.any == (len({*first, *second}) < (1 + (first != second)).sum())


def test_three_pairs_by_hand() -> None:
    """a-b and b-c share b, d-d is alone: 1 + 4 + 9 + 2 * 1 * 2."""
    shared = SharedSentences(*sentence_numbers(("a", "b", "d"), ("b", "c", "d")))
    assert shared.any
    assert shared.sum_of_products(np.array([1.0, 2.0, 3.0])) == 18
    assert shared.error_ratio(np.array([1.0, 2.0, 3.0])) == pytest.approx((18 / 14) ** 0.5)
    assert shared.error_ratio(np.array([1.0, -2.0, 3.0])) == 1  # never narrower


def test_ends_move_away_from_the_value_and_stay_correlations() -> None:
    assert stretch((0.5, 0.7), 0.6, 2.0, 1) == (pytest.approx(0.4), pytest.approx(0.8))
    assert stretch((0.7, 0.95), 0.9, 3.0, 1) == (pytest.approx(0.3), 1)


def dataset(first: tuple[str, ...], second: tuple[str, ...], gold: np.ndarray) -> PairDataset:
    subsets = tuple("abc"[i % 3] for i in range(len(gold)))
    return PairDataset("Made", "test", first, second, gold, subsets)


def scored(data: PairDataset, bootstrap: Bootstrap) -> Scored:
    """Score random vectors, one for each side of each pair."""
    n = len(data)
    vectors = np.random.default_rng(0).normal(size=(6, 2 * n))
    vectors[:, n:] += np.where(data.gold > 2, 2, 0.2) * vectors[:, :n]
    return score_pairs(Pairs(data, np.arange(n), np.arange(n, 2 * n)), vectors, [], bootstrap)


def test_pairs_without_a_common_sentence_keep_the_old_interval_to_the_last_digit() -> None:
    n = 120
    scores, gold = made(n)
    words = [f"sentence {i}" for i in range(2 * n)]
    data = dataset(tuple(words[:n]), tuple(words[n:]), gold)
    counts = resample_counts(np.random.default_rng(7), n, 200, COUNT)
    found = scored(data, Bootstrap(200, 0.95, 7))
    score = found.scores[0]
    plain = interval(Resamples(gold, counts).spearman(found.similarities), 0.95)
    assert (score.ci_low, score.ci_high) == plain
    arguments = {"rng": np.random.default_rng(1), "resamples": 150}
    apart = SharedSentences(*sentence_numbers(data.first, data.second))
    old = difference(scores, gold, gold, **arguments)
    arguments["rng"] = np.random.default_rng(1)
    assert difference(scores, gold, gold, **arguments, shared=apart) == old


def test_every_score_of_a_task_gets_wider_by_the_ratio_of_jackknifed_standard_errors() -> None:
    """Each pair of sentences comes three times, in each subset once, with other vectors."""
    gold, n = np.repeat(made(40)[1], 3), 120
    names = [f"sentence {i}" for i in range(80)]
    thrice = tuple(tuple(np.repeat(side, 3)) for side in (names[:40], names[40:]))
    alone = tuple(f"{i} one" for i in range(n)), tuple(f"{i} two" for i in range(n))
    bootstrap = Bootstrap(200, 0.95, 7)
    one, other = (scored(dataset(*sides, gold), bootstrap) for sides in (thrice, alone))
    wide, narrow, cosines = one.scores, other.scores, one.similarities
    assert len(wide) == len(narrow) == 7  # Spearman and Pearson, mean, wmean, three subsets

    def statistic(score: Score, rows: np.ndarray) -> float:
        compute = CORRELATIONS[score.metric][1]
        if score.variant["aggregate"] == "all":
            return compute(cosines[rows], gold[rows]).statistic
        each = [
            compute(cosines[i], gold[i]).statistic for i in (rows[rows % 3 == k] for k in (0, 1, 2))
        ]
        at = score.variant.get("subset")
        return each["abc".index(at)] if at else np.mean(each)

    for score, old in zip(wide, narrow, strict=True):
        assert score.value == old.value
        assert score.ci_low is not None
        assert old.ci_low is not None
        whole = statistic(score, np.arange(n))
        left_out = np.array([statistic(score, np.delete(np.arange(n), i)) for i in range(n)])
        influence = whole - left_out
        together = influence.reshape(40, 3).sum(axis=1)
        expected = max(1.0, (together @ together) / (influence @ influence)) ** 0.5
        found = (score.ci_low - score.value) / (old.ci_low - old.value)
        assert found == pytest.approx(expected, rel=0.02)
        assert (found == 1) == (score.variant["aggregate"] == "subset")


def test_intervals_of_subsets_and_means_are_those_of_a_plain_loop() -> None:
    _, gold = made(90)
    n, words = len(gold), [f"sentence {i}" for i in range(180)]
    data = dataset(tuple(words[:n]), tuple(words[n:]), gold)
    found = scored(data, Bootstrap(100, 0.9, 7))
    rng, replicates = np.random.default_rng(7), []
    for name in "abc":
        rows = np.array([i for i in range(n) if data.subsets[i] == name])
        drawn = [rows[rng.integers(0, len(rows), len(rows))] for _ in range(100)]
        replicates.append(
            [scipy.stats.spearmanr(found.similarities[i], gold[i]).statistic for i in drawn]
        )
    expected = {
        "mean": np.mean(replicates, axis=0),
        "wmean": np.average(replicates, axis=0, weights=[30, 30, 30]),
    }
    for score in found.scores[2:]:
        at = score.variant.get("subset")
        of = replicates["abc".index(at)] if at else expected[score.variant["aggregate"]]
        assert (score.ci_low, score.ci_high) == pytest.approx(
            tuple(np.quantile(of, [0.05, 0.95])), abs=1e-9
        )
    bare = scored(data, Bootstrap(0, 0.9, 7)).scores
    assert all(score.ci_low is None for score in bare)
    assert [replace(s, ci_low=None, ci_high=None) for s in found.scores] == list(bare)


def test_sentences_of_other_pairs_are_an_error() -> None:
    scores, gold = made(50)
    shared = SharedSentences(np.arange(49), np.arange(49))
    with pytest.raises(ScoreError, match="two sentences for each of 50 pairs, got 49"):
        difference(scores, gold, gold, rng=np.random.default_rng(0), shared=shared)


def hubs() -> Graph:
    """300 pairs of 150 sentences, of which a few are in many pairs."""
    rng = np.random.default_rng(2)
    often = 1 / np.arange(1, 151) ** 0.7
    first, second = rng.choice(150, size=(2, 330), p=often / often.sum())
    two = np.flatnonzero(first != second)[:300]
    return Graph(first[two], second[two], 150)


def test_intervals_cover_where_those_of_independent_pairs_do_not() -> None:
    of_arm, of_difference = cover(hubs(), 1.0, 26, 200)
    for found in (of_arm, of_difference):
        # 200 samples: three standard errors of a share of 95% are 4.6 points
        assert found.independent < 0.88
        assert found.dependent > 0.88
        assert found.ratio == pytest.approx(found.true_ratio, rel=0.25)
        assert found.product > found.ratio  # a bootstrap of sentences is too wide


def test_independent_pairs_of_repeated_sentences_get_hardly_wider_intervals() -> None:
    """Sentences repeat, but nothing depends on them."""
    graph, rng = hubs(), np.random.default_rng(0)
    shared = SharedSentences(graph.first, graph.second)
    ratios = []
    for _ in range(100):
        sample = draw(graph, 0.0, 26, rng)
        ratios.append(shared.error_ratio(spearman_influence(sample.arm, sample.gold)))
    assert 1 <= np.mean(ratios) < 1.1


def test_rank_correlations_of_repeated_rows_have_the_ratio_of_the_repetition() -> None:
    """Every pair k times is a sample of a k-th of its size: √k times the standard error."""
    scores, gold = (np.repeat(side, 4) for side in made(150))
    numbers = np.repeat(np.arange(150), 4)
    shared = SharedSentences(numbers, numbers + 150)
    assert shared.error_ratio(spearman_influence(scores, gold)) == pytest.approx(2)
    assert float(spearman(scores, gold)) == pytest.approx(float(spearman(*made(150))))
