import itertools
import math

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Column, Treatment, find_treatment
from evaluators.averaging.stability import contest, smallest_change
from evaluators.errors import TreatmentError

PER_TASK, PER_METRIC = TREATMENTS["per-task"], TREATMENTS["per-metric"]


def transformed(x, p):
    return np.log(x) if p == 0 else math.copysign(1, p) * np.power(x, p)


def cheapest_by_hand(a, b, p):
    """Move weight from where a trails most to where it leads most: best for one rival."""
    lead = transformed(a, p) - transformed(b, p)
    k, gain = len(lead), lead.mean()
    if gain > 0 or lead.max() <= 0:
        return 0.0 if gain > 0 else None
    moved = 0.0
    for i in np.argsort(lead):
        step = min(1 / k, -gain / (lead.max() - lead[i]))
        moved, gain = moved + step, gain + step * (lead.max() - lead[i])
        if gain >= -1e-15:
            break
    return 2 * moved


@pytest.mark.parametrize("p", [-3, -1, 0, 0.5, 1, 4])
@pytest.mark.parametrize("seed", range(8))
def test_one_rival_equals_moving_weight_by_hand(make_board, p, seed):
    board = make_board(np.random.default_rng(seed).uniform(5, 100, (4, 5)))
    field = contest(board, PER_TASK, p)
    for a, b in itertools.permutations(range(4), 2):
        found = smallest_change(field, a, [b])
        expected = cheapest_by_hand(board.values[a], board.values[b], p)
        assert found.possible == (expected is not None)
        if not found.possible:
            assert "on every task" in found.why_not
            continue
        assert found.change == pytest.approx(expected, abs=1e-6)
        assert found.after.sum() == pytest.approx(1)
        assert found.after.min() >= 0
        assert found.ranks[a] < found.ranks[b]
        assert found.scores[a] > found.scores[b]


@pytest.mark.parametrize("p", [-1, 0, 1])
def test_first_of_all_equals_a_fine_grid_of_weights(make_board, p):
    board = make_board(np.random.default_rng(11).uniform(5, 100, (5, 3)))
    field = contest(board, PER_TASK, p)
    steps = 240
    grid = np.array(
        [(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]
    ) / steps  # fmt: skip
    sums = grid @ transformed(board.values, p).T
    for a in range(5):
        rivals = [i for i in range(5) if i != a]
        wins = (sums[:, [a]] > sums[:, rivals]).all(axis=1)
        found = smallest_change(field, a, rivals)
        if not wins.any():
            assert not found.possible or found.change > 0
            continue
        best = np.abs(grid[wins] - 1 / 3).sum(axis=1).min()
        assert found.change <= best + 1e-6
        assert found.change == pytest.approx(best, abs=4 / steps)
        assert found.ranks[a] == 1


def test_new_scores_are_power_means_under_the_new_weights(make_board):
    board = make_board([[10.0, 90.0], [60.0, 55.0]])
    found = smallest_change(contest(board, PER_TASK, 0), 0, [1])
    a, b = (np.exp(found.after @ np.log(row)) for row in board.values)
    assert found.scores == pytest.approx([a, b])
    assert a > b
    assert a == pytest.approx(b, rel=1e-6)  # no more than it takes


def test_who_is_above_already_needs_no_change(make_board):
    found = smallest_change(contest(make_board([[9.0, 8.0], [7.0, 9.0]]), PER_TASK), 0, [1])
    assert found.possible
    assert found.change == pytest.approx(0, abs=1e-9)


def test_a_tie_is_not_above(make_board):
    found = smallest_change(contest(make_board([[9.0, 7.0], [7.0, 9.0]]), PER_TASK), 0, [1])
    assert 0 < found.change < 1e-6
    assert found.ranks.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("values", "said"), [([[5, 5], [6, 6]], "on every task,"), ([[5, 6], [6, 6]], "at best a tie")]
)
def test_a_dominated_row_is_told_so(make_board, values, said):
    found = smallest_change(contest(make_board(values), PER_TASK), 0, [1])
    assert not found.possible
    assert math.isnan(found.change)
    assert said in found.why_not


