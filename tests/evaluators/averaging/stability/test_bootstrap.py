import math
from dataclasses import replace

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Column, find_treatment, power_means, ranks_of
from evaluators.averaging.stability import bootstrap, contest, leave_one_out
from evaluators.errors import TreatmentError

PER_TASK, PER_METRIC = TREATMENTS["per-task"], TREATMENTS["per-metric"]


@pytest.fixture(scope="module")
def board(make_board):
    values = np.random.default_rng(5).integers(20, 100, (12, 6)) / 2
    values[3] = values[4]  # a tie in every resample
    values[7, 2] = np.nan
    values[8, 1] = 0.0
    return make_board(values)


def plain_loop(field, resamples, seed):
    """The definition, one resample after another."""
    rng = np.random.default_rng(seed)
    scores = []
    for tasks in rng.integers(0, len(field.tasks), (resamples, len(field.tasks))):
        columns = [g for task in tasks for g in np.flatnonzero(field.task_of == task)]
        weights = field.weights[columns]
        scores.append(power_means(field.values[:, columns], field.p, weights) - field.shift)
    return np.array(scores), ranks_of(np.array(scores), tolerance=field.tolerance)


@pytest.mark.parametrize("p", [1, 0, -1, -20, 0.3, math.inf])
@pytest.mark.parametrize("treatment", ["per-task", "per-task+any-available", "per-task+shift"])
def test_equal_to_a_plain_loop_over_resamples(board, treatment, p):
    found = bootstrap(board, find_treatment(treatment), {"it": p}, resamples=300, seed=9)["it"]
    scores, ranks = plain_loop(found.contest, 300, 9)
    assert (found.ranks == np.nan_to_num(ranks, nan=0)).all()
    low_high = np.nanquantile(scores, [0.05, 0.95], axis=0).T
    np.testing.assert_allclose(found.score_intervals(0.9), low_high, rtol=1e-10)
    expected = np.nanquantile(ranks, [0.05, 0.95], axis=0, method="inverted_cdf").T
    assert (found.rank_intervals(0.9) == expected).all()
    np.testing.assert_allclose(found.mean_ranks(), np.nanmean(ranks, axis=0))
    for i in (0, 3):
        for j in range(len(found.contest.models)):
            both = ~np.isnan(ranks[:, i] + ranks[:, j])
            a, b = ranks[both, i], ranks[both, j]
            assert found.above(i, j) == pytest.approx(np.mean((a < b) + (a == b) / 2))


@pytest.mark.parametrize("p", [1, 0, -1])
def test_a_drawn_task_brings_its_weight(board, p):
    heavy = find_treatment("per-task+any-available")
    heavy = replace(heavy, weights=(("task0", 3.0), ("task4", 0.2)))
    found = bootstrap(board, heavy, {"it": p}, resamples=200, seed=9)["it"]
    assert found.contest.weights.tolist() == [3, 1, 1, 1, 0.2, 1]
    assert (found.ranks == np.nan_to_num(plain_loop(found.contest, 200, 9)[1], nan=0)).all()
    out = leave_one_out(found.contest)
    left = power_means(found.contest.values[:, 1:], p, found.contest.weights[1:])
    np.testing.assert_allclose(out.scores[0], left)


def test_metrics_of_a_task_are_drawn_together(make_board):
    columns = [Column("A", "A"), Column("B_f1", "B", "f1"), Column("B_acc", "B", "accuracy")]
    board = make_board(np.random.default_rng(2).uniform(1, 100, (5, 3)), columns)
    found = bootstrap(board, PER_METRIC, {"it": 1}, resamples=200, seed=3)["it"]
    assert found.contest.tasks == ("A", "B")
    assert (found.ranks == plain_loop(found.contest, 200, 3)[1]).all()


def test_rows_without_a_rank_take_no_part(board):
    found = bootstrap(board, PER_TASK, resamples=50)
    assert len(found["arithmetic"].contest.models) == 11  # one gap
    assert len(found["harmonic"].contest.models) == 10  # and one zero
    with pytest.raises(TreatmentError, match=r"model8 has no rank.*task1 = 0"):
        found["harmonic"].contest.row(8)


def test_means_share_their_draws_and_a_seed_is_all_it_takes(board):
    first, second = (bootstrap(board, PER_TASK, resamples=40, seed=4) for _ in range(2))
    assert first["arithmetic"].task_counts is first["harmonic"].task_counts
    for name in first:
        assert (first[name].ranks == second[name].ranks).all()
    other = bootstrap(board, PER_TASK, resamples=40, seed=np.random.default_rng(5))
    assert (other["arithmetic"].task_counts != first["arithmetic"].task_counts).any()


