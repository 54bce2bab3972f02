import pytest

from evaluators.averaging import MEANS, TREATMENTS, compare


def test_moves_are_places_gained_against_the_first_mean(make_board):
    # the first has the higher arithmetic mean and the lower low cell
    board = make_board([[100.0, 50.0], [74.0, 74.0], [10.0, 0.0]], is_human=(True, False, False))
    comparison = compare(board, TREATMENTS["per-task"])
    first, second, third = comparison.rows
    assert list(comparison.rankings) == list(MEANS)
    assert dict(first.ranks) == {"arithmetic": 1, "geometric": 2, "harmonic": 2}
    assert dict(first.moves) == {"arithmetic": 0, "geometric": -1, "harmonic": -1}
    assert second.moves["harmonic"] == 1
    assert first.biggest_move == second.biggest_move == 1
    assert first.scores["geometric"] == pytest.approx(5000**0.5)
    assert third.ranks == {"arithmetic": 3, "geometric": None, "harmonic": None}
    assert third.moves["geometric"] is None
    assert third.biggest_move == 0
    assert set(third.left_out) == {"geometric", "harmonic"}
    assert "task1 = 0" in third.left_out["harmonic"]
    assert comparison.human is first


def test_other_means_can_be_compared(make_board):
    comparison = compare(make_board([[1.0]]), TREATMENTS["per-task"], {"max": float("inf")})
    assert comparison.first.p == float("inf")
    assert comparison.human is None
