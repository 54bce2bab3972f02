"""The number of kept dimensions is chosen on other pairs, and the change beside raw is paired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from evaluators.dataset import Corpus, PairDataset
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from evaluators.result import Result
from evaluators.sts import Session
from evaluators.sts.baseline import Baseline
from evaluators.sts.chosen_k import without_scored_pairs
from evaluators.sts.evaluator import Sts, StsRequest
from evaluators.sts.score import Bootstrap, Pairs
from tests.evaluators.sts.conftest import WORDS


def pairs_of(n: int, seed: int, split: str) -> PairDataset:
    rng = np.random.default_rng(seed)
    first = tuple(" ".join(rng.choice(WORDS, 5)) for _ in range(n))
    second = tuple(" ".join(rng.choice(WORDS, 5)) for _ in range(n))
    overlap = [len(set(a.split()) & set(b.split())) for a, b in zip(first, second, strict=True)]
    return PairDataset("Tiny", split, first, second, np.array(overlap) + rng.uniform(0, 1, n))


SCORED, CHOICE = pairs_of(60, 0, "test"), pairs_of(70, 1, "train")
Measure = Callable[..., Result]


@pytest.fixture(scope="module")
def measure(make_checkpoint: Callable[..., Path]) -> Measure:
    folder = make_checkpoint()

    def measured(scored: PairDataset = SCORED, **more: Any) -> Result:
        options = {"whitening": "train", "fit": [CHOICE], "choose_k_on": CHOICE, **more}
        with Session(folder, poolings=["cls"]) as session:
            return session.evaluate(scored, pooling="cls", resamples=200, **options)

    return measured


def values(result: Result) -> dict[tuple[str, int], float]:
    return {(s.metric, s.variant["k"]): s.value for s in result.scores}


def test_k_is_the_best_on_the_pairs_of_the_choice(measure: Measure) -> None:
    chosen = measure()
    on_choice = measure(CHOICE, choose_k_on=None).curves[0]
    best = on_choice.start + int(np.argmax(on_choice.values))
    assert chosen.cost["chosen_k"] == best
    found, curve = values(chosen), chosen.curves[0]
    at_k = curve.values[best - curve.start]
    assert found["spearman_at_chosen_k", best] == at_k
    over_all = at_k - curve.values[-1]
    assert found["spearman_at_chosen_k_over_all", best] == pytest.approx(over_all, abs=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_grades_of_the_scored_pairs_do_not_move_k(measure: Measure, seed: int) -> None:
    gold = np.random.default_rng(seed).permutation(SCORED.gold)
    other = measure(replace(SCORED, gold=gold))
    assert other.cost["chosen_k"] == measure().cost["chosen_k"]
    assert values(other) != values(measure())


def test_scored_pairs_among_those_of_the_choice_are_left_out(measure: Measure) -> None:
    both = replace(
        CHOICE,
        first=(*CHOICE.first, *SCORED.second),  # turned round: the same pair
        second=(*CHOICE.second, *SCORED.first),
        gold=np.concatenate([CHOICE.gold, SCORED.gold]),
    )
    result = measure(choose_k_on=both)
    assert result.cost["choice_pairs"] == len(CHOICE)
    assert result.cost["choice_pairs_left_out"] == len(SCORED)
    assert result.cost["chosen_k"] == measure().cost["chosen_k"]


def test_the_scored_pairs_themselves_cannot_choose() -> None:
    with pytest.raises(DatasetError, match="at least 50 pairs that are not scored, got 0"):
        without_scored_pairs(SCORED, SCORED)


def test_the_change_is_spearman_less_that_of_raw_vectors(measure: Measure) -> None:
    raw = measure(whitening="none", fit=[], choose_k_on=None, dimensions=[8])
    white = measure(transform="zca", dimensions=[8])
    for k in (8, 32):
        change = next(
            s for s in white.scores if s.metric == "spearman_change" and s.variant["k"] == k
        )
        expected = values(white)["spearman", k] - values(raw)["spearman", 32]
        assert change.value == pytest.approx(expected, abs=1e-12)
        assert change.ci_low is not None
        assert change.ci_high is not None
        assert change.ci_low < change.value < change.ci_high


def test_the_change_is_that_of_a_plain_paired_bootstrap() -> None:
    rng = np.random.default_rng(0)
    places = np.arange(60)
    pairs = Pairs(SCORED, places, places + 60)
    raw, white = rng.normal(size=60), SCORED.gold + rng.normal(size=60)
    (change,) = [
        score
        for score in Baseline(pairs, raw, Bootstrap(100, 0.9, 7)).compare(white, "x", 3)
        if score.metric == "x_change"
    ]
    drawn = np.random.default_rng(7).integers(0, 60, (100, 60))
    plain = [
        spearmanr(white[rows], SCORED.gold[rows]).statistic
        - spearmanr(raw[rows], SCORED.gold[rows]).statistic
        for rows in drawn
    ]
    assert change.variant == {"k": 3, "aggregate": "all"}
    assert [change.ci_low, change.ci_high] == pytest.approx(np.quantile(plain, [0.05, 0.95]))


def test_a_corpus_can_be_fitted_on(measure: Measure) -> None:
    corpus = Corpus("words", (*CHOICE.first, *CHOICE.second), "digest", "made up")
    there = values(measure(whitening="corpus:words", fit=[corpus]))
    assert there == values(measure())


def test_how_much_of_the_scored_sentences_was_fitted_on_is_kept(measure: Measure) -> None:
    assert measure().cost["scored_in_fit"] < 0.1
    assert measure(whitening="scored", fit=[SCORED]).cost["scored_in_fit"] == 1
    assert measure().cost["tuning"] == "unknown"


def _jobs(**more: Any) -> list[dict[str, Any]]:
    request = StsRequest(tasks=("STSBenchmark", "Ocnli"), **more)
    return [dict(job.parameters) for job in Sts().jobs(request, "c", _digest)]


def _digest(ref: DatasetRef) -> str:
    return "/".join(map(str, ref))


def test_jobs_with_default_transforms_are_the_jobs_they_were() -> None:
    keys = {"transform", "choose_k_on", "choice_digest"}
    for parameters in _jobs(whitening=("none", "target")):
        assert not keys & parameters.keys()
    raw, *_ = _jobs(whitening=("none",), transforms=("centre",), choose_k_on="train")
    assert not keys & raw.keys(), "raw vectors have no transform"


def test_each_transform_is_a_job_that_names_what_it_reads() -> None:
    jobs = _jobs(
        whitening=("none", "train", "corpus:some/50"),
        transforms=("whiten", "centre"),
        choose_k_on="train",
    )
    assert len(jobs) == 2 * (1 + 2 * 2)
    last = jobs[4]
    assert last["whitening"] == "corpus:some/50"
    assert last["transform"] == "centre"
    assert last["fit_digests"] == ["some/None/corpus"]
    assert last["choose_k_on"] == "STSBenchmark/train"
    assert last["choice_digest"] == "STSBenchmark/train/pairs"
    assert "choose_k_on" not in jobs[-1], "two classes have no Spearman to choose by"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"transforms": ("whitten",)}, "did you mean 'whiten'"),
        ({"choose_k_on": "STSBenchmrk/train"}, "did you mean 'STSBenchmark'"),
        ({"whitening": ("corpus:a/0",)}, "corpus:NAME/5000"),
        ({"transforms": ("centre", "centre")}, "once"),
    ],
)
def test_bad_keys_are_named(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StsRequest(tasks=("STSBenchmark",), **keys)