def test_sharing_the_first_place_is_shared(make_board):
    board = make_board([[9, 9], [9, 9], [1, 1]])
    found = bootstrap(board, PER_TASK, {"it": 1}, resamples=10)["it"]
    assert found.first().tolist() == [0.5, 0.5, 0]
    assert found.above_matrix().tolist() == [[0.5, 0.5, 1], [0.5, 0.5, 1], [0, 0, 0.5]]
    assert found.rank_intervals().tolist() == [[1, 1], [1, 1], [3, 3]]


def test_first_places_sum_to_one(board):
    for found in bootstrap(board, PER_TASK, resamples=500).values():
        assert found.first().sum() == pytest.approx(1)
        matrix = found.above_matrix()
        np.testing.assert_allclose(matrix + matrix.T, 1)


def test_over_models_equals_counting_drawn_rivals_above(board):
    found = bootstrap(board, PER_TASK, {"it": 1}, resamples=60, seed=1, over="tasks+models")["it"]
    plain = bootstrap(board, PER_TASK, {"it": 1}, resamples=60, seed=1)["it"]
    assert (found.ranks == plain.ranks).all()
    rng = np.random.default_rng(1)
    rng.integers(0, 6, (60, 6))
    for ranks, placed, rivals in zip(
        plain.ranks, found.placed, rng.integers(0, 11, (60, 11)), strict=True
    ):
        assert placed.tolist() == [1 + int((ranks[rivals] < r).sum()) for r in ranks]
    assert found.first().sum() > 1  # not shared: each among other rivals
    assert found.above(0, 1) == plain.above(0, 1)


def test_a_resample_without_any_value_of_a_row_gives_it_no_rank(make_board):
    board = make_board([[5, np.nan, np.nan], [1, 2, 3], [4, 4, 4]])
    treatment = find_treatment("per-task+any-available")
    found = bootstrap(board, treatment, {"it": 1}, resamples=400)["it"]
    never = found.task_counts[:, 0] == 0
    assert never.any()
    assert ((found.ranks[:, 0] == 0) == never).all()
    assert found.rank_intervals()[0].tolist() == [1, 1]
    assert found.above(0, 2) == 1
    assert found.first().sum() == pytest.approx(1)


def test_one_row_one_task(make_board):
    found = bootstrap(make_board([[7.0]]), PER_TASK, resamples=3)["geometric"]
    assert found.rank_intervals().tolist() == [[1, 1]]
    assert found.first().tolist() == [1]


def test_mixed_treatments_draw_the_tasks_of_each_mean(make_board):
    columns = [Column("A", "A"), Column("B", "B"), Column("AX", "AX", role="diagnostic")]
    values = [[90, 80, np.nan], [91, 82, 40], [70, 75, 60]]
    board = make_board(values, columns, is_human=(True, False, False))
    found = bootstrap(board, TREATMENTS["paper-mixed"], resamples=200)
    assert found["arithmetic"].contest.tasks == ("A", "B")
    assert found["geometric"].contest.tasks == ("A", "B", "AX")
    assert (found["geometric"].ranks[:, 0] == 0).any()  # only AX drawn, which it lacks


def test_progress_is_told_to_the_end(board):
    said = []
    bootstrap(board, PER_TASK, {"it": 1}, resamples=20_000, progress=lambda *x: said.append(x))
    assert len(said) > 1
    assert said[-1] == ("it mean", 20_000, 20_000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"resamples": 0}, "at least 1"),
        ({"over": "models"}, "must be 'tasks' or 'tasks"),
        ({"means": {}}, "at least one mean"),
    ],
)
def test_what_cannot_be_resampled_is_said(board, arguments, message):
    with pytest.raises(TreatmentError, match=message):
        bootstrap(board, PER_TASK, **arguments)


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_a_confidence_is_a_share(board, confidence):
    found = bootstrap(board, PER_TASK, {"it": 1}, resamples=5)["it"]
    for ask in (found.rank_intervals, found.score_intervals):
        with pytest.raises(TreatmentError, match=r"confidence must be in \(0, 1\)"):
            ask(confidence)


def test_a_board_that_ranks_nobody_is_refused(make_board):
    with pytest.raises(TreatmentError, match="no row has a rank"):
        contest(make_board([[np.nan, 1], [2, np.nan]]), PER_TASK)
