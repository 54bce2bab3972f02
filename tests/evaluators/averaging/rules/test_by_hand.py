"""Every rule on boards small enough to count on fingers."""

import math

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Column, Treatment, find_treatment, rules
from evaluators.errors import TreatmentError
from evaluators.names import UnknownNameError

#      t1  t2  t3  t4
BOARD = np.array(
    [
        [90, 80, 70, 10],  # a: places 1, 2, 3, 4
        [80, 90, 80, 40],  # b: places 2, 1, 2, 3
        [70, 80, 90, 50],  # c: places 3, 2, 1, 1.5
        [60, 10, 60, 50],  # d: places 4, 4, 4, 1.5
    ],
    dtype=float,
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("median", [75, 80, 75, 55]),
        ("minimum", [10, 40, 50, 10]),
        ("iqm", [75, 80, 75, 55]),  # the middle two of four
        ("mean-rank", [-10.5 / 4, -2, -8 / 4, -13.5 / 4]),
        ("borda", [5.5, 8, 8, 2.5]),
        ("mean-win-rate", [5.5 / 12, 8 / 12, 8 / 12, 2.5 / 12]),
        ("dowdall", [1 + 5 / 12 + 1 / 3 + 1 / 4, 0.5 + 1 + 0.5 + 1 / 3,
                     1 / 3 + 5 / 12 + 1 + 0.75, 0.25 + 0.25 + 0.25 + 0.75]),
        # a-b 1:3, a-c 1:2, a-d 3:1, b-c 2:2, b-d 3:1, c-d 3:0
        ("copeland", [-1, 2, 2, -3]),
        ("kemeny", [-3, -1.5, -1.5, -4]),
    ],
)  # fmt: skip
def test_four_models_four_tasks(rule, expected):
    assert rules.find(rule).score(BOARD) == pytest.approx(expected, rel=1e-12)


def test_mteb_gives_points_for_every_column_that_a_model_has_and_none_for_a_gap():
    nan = math.nan
    values = np.array([[9, 9, nan], [8, nan, 5], [7, 9, nan], [6, nan, nan]])
    # Of four models: column one 3, 2, 1, 0; column two a tie for 1.5, so 2.5 each; column three 3.
    assert rules.find("mteb-borda").score(values).tolist() == [5.5, 5, 3.5, 0]


def test_mteb_counts_scores_that_are_not_whole_but_not_models_that_have_no_other(make_board):
    board = make_board([[9, 9], [8, 8], [math.nan, 7]], suspect={(2, 1): "mean of 1 of 2 splits"})
    ranking = rules.rank_by(board, rules.treatment_for("mteb-borda", None), "mteb-borda")
    assert ranking.treatment.name == "per-task+any-available+as-printed"
    assert [note[:8] for note in ranking.notes] == ["as MTEB:"]
    # n is 2: only two models have a whole score. The third is last of three, so 2 - 3.
    assert [row.score for row in ranking.rows] == [2, 0, -1]


def test_a_treatment_that_is_chosen_counts_before_the_rules_own():
    assert rules.treatment_for("mteb-borda", "per-task").name == "per-task"
    assert rules.treatment_for("borda", None).name == "per-task"


def test_bradley_terry_of_two_is_the_log_odds_of_their_wins():
    values = np.array([[2, 2, 2, 1.0], [1, 1, 1, 2.0]])
    strong, weak = rules.find("bradley-terry").score(values)
    assert strong - weak == pytest.approx(math.log(3.5 / 1.5), rel=1e-12)
    assert strong + weak == pytest.approx(0, abs=1e-12)
    strong, weak = rules.find("bradley-terry").score(values, drawn=0)
    assert strong - weak == pytest.approx(math.log(3), rel=1e-12)


def test_bradley_terry_is_finite_where_one_wins_everything_and_refuses_without_the_drawn_column():
    score = rules.find("bradley-terry").score
    values = np.array([[9.0, 9], [5, 5], [1, 1]])
    assert np.isfinite(score(values)).all()
    with pytest.raises(TreatmentError, match="no finite strengths"):
        score(values, drawn=0)


def test_kemeny_solves_a_circle_and_counts_every_best_order():
    circle = np.array([[3, 1, 2.0], [2, 3, 1], [1, 2, 3]])  # a > b > c > a, two columns to one
    assert rules.find("kemeny").score(circle) == pytest.approx([-2, -2, -2])
    four = np.array([[4, 4, 4.0], [3, 1, 2], [2, 3, 1], [1, 2, 3]])
    assert rules.find("kemeny").score(four) == pytest.approx([-1, -3, -3, -3])


