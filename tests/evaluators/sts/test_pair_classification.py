"""Scores of pairs of two classes, against scikit-learn on the vectors themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score
from sklearn.metrics.pairwise import (
    paired_cosine_distances,
    paired_euclidean_distances,
    paired_manhattan_distances,
)

from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError, ScoreError
from evaluators.sts.pair_classification import check_classes, classify_pairs
from evaluators.sts.score import Bootstrap, Pairs
from evaluators.sts.session import Session

NO_INTERVALS = Bootstrap(0, 0.95, 0)


def made_up(n: int = 200, d: int = 5, seed: int = 0) -> tuple[Pairs, np.ndarray]:
    """Pairs of distinct sentences, those of class 1 closer; one sentence is on both sides."""
    rng = np.random.default_rng(seed)
    gold = (rng.random(n) < 0.4).astype(np.float64)
    first = rng.normal(size=(n, d))
    second = np.where(gold[:, None] > 0, first, 0) + rng.normal(size=(n, d))
    vectors = np.concatenate([first, second])
    places = np.arange(2 * n)
    places[n] = 0  # the first pair is twice the same sentence
    names = [f"s{place}" for place in places]
    data = PairDataset("made-up", "test", tuple(names[:n]), tuple(names[n:]), gold)
    pairs = Pairs(data, places[:n], places[n:])
    return pairs, np.ascontiguousarray(vectors[pairs.used].T)


def expected_similarities(pairs: Pairs, columns: np.ndarray, k: int) -> dict[str, np.ndarray]:
    a, b = columns[:k].T[pairs.first], columns[:k].T[pairs.second]
    return {
        "cosine": 1 - paired_cosine_distances(a, b),
        "dot": (a * b).sum(axis=1),
        "manhattan": -paired_manhattan_distances(a, b),
        "euclidean": -paired_euclidean_distances(a, b),
    }


def values(scores, k: int) -> dict[tuple[str, str], float]:
    return {
        (score.metric, score.variant.get("similarity", "")): score.value
        for score in scores
        if score.variant["k"] == k
    }


@pytest.mark.parametrize("k", [3, 5])
def test_metrics_are_scikit_learns_under_every_similarity_and_width(k: int) -> None:
    pairs, columns = made_up()
    gold = pairs.dataset.gold
    scored = classify_pairs(pairs, columns, [3], NO_INTERVALS)
    got = values(scored.scores, k)
    aps, f1_values = [], []
    for name, similarity in expected_similarities(pairs, columns, k).items():
        aps.append(average_precision_score(gold, similarity))
        assert got["ap", name] == pytest.approx(aps[-1], abs=1e-12)
        cut = got["f1_threshold", name] * (-1 if name in ("manhattan", "euclidean") else 1)
        f1_values.append(f1_score(gold, similarity > cut))
        assert got["f1", name] == pytest.approx(f1_values[-1], abs=1e-12)
        said = similarity > cut
        assert got["precision", name] == pytest.approx(gold[said].mean(), abs=1e-12)
        assert got["recall", name] == pytest.approx(said[gold > 0].mean(), abs=1e-12)
    assert got["max_ap", ""] == pytest.approx(max(aps), abs=1e-12)
    assert got["max_f1", ""] == pytest.approx(max(f1_values), abs=1e-12)


def test_a_curve_has_the_average_precision_of_every_prefix() -> None:
    pairs, columns = made_up()
    scored = classify_pairs(pairs, columns, [], NO_INTERVALS)
    for curve in scored.curves:
        assert (curve.metric, curve.axis, curve.start) == ("ap", "k", 1)
        for k, value in enumerate(curve.values, 1):
            similarity = expected_similarities(pairs, columns, k)[curve.variant["similarity"]]
            if k == 1 and curve.variant["similarity"] == "cosine":
                similarity = np.sign(similarity)  # exactly, so that rounding makes no ranks
            expected = average_precision_score(pairs.dataset.gold, similarity)
            assert value == pytest.approx(expected, abs=1e-12)


def test_distances_have_thresholds_in_their_own_unit() -> None:
    pairs, columns = made_up()
    got = values(classify_pairs(pairs, columns, [], NO_INTERVALS).scores, 5)
    assert got["accuracy_threshold", "euclidean"] > 0
    assert got["accuracy_threshold", "manhattan"] > got["accuracy_threshold", "euclidean"]


def test_an_interval_of_a_chosen_threshold_lies_lower_by_its_optimism() -> None:
    pairs, columns = made_up()
    scores = classify_pairs(pairs, columns, [], Bootstrap(300, 0.95, 0)).scores
    by = {(s.metric, s.variant.get("similarity", "")): s for s in scores}
    accuracy, optimism = by["accuracy", "cosine"], by["accuracy_optimism", "cosine"]
    assert 0 < optimism.value < 0.1
    assert accuracy.ci_low is not None
    assert accuracy.ci_high is not None
    centre = accuracy.value - optimism.value
    assert accuracy.ci_low < centre < accuracy.ci_high
    ap = by["ap", "cosine"]
    assert ap.ci_low is not None
    assert ap.ci_low < ap.value
    assert ("ap_optimism", "cosine") not in by  # no threshold is chosen


def test_the_optimism_is_what_the_resamples_thresholds_lose_on_all_pairs() -> None:
    """By a plain loop: draw, choose the threshold, apply it to the drawn and to all pairs."""
    pairs, columns = made_up(60)
    gold = pairs.dataset.gold
    similarity = expected_similarities(pairs, columns, 5)["dot"]
    order = np.unique(similarity)
    cuts = (order[1:] + order[:-1]) / 2
    rng = np.random.default_rng(7)
    losses = []
    for drawn in rng.integers(0, 60, (200, 60)):
        inside = [c for c in cuts if similarity[drawn].min() < c < similarity[drawn].max()]
        right = [float(np.mean((similarity[drawn] > c) == gold[drawn])) for c in inside]
        # Equal thresholds: the highest run of the drawn pairs, at its lowest place above it.
        top = max(right)
        best = max(c for c, value in zip(inside, right, strict=True) if value == top)
        losses.append(top - float(np.mean((similarity > best) == gold)))
    scores = classify_pairs(pairs, columns, [], Bootstrap(200, 0.95, 7)).scores
    got = values(scores, 5)["accuracy_optimism", "dot"]
    assert got == pytest.approx(float(np.mean(losses)), abs=1e-12)


def test_the_same_seed_gives_the_same_intervals_and_another_does_not() -> None:
    pairs, columns = made_up()
    one, same, other = (
        classify_pairs(pairs, columns, [], Bootstrap(100, 0.95, seed)).scores for seed in (0, 0, 1)
    )
    assert one == same
    assert one != other


def test_pairs_that_share_sentences_have_wider_intervals() -> None:
    pairs, columns = made_up()
    n = len(pairs.dataset)
    shared = replace(pairs.dataset, first=tuple(f"f{i // 10}" for i in range(n)))
    once = classify_pairs(pairs, columns, [], Bootstrap(200, 0.95, 0)).scores[0]
    often = classify_pairs(_with(pairs, shared), columns, [], Bootstrap(200, 0.95, 0)).scores[0]
    assert once.value == often.value
    assert often.ci_low is not None
    assert once.ci_low is not None
    assert often.ci_low < once.ci_low


def _with(pairs: Pairs, dataset: PairDataset) -> Pairs:
    return Pairs(dataset, pairs.used[pairs.first], pairs.used[pairs.second])


def test_constant_similarities_are_an_error() -> None:
    pairs, columns = made_up(20)
    with pytest.raises(ScoreError, match="all cosine similarities are 1 at 5 dimensions"):
        classify_pairs(pairs, np.ones_like(columns), [], NO_INTERVALS)


@pytest.mark.parametrize(
    ("gold", "message"),
    [
        ([0, 1, 2], "label of row 2 must be 0 or 1, got 2"),
        ([0, 0.5, 1], "label of row 1 must be 0 or 1, got 0.5"),
        ([-1, 0, 1], "label of row 0 must be 0 or 1, got -1"),
        ([1, 1, 1], "all 3 labels are 1: a threshold needs pairs of two classes"),
    ],
)
def test_other_labels_than_two_classes_are_named(gold: list[float], message: str) -> None:
    data = PairDataset("t", "test", ("a", "b", "c"), ("d", "e", "f"), np.array(gold, dtype=float))
    with pytest.raises(DatasetError, match=message):
        check_classes(data)


def test_both_types_of_tasks_are_scored_from_one_forward_pass(
    checkpoint: Path, sentences: tuple[str, ...]
) -> None:
    """Duplicate pairs and sentences on both sides are encoded once, and counted as often."""
    first = (*sentences[:20], *sentences[:20], sentences[0])
    second = (*sentences[20:], *sentences[20:], sentences[0])
    gold = np.array([float(len(a) > len(b)) for a, b in zip(first, second, strict=True)])
    graded = PairDataset("graded", "test", first, second, gold * 5)
    classes = PairDataset("classes", "test", first, second, gold)
    with Session(checkpoint, poolings=["native"]) as session:
        similar = session.evaluate(graded, pooling="native", resamples=0)
        told = session.evaluate(
            classes, pooling="native", resamples=0, scored_as="PairClassification"
        )
    assert similar.cost["sentences"] == told.cost["sentences"] == 40
    assert {score.metric for score in similar.scores} == {"spearman", "pearson"}
    assert "max_accuracy" in {score.metric for score in told.scores}
    assert all(score.n == 41 for score in told.scores)
    assert told.tables[0].columns["similarity"][-1] == 1.0