def test_first_may_be_impossible_though_each_rival_can_be_passed(make_board):
    board = make_board([[5, 5], [0.5, 10], [10, 0.5]])
    field = contest(board, PER_TASK)
    assert all(smallest_change(field, 0, [i]).possible for i in (1, 2))
    found = smallest_change(field, 0, [1, 2])
    assert not found.possible
    assert "at once" in found.why_not


def test_metrics_of_a_task_keep_their_shares(make_board):
    columns = [Column("A", "A"), Column("B_f1", "B", "f1"), Column("B_em", "B", "em")]
    board = make_board([[70, 10, 30], [50, 60, 40]], columns)
    found = smallest_change(contest(board, TREATMENTS["per-metric"]), 0, [1])
    assert found.before == pytest.approx([1 / 3, 2 / 3])
    assert found.after == pytest.approx([0.6, 0.4], abs=1e-6)  # 20 a = 30 b
    assert found.scores[0] == pytest.approx(0.6 * 70 + 0.4 * 20, abs=1e-5)


@pytest.mark.parametrize("p", [-400, 400, 1e-9])
def test_extreme_exponents_do_not_overflow(make_board, p):
    board = make_board([[90.0, 20.0, 50.0], [30.0, 80.0, 60.0]])
    for a, b in ((0, 1), (1, 0)):
        found = smallest_change(contest(board, PER_TASK, p), a, [b])
        assert found.possible
        assert found.ranks[a] == 1


def test_what_has_no_answer_is_said(make_board):
    board = make_board([[5.0, np.nan], [4.0, 6.0], [7.0, 1.0]])
    gaps = contest(board, find_treatment("per-task+any-available"))
    with pytest.raises(TreatmentError, match="averaged over other columns"):
        smallest_change(gaps, 1, [0])
    with pytest.raises(TreatmentError, match="other model, not with itself"):
        smallest_change(gaps, 1, [1])
    with pytest.raises(TreatmentError, match="exponent must be finite"):
        smallest_change(contest(board, PER_TASK, math.inf), 0, [1])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_smaller_change_is_found_by_chance(make_board, seed):
    rng = np.random.default_rng(seed)
    board = make_board(rng.uniform(5, 100, (2, 4)))
    field = contest(board, PER_TASK, -1)
    behind, ahead = int(field.ranks.argmax()), int(field.ranks.argmin())
    found = smallest_change(field, behind, [ahead])
    tried = 0
    for step in rng.normal(size=(4000, 4)):
        step -= step.mean()
        w = 0.25 + 0.999 * found.change * step / np.abs(step).sum()
        if w.min() >= 0:
            a, b = (1 / (w @ (1 / board.values[i])) for i in (behind, ahead))
            assert a <= b
            tried += 1
    assert tried > 100


@pytest.mark.parametrize("p", [1, 0, -1])
def test_it_starts_from_the_weights_of_the_treatment(make_board, p):
    board = make_board(np.random.default_rng(4).uniform(20, 90, (3, 3)), ["x", "y", "z"])
    once = contest(board, Treatment(weights=(("x", 2.0), ("z", 3.0))), p)
    often = contest(board.__class__("b", "1", board.models,
                    tuple(Column(f"c{j}", t) for j, t in enumerate("xxyzzz")),
                    board.values[:, [0, 0, 1, 2, 2, 2]]), PER_METRIC, p)  # fmt: skip
    for a, b in itertools.permutations(range(3), 2):
        found, expected = smallest_change(once, a, [b]), smallest_change(often, a, [b])
        assert found.before == pytest.approx([2 / 6, 1 / 6, 3 / 6])
        assert found.possible == expected.possible
        if found.possible:
            assert found.after == pytest.approx(expected.after, abs=1e-6)
            assert found.scores == pytest.approx(expected.scores)
