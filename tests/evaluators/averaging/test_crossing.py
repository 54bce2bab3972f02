import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.averaging import TREATMENTS, Column, find_treatment, rank
from evaluators.averaging.crossing import crossings, every_crossing
from evaluators.averaging.exponent_sets import EVERYWHERE, ExponentSet
from evaluators.averaging.pieces import pieces
from evaluators.averaging.standing import standing
from evaluators.errors import TreatmentError
from flows.boards.leaderboards import read_board

PER_TASK = TREATMENTS["per-task"]


def human(name, snapshot, treatment="per-task"):
    board = read_board(name, snapshot)
    return standing(board, find_treatment(treatment), board.is_human.index(True))


def test_human_rank_over_p_on_superglue_2021():
    found = human("superglue", "2021")
    places = {-20: 11, -10: 8, -5: 5, -1: 5, 0: 4, 1: 4, 3: 4, 5: 2, 10: 1, 20: 1}
    assert {p: found.rank(p) for p in places} == places
    assert [step.rank for step in found.steps] == [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert str(found.first) == "[5.8187, inf)"


def test_human_rank_over_p_on_glue_2021():
    found = human("glue", "2021")
    assert {found.rank(p) for p in (*range(-20, 3), -1e9)} == {16}
    assert [found.rank(p) for p in (3, 5, 10, 15, 20)] == [15, 15, 12, 11, 11]
    assert not found.first  # whatever the mean


def test_a_mixed_treatment_jumps_at_zero_without_any_crossing_there():
    found = human("superglue", "2021", "paper-mixed")
    assert str(found.first) == "[-4.9045, 0] or [5.8187, inf)"
    assert [found.rank(p) for p in (-1, 0, 1e-9, 1)] == [1, 1, 4, 4]
    assert not any(0 in c.exponents for c in found.crossings)
    assert any("NOT the same" in note for note in found.notes)
    assert str(human("glue", "2021", "paper-mixed").first) == "(-inf, 0]"


@pytest.mark.parametrize(
    "treatment",
    [
        "per-task",
        "per-metric+diagnostics",
        "paper-mixed",
        "per-task+available-only",
        "per-metric+diagnostics+floor",
        "per-task+diagnostics+shift",
        "per-task+diagnostics",
    ],
)
@pytest.mark.parametrize("name", ["glue", "superglue"])
def test_steps_are_what_rank_says_between_and_at_their_ends(name, treatment):
    board, chosen = read_board(name, "2021"), find_treatment(treatment)
    for row in (board.is_human.index(True), 0, len(board.models) - 1):
        found = standing(board, chosen, row)
        look = {-1000.0, -1.0, 0.0, 1.0, 2.0, 1000.0}
        look |= {p for s in found.steps for p in (s.exponents.low, s.exponents.high)}
        for p in look:
            if abs(p) <= 50:  # further out scores agree to rounding, and `rank` calls that a tie
                for q in (p - 1e-3, p, p + 1e-3):
                    there = next(r for r in rank(board, chosen, q).rows if r.position == row)
                    assert there.rank == found.rank(q), (row, q)


def test_every_pair_once_and_each_turn_is_one(make_board):
    board = read_board("superglue", "2021")
    pairs = [c for c, *_ in every_crossing(board, PER_TASK)]
    assert len(pairs) == 22 * 21 / 2
    assert len({(c.row, c.rival) for c in pairs}) == len(pairs)
    values = dict(enumerate(pieces(board, PER_TASK)[0].values))
    from evaluators.averaging import power_mean

    turns = 0
    for c in pairs:
        assert len(c.exponents) <= c.most
        assert (c.most - len(c.exponents)) % 2 == 0 or c.touches
        for p in c.exponents:
            turns += 1
            if abs(p) < 100:
                one, other = (power_mean(values[i], p) for i in (c.row, c.rival))
                assert one == pytest.approx(other, rel=1e-12)
            assert p not in c.above
            assert p not in c.below
    assert turns > 50
    counts = [(done, total) for _, done, total in every_crossing(board, PER_TASK)]
    assert counts == [(k, 231) for k in range(1, 232)]


def test_a_pair_that_turns_five_times(make_board):
    board = make_board([[1, 6, 7, 17, 18, 23], [2, 3, 11, 13, 21, 22]])
    (pair,) = crossings(board, PER_TASK, 0)
    assert pair.exponents == (1, 2, 3, 4, 5)
    assert pair.most == 5
    assert str(pair.above) == "(1, 2) or (3, 4) or (5, inf)"
    assert str(pair.below) == "(-inf, 1) or (2, 3) or (4, 5)"
    found = standing(board, PER_TASK, 0)
    assert str(found.first) == "[1, 2] or [3, 4] or [5, inf)"
    assert [found.rank(p) for p in (0, 1, 1.5, 2, 2.5)] == [2, 1, 1, 1, 2]


def test_dominance_leaves_no_crossing_and_says_so_without_a_search(make_board):
    (pair,) = crossings(make_board([[50, 60, 70], [71, 51, 61]]), PER_TASK, 0)
    assert pair.most == 0
    assert pair.below == EVERYWHERE


def test_ties_everywhere_and_two_equal_rivals(make_board):
    board = make_board([[50, 60], [60, 50], [40, 71], [71, 40]])
    (twin, one, other) = crossings(board, PER_TASK, 0)
    assert not twin.above
    assert not twin.below
    assert one.exponents == other.exponents
    found = standing(board, PER_TASK, 0)
    assert {step.rank for step in found.steps} == {1, 3}  # both pass it at once


def test_rows_with_zeros_have_ranks_above_zero_and_negative_ones_at_one_alone(make_board):
    board = make_board([[0, 90], [-1, 99], [40, 40]])
    zero, negative, plain = (standing(board, PER_TASK, i) for i in range(3))
    assert str(zero.defined) == "(0, inf)"
    assert str(negative.defined) == "{1}"
    assert str(negative.first) == "{1}"
    assert str(plain.first) == "(-inf, 0.8548]"  # 2·40^p = 90^p at ln 2 / ln 2.25
    assert plain.first.parts[0].high == pytest.approx(math.log(2) / math.log(2.25), rel=1e-12)
    assert [plain.rank(p) for p in (-1, 0, 0.5, 1, 1.5)] == [1, 1, 1, 3, 2]
    assert [zero.rank(p) for p in (-1, 0, 0.5, 1, 1.5)] == [None, None, 2, 2, 1]
    for p in (-1, 0, 0.5, 1, 1.5):
        there = {r.position: r.rank for r in rank(board, PER_TASK, p).rows}
        assert [x.rank(p) for x in (zero, negative, plain)] == [there[i] for i in range(3)]


def test_rows_of_noughts_and_gaps(make_board):
    board = make_board([[0, 0], [0, 0], [0, 5], [math.nan, 9]])
    found = [standing(board, PER_TASK, i) for i in range(4)]
    assert [x.rank(2) for x in found] == [2, 2, 1, None]
    assert found[3].steps == ()
    assert found[3].defined == ExponentSet()
    assert not found[3].crossings[0].both


def test_one_model_is_first_everywhere(make_board):
    found = standing(make_board([[50, 60]]), PER_TASK, 0)
    assert found.first == EVERYWHERE
    assert [step.rank for step in found.steps] == [1]


def test_costs_are_refused(make_board):
    board = make_board([[1.0], [2.0]], [Column("loss", "loss", higher_is_better=False)])
    with pytest.raises(TreatmentError, match="cost"):
        standing(board, PER_TASK, 0)


cells = st.one_of(st.integers(1, 20), st.sampled_from([0, 3, 9, 100]), st.floats(0.5, 100))


@given(st.integers(1, 6).flatmap(lambda g: st.lists(
    st.lists(cells, min_size=g, max_size=g), min_size=2, max_size=4)))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_random_rows_agree_with_rank_wherever_scores_are_clearly_apart(make_board, rows):
    board = make_board(rows)
    found = standing(board, PER_TASK, 0)
    for p in np.concatenate([np.linspace(-20, 20, 81), [-300.0, 300.0]]).tolist():
        ranking = rank(board, PER_TASK, p)
        by_row = {r.position: r.score for r in ranking.rows}
        mine = by_row.pop(0)
        if mine is None:
            assert found.rank(p) is None
            continue
        apart = [other for other in by_row.values() if other is not None]
        if all(abs(other - mine) > 1e-9 * mine for other in apart):
            assert found.rank(p) == 1 + sum(other > mine for other in apart), p
