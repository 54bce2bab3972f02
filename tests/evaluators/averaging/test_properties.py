"""What must hold on any board, with gaps, ties, zeros and negatives."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.averaging import TREATMENTS, Board, Column, find_treatment, rank, treat
from evaluators.averaging.curve import curve
from evaluators.averaging.standing import standing

COLUMNS = (
    Column("A", "A"),
    Column("B_f1", "B", "f1"),
    Column("B_acc", "B", "accuracy"),
    Column("C-m", "C-m", "accuracy", split_of="C"),
    Column("C-mm", "C-mm", "accuracy", split_of="C"),
    Column("X", "X", "matthews", role="diagnostic"),
)
cell = st.one_of(
    st.integers(1, 1000).map(lambda x: x / 10), st.sampled_from([math.nan, 0.0, -0.4, 50.0])
)
boards = (
    st.integers(1, 9)
    .flatmap(lambda n: st.lists(st.lists(cell, min_size=6, max_size=6), min_size=n, max_size=n))
    .map(
        lambda values: Board(
            name="random",
            snapshot="1",
            models=tuple(f"m{i}" for i in range(len(values))),
            columns=COLUMNS,
            values=np.array(values),
            is_human=(True, *[False] * (len(values) - 1)),
            suspect={(0, 5): "made up"},
        )
    )
)
treatments = st.sampled_from(
    [*TREATMENTS.values()]
    + [
        find_treatment(name)
        for name in (
            "main-metric",
            "per-task+splits-twice",
            "per-metric+splits-twice+diagnostics",
            "per-task+available-only",
            "per-task+diagnostics+floor",
            "per-metric+diagnostics+shift",
        )
    ]
)
exponents = st.sampled_from([-math.inf, -20, -1, -0.5, 0, 0.5, 1, 2, 20, math.inf])


def by_position(board, treatment, p):
    rows = sorted(rank(board, treatment, p).rows, key=lambda row: row.position)
    return [row.score for row in rows], [row.rank for row in rows]


def same(left, right):
    return all(
        (a is None and b is None) or (a is not None and b is not None and a == pytest.approx(b))
        for a, b in zip(left, right, strict=True)
    )


@given(boards, treatments, exponents, st.randoms(use_true_random=False))
def test_permuting_rows_and_columns_changes_nothing(board, treatment, p, random):
    rows = random.sample(range(len(board.models)), len(board.models))
    columns = random.sample(range(6), 6)
    if treatment.metrics == "main":  # the first column of a task is its main metric
        columns = list(range(6))
    scores, ranks = by_position(board, treatment, p)
    moved_scores, moved_ranks = by_position(board.take(rows, columns), treatment, p)
    assert same(moved_scores, [scores[i] for i in rows])
    assert moved_ranks == [ranks[i] for i in rows]


@given(boards, treatments, exponents)
def test_unit_0_to_1_or_0_to_100_gives_the_same_order(board, treatment, p):
    scaled = Board(
        name="scaled",
        snapshot="1",
        models=board.models,
        columns=tuple(
            Column(c.name, c.task, c.metric, c.role, c.split_of, unit_max=1.0)
            for c in board.columns
        ),
        values=board.values / 100,
        is_human=board.is_human,
        suspect=board.suspect,
    )
    scores, ranks = by_position(board, treatment, p)
    scaled_scores, scaled_ranks = by_position(scaled, treatment, p)
    assert scaled_ranks == ranks
    assert same([None if s is None else s * 100 for s in scaled_scores], scores)


@given(boards, treatments, exponents)
def test_removing_a_model_leaves_the_others_means_alone(board, treatment, p):
    scores, _ = by_position(board, treatment, p)
    without, _ = by_position(board.take(range(len(board.models) - 1)), treatment, p)
    assert same(without, scores[:-1])


@given(boards, treatments, exponents, st.data())
def test_raising_a_cell_never_lowers_its_row(board, treatment, p, data):
    i = data.draw(st.integers(0, len(board.models) - 1))
    j = data.draw(st.integers(0, 5))
    values = board.values.copy()
    values[i, j] += data.draw(st.integers(1, 300)) / 10
    better = Board(
        name="better",
        snapshot="1",
        models=board.models,
        columns=board.columns,
        values=values,
        is_human=board.is_human,
        suspect=board.suspect,
    )
    scores, ranks = by_position(board, treatment, p)
    new_scores, new_ranks = by_position(better, treatment, p)
    if scores[i] is not None:
        assert new_scores[i] >= scores[i] - 1e-9
        assert new_ranks[i] <= ranks[i]
    assert same(scores[:i] + scores[i + 1 :], new_scores[:i] + new_scores[i + 1 :])


@given(boards, treatments)
def test_am_gm_hm_of_one_treatment_are_in_order_unless_it_is_mixed(board, treatment):
    am, gm, hm = (by_position(board, treatment, p)[0] for p in (1, 0, -1))
    for a, g, h in zip(am, gm, hm, strict=True):
        assert (g is None) == (h is None)
        if g is not None and not treatment.mixed:
            assert a >= g - 1e-9
            assert g >= h - 1e-9


@given(boards, treatments, exponents)
def test_every_row_is_ranked_or_left_out_with_a_reason(board, treatment, p):
    ranking = rank(board, treatment, p)
    assert sorted(row.position for row in ranking.rows) == list(range(len(board.models)))
    for row in ranking.rows:
        assert (row.rank is None) == (row.score is None) == bool(row.left_out)
        assert row.score is None or math.isfinite(row.score)


@given(boards, exponents)
@settings(max_examples=50)
def test_ranking_is_what_a_straight_reading_of_the_rule_gives(board, p):
    """Per task, the slow and obvious way."""

    def mean(xs):
        if any(math.isnan(x) for x in xs) or (p != 1 and any(x < 0 for x in xs)):
            return None
        if p <= 0 and any(x <= 0 for x in xs):
            return None
        if math.isinf(p):
            return max(xs) if p > 0 else min(xs)
        if p == 0:
            return math.prod(xs) ** (1 / len(xs))
        return (sum(x**p for x in xs) / len(xs)) ** (1 / p)

    expected = [mean([v[0], (v[1] + v[2]) / 2, (v[3] + v[4]) / 2]) for v in board.values.tolist()]
    scores, ranks = by_position(board, TREATMENTS["per-task"], p)
    assert same(scores, expected)
    for score, place in zip(scores, ranks, strict=True):
        if score is not None:
            ahead = sum(other is not None and other > score + 1e-7 for other in scores)
            assert place == 1 + ahead


@given(boards, treatments)
def test_infinite_exponents_rank_by_the_highest_and_the_lowest_value(board, treatment):
    for p, extreme in ((math.inf, np.nanmax), (-math.inf, np.nanmin)):
        matrix = treat(board, treatment, p)
        scores, _ = by_position(board, treatment, p)
        # A power mean of c values is within a factor c^(1/p) of the extreme one.
        near, _ = by_position(board, treatment, math.copysign(1e13, p))
        for score, close, row in zip(scores, near, matrix.values, strict=True):
            assert (score is None) == (close is None)
            assert score is None or score == pytest.approx(close, abs=1e-10)
            assert score is None or score == pytest.approx(extreme(row), abs=1e-9)


@given(boards, treatments, exponents)
def test_tied_models_share_the_smallest_rank_and_the_next_one_skips_theirs(board, treatment, p):
    n = len(board.models)
    doubled = board.take([*range(n), *range(n)])
    scores, ranks = by_position(doubled, treatment, p)
    assert ranks[:n] == ranks[n:]
    placed = sorted(r for r in ranks if r is not None)
    for place in set(placed):
        assert placed.index(place) == place - 1
    for i, j in itertools.combinations(range(2 * n), 2):
        if ranks[i] is not None and ranks[j] is not None and scores[i] != scores[j]:
            closer = abs(scores[i] - scores[j]) <= 1e-6
            assert closer or (scores[i] > scores[j]) == (ranks[i] < ranks[j])


@given(boards, treatments, st.data())
@settings(max_examples=60)
def test_removing_any_model_moves_the_others_up_by_one_place_at_most(board, treatment, data):
    gone = data.draw(st.integers(0, len(board.models) - 1))
    rest = [i for i in range(len(board.models)) if i != gone]
    p = data.draw(exponents)
    if treatment.missing == "drop-column":
        return
    scores, ranks = by_position(board, treatment, p)
    new_scores, new_ranks = by_position(board.take(rest), treatment, p)
    assert same(new_scores, [scores[i] for i in rest])
    for i, new in zip(rest, new_ranks, strict=True):
        assert (new is None) == (ranks[i] is None)
        assert new is None or 0 <= ranks[i] - new <= 1


@given(boards, treatments)
@settings(max_examples=40)
def test_curves_and_exact_places_are_what_rank_says(board, treatment):
    p = [-math.inf, -7.5, -1, 0, 1e-3, 0.5, 1, 2, 30, math.inf]
    curved = curve(board, treatment, p)
    places = [standing(board, treatment, i) for i in range(len(board.models))]
    for k, exponent in enumerate(p):
        scores, ranks = by_position(board, treatment, exponent)
        assert [None if math.isnan(x) else int(x) for x in curved.ranks[k]] == ranks
        assert same([None if math.isnan(x) else x for x in curved.scores[k]], scores)
        for i, (score, place) in enumerate(zip(scores, ranks, strict=True)):
            if math.isinf(exponent):
                continue
            assert (exponent in places[i].defined) == (place is not None)
            others = [s for j, s in enumerate(scores) if j != i and s is not None]
            # `rank` ties what is 1e-9 of the unit apart, and so may a chain of such scores
            if place is not None and all(abs(s - score) > 1e-6 for s in others):
                assert places[i].rank(exponent) == place
