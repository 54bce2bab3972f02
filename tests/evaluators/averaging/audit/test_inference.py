"""The rule behind published averages, found from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.averaging import Board, Column
from evaluators.averaging.audit import infer
from flows.boards.leaderboards import read_board


def board_of(values, weights=None, published=None, decimals=1, columns=None):
    values = np.asarray(values, dtype=float)
    names = columns or [Column(f"c{j}", f"c{j}") for j in range(values.shape[1])]
    if published is None:
        published = np.round(values @ np.asarray(weights), decimals)
    return Board("made-up", "1", tuple(f"m{i}" for i in range(len(values))), tuple(names), values,
                 published=published)  # fmt: skip


def random(n, c, seed=0):
    return np.random.default_rng(seed).uniform(20, 95, (n, c)).round(1)


def test_xtreme_weighs_its_categories_2_2_3_2():
    found = infer(read_board("xtreme"))
    assert found.verdict == "found"
    assert (found.rule.numerators, found.rule.denominator) == ((2, 2, 3, 2), 9)
    assert (found.rule.agree, found.rule.compared) == (15, 15)
    assert found.rule.worst < 0.07
    assert found.rule.equals == ()
    assert "Question_Answering counts 1/3" in found.rule.words


@pytest.mark.parametrize(
    ("snapshot", "agree", "compared"), [("2021", 97, 97), ("2022-01", 104, 105)]
)
def test_glue_averages_nine_tasks_whose_metrics_share(snapshot, agree, compared):
    found = infer(read_board("glue", snapshot))
    rule = found.rule
    assert found.verdict == "found"
    assert rule.denominator == 18
    assert rule.numerators == (2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 0)
    assert (rule.agree, rule.compared) == (agree, compared)
    assert "per-task" in rule.equals
    assert "each of 9 tasks counts 1/9" in rule.words
    assert "MRPC, STS-B, QQP, MNLI" in rule.words
    assert "AX does not count" in rule.words


@pytest.mark.parametrize(("snapshot", "rows"), [("2021", 22), ("2022-01", 24)])
def test_superglue_averages_eight_tasks_without_diagnostics(snapshot, rows):
    found = infer(read_board("superglue", snapshot))
    assert found.verdict == "found"
    assert found.rule.numerators == (2, 1, 1, 2, 1, 1, 1, 1, 2, 2, 2, 0, 0, 0)
    assert (found.rule.denominator, found.rule.agree, found.rule.compared) == (16, rows, rows)


@pytest.mark.parametrize("name", ["clue-v1", "clue-v1-reading", "openllm-v1", "mteb-classic-en"])
def test_plain_means_are_found(name):
    found = infer(read_board(name))
    assert found.verdict == "found"
    assert set(found.rule.numerators) == {1}
    assert found.rule.denominator == len(found.rule.columns)


@pytest.mark.parametrize("name", ["xglue-unique", "xglue-understanding", "value"])
def test_a_board_with_too_few_rows_names_the_simplest_and_proves_nothing(name):
    found = infer(read_board(name))
    assert found.verdict == "underdetermined"
    assert "per-task" in found.rule.equals
    assert "not proved" in found.why


@given(st.lists(st.integers(0, 4), min_size=2, max_size=6).filter(any), st.integers(0, 99))
def test_integer_weights_are_found_again(weights, seed):
    w = np.array(weights) / sum(weights)
    found = infer(board_of(random(40, len(w), seed), w))
    assert found.verdict == "found"
    assert np.allclose(found.rule.weights, w)
    assert found.rule.agree == 40


@given(st.integers(0, 10_000))
def test_a_made_up_published_column_follows_no_rule(seed):
    values = random(25, 5, seed)
    invented = np.random.default_rng(seed + 1).uniform(30, 90, 25).round(1)
    found = infer(board_of(values, published=invented))
    assert found.verdict == "none"
    assert found.rules == ()
    assert "no weights" in found.why


@pytest.mark.parametrize("published", [np.max, np.min, np.median, np.std])
def test_a_rule_that_is_not_linear_is_none(published):
    values = random(30, 5)
    found = infer(board_of(values, published=published(values, axis=1).round(1)))
    assert found.verdict == "none"


def test_a_few_corrupt_rows_do_not_hide_the_rule():
    values, w = random(40, 5), np.array([1, 1, 2, 1, 1]) / 6
    published = (values @ w).round(1)
    corrupt = values.copy()
    corrupt[[3, 17, 30], [0, 2, 4]] = 0
    found = infer(board_of(corrupt, published=published))
    assert found.verdict == "found"
    assert found.rule.numerators == (1, 1, 2, 1, 1)
    assert found.rule.off == (3, 17, 30)


@pytest.mark.parametrize(("n", "c", "corrupt"), [(60, 20, 4), (40, 12, 3), (12, 4, 1), (7, 3, 1)])
def test_cells_filled_with_0_do_not_pull_the_rule_to_themselves(n, c, corrupt):
    rng = np.random.default_rng(7)
    good = rng.uniform(40, 90, (n, 1)) + rng.uniform(-15, 15, c) + rng.normal(0, 5, (n, c))
    values = good.clip(1, 99).round(1)
    weights = rng.integers(0, 4, c)
    weights[0] += 1
    published = (values @ weights / weights.sum()).round(1)
    values[rng.choice(n, corrupt, replace=False), rng.integers(0, c, corrupt)] = 0
    found = infer(board_of(values, published=published))
    assert found.verdict == "found"
    assert np.allclose(found.rule.weights, weights / weights.sum())


def test_the_same_board_gets_the_same_answer_and_a_generator_may_be_passed():
    board = read_board("glue", "2022-01")
    assert infer(board) == infer(board)
    assert infer(board, generator=np.random.default_rng(5)).rule == infer(board).rule


def test_two_equal_columns_cannot_be_told_apart():
    values = random(30, 3)
    values[:, 2] = values[:, 1]
    found = infer(board_of(values, [0.5, 0.5, 0]))
    assert found.verdict == "underdetermined"
    assert "c1 and c2" in found.why


def test_all_columns_equal_is_said():
    values = np.repeat(random(20, 1), 4, axis=1)
    found = infer(board_of(values, [0.25] * 4))
    assert found.verdict == "underdetermined"
    assert "per-task" in found.rule.equals


def test_one_column_is_its_own_average():
    found = infer(board_of(random(10, 1), [1]))
    assert found.verdict == "found"
    assert found.rule.formula == "c0"


def test_a_sum_is_a_rule_and_no_mean():
    found = infer(board_of(random(30, 3), [1, 1, 1]))
    assert found.rule.numerators == (1, 1, 1)
    assert found.rule.denominator == 1
    assert "it is no mean" in found.rule.words


def test_proportions_and_more_digits():
    values = np.random.default_rng(1).uniform(0.2, 0.9, (20, 4)).round(4)
    columns = [Column(f"c{j}", f"c{j}", unit_max=1.0) for j in range(4)]
    found = infer(board_of(values, np.array([1, 2, 3, 1]) / 7, decimals=4, columns=columns))
    assert found.rule.numerators == (1, 2, 3, 1)


def test_gaps_only_cost_the_rows_that_need_the_cell():
    values, w = random(30, 4), np.array([1, 1, 1, 0]) / 3
    published = (values @ w).round(1)
    values[:12, 3] = np.nan
    values[20, 0] = np.nan
    found = infer(board_of(values, published=published))
    assert found.rule.numerators == (1, 1, 1) or found.rule.numerators == (1, 1, 1, 0)
    assert (found.rule.agree, found.rule.compared) == (29, 29)


@pytest.mark.parametrize("published", [[np.nan] * 3, [50.0, np.nan, np.nan]])
def test_little_or_nothing_published_is_no_crash(published):
    found = infer(board_of(random(3, 4), published=np.array(published)))
    assert found.verdict in ("nothing-published", "none", "underdetermined")
    assert found.why


def test_rows_without_cells_are_no_crash():
    found = infer(board_of(np.full((3, 2), np.nan), published=np.array([1.0, 2.0, 3.0])))
    assert found.verdict == "underdetermined"
    assert found.rules == ()


def test_costs_alone_are_no_rule():
    columns = [Column("loss", "loss", higher_is_better=False)]
    found = infer(board_of([[1.0], [2.0]], [1], columns=columns))
    assert found.verdict == "none"