def test_kemeny_refuses_what_it_cannot_solve_exactly_and_takes_any_number_in_plain_order():
    rng = np.random.default_rng(3)
    with pytest.raises(TreatmentError, match=r"at most 18 models.*copeland"):
        rules.find("kemeny").score(rng.random((60, 3)))
    with pytest.raises(TreatmentError, match="small boards"):
        rules.find("kemeny").score(np.zeros((2001, 1)))
    ordered = np.arange(300.0)[:, None] + np.zeros((1, 4))
    assert rules.find("kemeny").score(ordered).tolist() == list(range(-300, 0))


@pytest.mark.parametrize("rule", rules.names())
def test_one_model_and_one_column_and_equal_rows(rule):
    score = rules.find(rule).score
    assert np.isfinite(score(np.array([[50.0, 60.0]]))).all()
    one = score(np.array([[5.0], [7.0], [6.0]]))
    assert np.argsort(-one).tolist() == [1, 2, 0]
    same = score(np.array([[5.0, 6], [5, 6], [5, 6]]))
    assert len(set(same.tolist())) == 1


@pytest.mark.parametrize("rule", rules.names())
def test_ranking_says_what_it_is(make_board, rule):
    ranking = rules.rank_by(make_board(BOARD, is_human=(True, False, False, False)),
                            TREATMENTS["per-task"], rule)  # fmt: skip
    assert ranking.mean == ranking.rule == rule
    assert ranking.exponent is None
    assert math.isnan(ranking.p)
    assert ranking.human.model == "model0"
    assert len(ranking.columns) == 4
    assert rules.describe(rule)


@pytest.mark.parametrize("rule", rules.names())
def test_rows_with_gaps_are_left_out_and_take_no_place(make_board, rule):
    values = np.vstack([BOARD, [99, 99, 99, math.nan]])
    ranking = rules.rank_by(make_board(values), TREATMENTS["per-task"], rule)
    alone = rules.rank_by(make_board(BOARD), TREATMENTS["per-task"], rule)
    assert [r.rank for r in ranking.rows[:4]] == [r.rank for r in alone.rows]
    assert [r.score for r in ranking.rows[:4]] == [r.score for r in alone.rows]
    assert ranking.left_out[0].left_out == "no value for task3"


@pytest.mark.parametrize("rule", rules.names())
def test_gaps_under_any_available(make_board, rule):
    board = make_board([[9, 1, 5], [math.nan, 2, 4], [3, 3, 3]])
    treatment = find_treatment("per-task+any-available")
    if rules.find(rule).GAPS:
        assert len(rules.rank_by(board, treatment, rule).ranked) == 3
    else:
        with pytest.raises(TreatmentError, match="model1 has none for task0"):
            rules.rank_by(board, treatment, rule)
    ranking = rules.rank_by(board, find_treatment("per-task+drop-column"), rule)
    assert ranking.columns == ("task1", "task2")


def test_mean_win_rate_with_gaps_skips_the_column_for_the_row_and_the_row_in_the_column():
    values = np.array([[9, 1], [math.nan, 2], [3, 3]])
    assert rules.find("mean-win-rate").score(values) == pytest.approx([0.5, 0.5, 0.5])
    values = np.array([[9, math.nan], [math.nan, 2]])
    assert rules.find("mean-win-rate").score(values).tolist() == [0, 0]


@pytest.mark.parametrize("rule", [name for name in rules.names() if name != "mteb-borda"])
def test_cells_that_differ_by_rounding_are_tied(make_board, rule):
    board = make_board([[0.1 + 0.2, 50, 7], [0.3, 50, 7], [0.2, 49, 6]])
    assert [r.rank for r in rules.rank_by(board, TREATMENTS["per-task"], rule).rows] == [1, 1, 3]


def test_cells_that_differ_by_rounding_are_not_tied_for_mteb(make_board):
    board = make_board([[0.1 + 0.2, 50, 7], [0.3, 50, 7], [0.2, 49, 6]])
    ranked = rules.rank_by(board, TREATMENTS["per-task"], "mteb-borda").rows
    assert [(row.rank, row.score) for row in ranked] == [(1, 5), (2, 4), (3, 0)]


