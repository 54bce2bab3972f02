"""The rules against libraries, and against slow and obvious programs of their own."""

import itertools
import json
from pathlib import Path

import evalica
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, trim_mean

from evaluators.averaging import rules

# Made with pref_voting 1.18.2: random profiles with ties, and strict ones with all best orders.
PREF_VOTING = json.loads((Path(__file__).parent / "pref_voting.json").read_text())

tables = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 9), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    ).map(lambda rows: np.array(rows, dtype=float))
)


def score(rule, values):
    return rules.find(rule).score(np.asarray(values, dtype=float))


def test_copeland_borda_and_kemeny_equal_pref_voting():
    strict = 0
    for case in PREF_VOTING:
        values = case["values"]
        assert score("copeland", values).tolist() == case["copeland"]
        if "borda" in case:
            assert score("borda", values).tolist() == case["borda"]
        if case["kemeny"]:
            strict += 1
            places = np.argsort(case["kemeny"], axis=1) + 1
            assert score("kemeny", values) == pytest.approx(-places.mean(axis=0), rel=1e-12)
    assert strict > 25


@given(tables)
def test_places_equal_scipy_rankdata(values):
    n, g = values.shape
    places = rankdata(-values, axis=0)
    assert score("mean-rank", values) == pytest.approx(-places.mean(axis=1))
    assert score("borda", values).tolist() == (n - places).sum(axis=1).tolist()
    least, most = (rankdata(-values, axis=0, method=m) for m in ("min", "max"))
    points = [
        sum(
            np.mean([1 / k for k in range(int(lo), int(hi) + 1)])
            for lo, hi in zip(a, b, strict=True)
        )
        for a, b in zip(least, most, strict=True)
    ]
    assert score("dowdall", values) == pytest.approx(points)
    if n > 1:
        assert score("mean-win-rate", values) == pytest.approx(score("borda", values) / g / (n - 1))


@given(tables)
def test_interquartile_mean_equals_scipy_trim_mean_of_a_quarter(values):
    assert score("iqm", values) == pytest.approx(trim_mean(values, 0.25, axis=1), rel=1e-12)


@given(tables)
def test_copeland_equals_counting_duels(values):
    expected = [sum(np.sign(np.sign(one - other).sum()) for other in values) for one in values]
    assert score("copeland", values).tolist() == expected


@given(tables)
@settings(max_examples=40)
def test_kemeny_equals_trying_every_order(values):
    n = len(values)
    above = (values[:, None] > values[None]).sum(axis=2)
    cost = {
        order: sum(above[b, a] for a, b in itertools.combinations(order, 2))
        for order in itertools.permutations(range(n))
    }
    best = [np.argsort(order) + 1 for order in cost if cost[order] == min(cost.values())]
    assert score("kemeny", values) == pytest.approx(-np.mean(best, axis=0), rel=1e-12)


@given(tables)
@settings(max_examples=40)
def test_bradley_terry_meets_its_equations_and_has_the_order_of_borda(values):
    n, g = values.shape
    s = score("bradley-terry", values)
    chance = 1 / (1 + np.exp(s[None] - s[:, None]))
    expected = (g + 1) * (chance.sum(axis=1) - 0.5)
    assert expected == pytest.approx(score("borda", values) + (n - 1) / 2, abs=1e-8)
    assert rankdata(s.round(10)).tolist() == rankdata(score("borda", values)).tolist()


def test_bradley_terry_equals_evalica():
    values = np.random.default_rng(5).integers(0, 9, (7, 12)).astype(float)
    xs, ys, winners = [], [], []
    for i, j in itertools.combinations(range(7), 2):
        for a, b in zip(values[i], values[j], strict=True):
            xs.append(i)
            ys.append(j)
            won = evalica.Winner.X if a > b else evalica.Winner.Y
            winners.append(evalica.Winner.Draw if a == b else won)
    peer = evalica.bradley_terry(xs, ys, winners, tolerance=1e-13, limit=10_000)
    logs = np.log(peer.scores.sort_index().to_numpy())
    ours = rules.find("bradley-terry").score(values, drawn=0)
    assert ours == pytest.approx(logs - logs.mean(), abs=1e-6)


def test_many_models_in_blocks_equal_all_duels_at_once():
    values = np.random.default_rng(1).integers(0, 30, (1500, 5)).astype(float)
    margin = np.sign(values[:, None] - values[None]).sum(axis=2)
    assert score("copeland", values).tolist() == np.sign(margin).sum(axis=1).tolist()
    wide = np.random.default_rng(2).integers(0, 3, (20, 700)).astype(float)
    margin = np.sign(wide[:, None] - wide[None]).sum(axis=2)
    assert score("copeland", wide).tolist() == np.sign(margin).sum(axis=1).tolist()


@given(tables, st.randoms(use_true_random=False), st.sampled_from(rules.names()))
def test_neither_order_nor_unit_nor_a_column_twice_matters(values, random, rule):
    n, g = values.shape
    rows, columns = random.sample(range(n), n), random.sample(range(g), g)
    scores = score(rule, values)
    assert score(rule, values[rows][:, columns]) == pytest.approx(scores[rows], abs=1e-9)
    if rule != "bradley-terry":  # the drawn column weighs less among more
        order = rankdata(scores.round(9))
        assert rankdata(score(rule, values / 100).round(9)).tolist() == order.tolist()
        if rule != "iqm":
            twice = score(rule, np.hstack([values, values]))
            assert rankdata(twice.round(9)).tolist() == order.tolist()


@given(tables, st.data(), st.sampled_from([r for r in rules.names() if r != "kemeny"]))
def test_raising_a_cell_never_lowers_a_rank(values, data, rule):
    i = data.draw(st.integers(0, len(values) - 1))
    g = data.draw(st.integers(0, values.shape[1] - 1))
    better = values.copy()
    better[i, g] += data.draw(st.integers(1, 9))
    before, after = score(rule, values).round(9), score(rule, better).round(9)
    assert (after > after[i]).sum() <= (before > before[i]).sum()
