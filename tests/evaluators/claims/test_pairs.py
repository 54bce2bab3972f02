"""Pairs turned over, against Kendall's tau and against plain loops."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import kendalltau

from evaluators.averaging import TREATMENTS, rank
from evaluators.claims import BoardEvidence
from evaluators.claims.judging import boards
from evaluators.claims.judging.boards import Pairs, human_standing, pairs_of, turned_over
from evaluators.claims.judging.made_up import made_up


def by_row(*rankings: list[int]) -> np.ndarray:
    return np.array([*zip(*rankings, strict=True), (0,) * len(rankings)])


def test_without_ties_it_is_what_kendall_counts(rng: np.random.Generator) -> None:
    a, b = (list(rng.permutation(20) + 1) for _ in range(2))
    share = turned_over(by_row(a), by_row(b), pairs_of(np.arange(20)))
    assert share == pytest.approx([(1 - kendalltau(a, b).statistic) / 2], abs=1e-12)


def test_ties_and_rows_without_a_rank_are_not_turned_over(rng: np.random.Generator) -> None:
    a, b = rng.integers(0, 4, (2, 9, 5))  # 0 is no rank
    at = pairs_of(np.arange(9))
    expected = [
        np.mean(
            [
                min(a[i, r], a[j, r], b[i, r], b[j, r]) > 0
                and (int(a[i, r]) - int(a[j, r])) * (int(b[i, r]) - int(b[j, r])) < 0
                for i, j in itertools.combinations(range(9), 2)
            ]
        )
        for r in range(5)
    ]
    unsigned = (a.astype(np.uint16), b.astype(np.uint16))
    assert turned_over(*unsigned, at) == pytest.approx(expected, abs=1e-12)


def test_one_ranking_against_many_and_in_blocks(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = np.argsort(rng.random((30, 50)), axis=0) + 1
    one = np.arange(1, 31)[:, None]
    at = pairs_of(np.arange(30))
    whole = turned_over(many, one, at)
    monkeypatch.setattr(boards, "_BLOCK", 7)
    assert (turned_over(many, one, at) == whole).all()
    assert whole == pytest.approx(turned_over(one, many, at))


def test_of_many_pairs_a_sample_comes_close(rng: np.random.Generator) -> None:
    n = 1000
    one, other = np.arange(n)[:, None] + 1, np.argsort(np.arange(n) + rng.normal(0, 99, n))
    at = pairs_of(np.arange(n))
    assert at.sampled
    assert len(at.left) == boards.MOST_PAIRS
    assert (at.left != at.right).all()
    i, j = np.triu_indices(n, 1)
    every = Pairs(i, j, False)
    ranks = np.argsort(other)[:, None] + 1
    assert turned_over(one, ranks, at)[0] == pytest.approx(
        turned_over(one, ranks, every)[0], abs=0.01
    )


def test_a_row_past_the_last_ranked_one_has_no_rank() -> None:
    evidence = made_up([[50, 60, 70], [60, 70, 80], [np.nan, 90, 90]])
    resampled = evidence.resampled
    at = Pairs(np.array([0, 0]), np.array([1, 2]), False)
    found = boards.ranks(resampled, "arithmetic")
    assert turned_over(found, found[[1, 0, 2]], at) == pytest.approx([0.5])


def test_the_standing_of_the_human_row_as_a_plain_loop_finds_it(rng: np.random.Generator) -> None:
    evidence = made_up(rng.uniform(40, 95, (8, 5)), human=3)
    standing = human_standing(evidence)
    for mean, p in (("arithmetic", 1.0), ("geometric", 0.0), ("harmonic", -1.0)):
        ranking = rank(evidence.board, evidence.treatment, p)
        assert ranking.human is not None
        assert standing.places[mean].rank == ranking.human.rank
        counts = evidence.resampled[mean].task_counts[:50]
        for r, count in enumerate(counts):
            columns = np.repeat(np.arange(5), count)
            x = evidence.board.values[:, columns]
            scores = {1.0: x.mean(1), 0.0: np.exp(np.log(x).mean(1)), -1.0: 1 / (1 / x).mean(1)}
            above = int((scores[p] > scores[p][3] + 1e-7).sum())
            assert standing.places[mean].above_by[r] == above


def test_other_human_rows_are_no_models() -> None:
    values = [[90.0, 90, 90], [80, 80, 80], [85, 85, 85]]
    board = made_up(values, human=0).board
    two = type(board)(
        name="superglue",
        snapshot="1",
        models=board.models,
        columns=board.columns,
        values=board.values,
        is_human=(True, True, False),
    )
    standing = human_standing(BoardEvidence(two, TREATMENTS["per-task"]))
    assert standing.human == "human"
    assert standing.best_rank() == 1
    assert standing.places["harmonic"].tied == ()