@pytest.mark.parametrize("rule", rules.names())
def test_negative_and_zero_cells_count_as_any_other(make_board, rule):
    board = make_board([[-5, 0, -1], [-6, -7, -8], [math.nan] * 3])
    assert [r.rank for r in rules.rank_by(board, TREATMENTS["per-task"], rule).rows] == [1, 2, None]


@pytest.mark.parametrize("rule", rules.names())
def test_a_board_with_nobody_complete_ranks_nobody(make_board, rule):
    board = make_board([[math.nan, 1], [1, math.nan]])
    assert not rules.rank_by(board, TREATMENTS["per-task"], rule).ranked


def test_mixed_treatments_and_unknown_rules_are_refused(make_board):
    with pytest.raises(TreatmentError, match="has no p"):
        rules.rank_by(make_board(BOARD), TREATMENTS["paper-mixed"], "borda")
    with pytest.raises(UnknownNameError, match="did you mean 'copeland'"):
        rules.rank_by(make_board(BOARD), TREATMENTS["per-task"], "Copland")


def test_rules_of_order_reverse_a_column_of_which_less_is_better(make_board):
    #                   accuracy  f1  perplexity  latency
    rows = [[80.1, 70.5, 12.5, 50.0], [79.1, 75.5, 10.0, 20.0], [69.1, 65.5, 10.0, 0.0]]
    columns = [
        Column(name, name, higher_is_better=name in ("acc", "f1"))
        for name in ("acc", "f1", "ppl", "ms")
    ]
    board, treatment = make_board(rows, columns), find_treatment("per-task+rank-only")
    # Points: a 2, 1, 0, 0; b 1, 2, 1.5, 1; c 0, 0, 1.5, 2.
    borda = rules.rank_by(board, treatment, "borda")
    assert {row.position: row.score for row in borda.rows} == {0: 3.0, 1: 5.5, 2: 3.5}
    assert "their order counts, reversed" in borda.notes[0]
    # Duels: b beats a 3:1 and c 2:1, c and a draw 2:2.
    copeland = rules.rank_by(board, treatment, "copeland")
    assert {row.position: row.score for row in copeland.rows} == {0: -1, 1: 2, 2: -1}
    for rule in rules.names():
        if rule in ("median", "minimum", "iqm"):
            with pytest.raises(TreatmentError, match="a rule of order"):
                rules.rank_by(board, treatment, rule)
        else:
            assert rules.rank_by(board, treatment, rule).rows[0].position == 1


def test_every_rule_refuses_a_cost_by_default_and_names_the_options(make_board):
    board = make_board([[1.0, 2.0]], [Column("A", "A"), Column("s", "s", higher_is_better=False)])
    for rule in rules.names():
        with pytest.raises(TreatmentError, match=r"\+complement.*\+rank-only"):
            rules.rank_by(board, TREATMENTS["per-task"], rule)


WEIGHTED = [name for name in rules.names() if hasattr(rules.find(name), "weighted")]


@pytest.mark.parametrize("rule", WEIGHTED)
@pytest.mark.parametrize("gaps", [False, True])
def test_whole_weights_are_columns_that_count_so_often(rule, gaps):
    chosen = rules.find(rule)
    rng = np.random.default_rng(8)
    weights = np.array([1.0, 3.0, 2.0, 1.0, 4.0])
    for _ in range(30):
        values = rng.integers(0, 6, (7, 5)).astype(float)
        if gaps and chosen.GAPS:
            values[rng.random(values.shape) < 0.2] = math.nan
            values[:, 0] = 3.0
        often = chosen.score(np.repeat(values, weights.astype(int), axis=1))
        if rule in ("borda", "dowdall"):
            assert chosen.weighted(values, weights) == pytest.approx(often)
        for scale in (1.0, 0.1):  # weights are relative
            order = np.argsort(np.argsort(chosen.weighted(values, scale * weights).round(9)))
            assert (order == np.argsort(np.argsort(often.round(9)))).all()


def test_weights_of_a_treatment_reach_the_rule_or_are_refused(make_board):
    board = make_board([[9, 1, 1], [1, 9, 8]], ["x", "y", "z"])
    heavy = Treatment(weights=(("x", 5.0),))
    for rule in rules.names():
        if rule in WEIGHTED:
            ranking = rules.rank_by(board, heavy, rule)
            assert ranking.rows[0].model == "model0"
            assert ranking.mean == f"weighted {rule}"
        else:
            with pytest.raises(TreatmentError, match=f"{rule} takes no weights: .*borda"):
                rules.rank_by(board, heavy, rule)
