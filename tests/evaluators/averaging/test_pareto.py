"""The Pareto front against its definition, and its uncertainty against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evaluators.averaging import TREATMENTS, Board, find_treatment
from evaluators.averaging.pareto import front_of, pareto_front
from evaluators.averaging.stability.tiers import board_tiers
from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import SIZES, Fact
from evaluators.names import UnknownNameError
from evaluators.statistics import resample_counts

PER_TASK = TREATMENTS["per-task"]


def by_definition(costs: NDArray[np.float64], ranks: NDArray[np.int64]) -> list[bool]:
    """Compare every pair: at most as costly, at least as good, and one of the two strictly."""
    n = len(costs)
    return [
        bool(ranks[i])
        and not any(
            ranks[j]
            and costs[j] <= costs[i]
            and ranks[j] <= ranks[i]
            and (costs[j] < costs[i] or ranks[j] < ranks[i])
            for j in range(n)
        )
        for i in range(n)
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, 2.0, 3.5, 1e9]), st.integers(0, 6)),
        min_size=1,
        max_size=20,
    )
)
def test_the_front_is_what_its_definition_says(models: list[tuple[float, int]]) -> None:
    costs = np.array([cost for cost, _ in models])
    ranks = np.array([rank for _, rank in models])
    assert front_of(costs, ranks).tolist() == by_definition(costs, ranks)
    several = np.stack([ranks, ranks[::-1], np.zeros_like(ranks)])
    assert front_of(costs, several).tolist() == [by_definition(costs, row) for row in several]


VALUES = np.array(
    [
        [50.0, 52.0, 54.0, 50.0, 53.0, 51.0, 52.0],
        [60.0, 75.0, 62.0, 66.0, 61.0, 63.0, 64.0],
        [61.0, 64.0, 63.0, 65.0, 62.0, 63.0, 60.0],
        [90.0, 91.0, 92.0, 90.0, 93.0, 89.0, 90.0],
        [90.0, 91.0, 92.0, 90.0, 93.0, 89.0, 90.0],
        [70.0, 71.0, 70.0, 72.0, 71.0, 70.0, 73.0],
        [99.0, 98.0, 99.0, 97.0, 99.0, 98.0, 99.0],
    ]
)
PARAMETERS = (1e8, 3e8, 4e8, 7e9, 7e9, 7e9, None)


def sized(make_board, fact: str = "parameters", sizes=PARAMETERS, **more: object) -> Board:
    facts = tuple({} if size is None else {fact: Fact(size)} for size in sizes)
    return make_board(VALUES, facts=facts, **more)


def test_ties_stay_and_models_of_unknown_size_take_no_part(make_board) -> None:
    front = pareto_front(sized(make_board), PER_TASK, resamples=100)
    assert front.on_front.tolist() == [True, True, False, True, True, False, False]
    assert [front.contest.models[row.row] for row in front.rows] == [
        "model0",
        "model1",
        "model3",
        "model4",
    ]
    assert np.isnan(front.share).tolist() == [False] * 6 + [True]
    assert front.headline == (
        "4 of the 6 models of known parameters are on the front;"
        " of 1 other ranked models the parameters are unknown"
    )


def test_scores_that_only_rounding_tells_apart_are_tied(make_board) -> None:
    values = VALUES.copy()
    values[4] += 1e-12
    facts = tuple({"parameters": Fact(1e9 * (i + 1))} for i in range(7))
    front = pareto_front(make_board(values, facts=facts), PER_TASK, resamples=10)
    assert front.on_front.tolist() == [True, True, False, True, False, False, True]


def test_of_context_more_is_better(make_board) -> None:
    board = sized(make_board, "context_tokens", (512.0, 8192.0, 8192.0, 512.0, 128.0, 4096.0, None))
    front = pareto_front(board, PER_TASK, fact="context_tokens", resamples=10)
    assert [(row.size, front.contest.models[row.row]) for row in front.rows] == [
        (8192.0, "model1"),
        (4096.0, "model5"),
        (512.0, "model3"),
    ]


@pytest.mark.parametrize("p", [1.0, 0.0, -1.0])
@pytest.mark.parametrize("treatment", ["per-task", "per-task+shift"])
def test_shares_and_gains_are_those_of_a_plain_loop(make_board, p: float, treatment: str) -> None:
    front = pareto_front(sized(make_board), find_treatment(treatment), p, resamples=200, seed=5)
    counts = resample_counts(np.random.default_rng(5), 7, 200, np.int64)
    shift = 100.0 if "shift" in treatment else 0.0
    costs = np.array(PARAMETERS[:6], dtype=float)
    on, gains = np.zeros(6), []
    for drawn in counts:
        x = np.repeat(VALUES[:6] + shift, drawn, axis=1)
        means = np.exp(np.log(x).mean(axis=1)) if p == 0 else (x**p).mean(axis=1) ** (1 / p)
        ranks = np.array([1 + int((means > mean + 1e-7).sum()) for mean in means])
        on += by_definition(costs, ranks)
        gains.append(means[3] - means[1])
    assert front.share[:6] == pytest.approx(on / 200)
    row = next(row for row in front.rows if row.row == 3)
    assert (row.gain_low, row.gain_high) == pytest.approx(np.quantile(gains, [0.025, 0.975]))
    assert row.gain == pytest.approx(front.contest.scores[3] - front.contest.scores[1])
    tied = next(row for row in front.rows if row.row == 4)
    assert tied.gain == pytest.approx(row.gain)
    assert front.rows[0].gain is None


def test_steps_are_told_apart_as_the_tiers_say(make_board) -> None:
    board = sized(make_board)
    tiers = board_tiers(board, PER_TASK, resamples=500, seed=1)
    front = pareto_front(board, PER_TASK, resamples=10, tiers=tiers)
    told = {row.row: row.told for row in front.rows}
    assert told == {
        0: None,
        1: bool(tiers.better[1, 0]),
        3: bool(tiers.better[3, 1]),
        4: bool(tiers.better[4, 1]),
    }
    assert told[3]


def test_models_that_are_nearly_on_the_front_are_named(make_board) -> None:
    front = pareto_front(sized(make_board), PER_TASK, resamples=2000)
    assert front.nearly == (2,), "better wherever the best task of its rival is drawn seldom"
    assert 0.05 < front.share[2] < 0.5


def test_rows_with_gaps_have_shares_too(make_board) -> None:
    values = VALUES.copy()
    values[3, 1:] = np.nan
    facts = tuple({"parameters": Fact(float(i))} for i in range(7))
    board = make_board(values, facts=facts)
    front = pareto_front(board, find_treatment("per-task+any-available"), resamples=300)
    assert 0.5 < front.share[3] < 1, "in some resamples it has no score"
    assert all(row.gain_low is not None for row in front.rows[1:])


def test_what_has_no_front_is_refused(make_board) -> None:
    with pytest.raises(TreatmentError, match="of none of its 7 ranked models the parameters"):
        pareto_front(make_board(VALUES), PER_TASK)
    with pytest.raises(UnknownNameError, match="did you mean 'parameters'"):
        pareto_front(sized(make_board), PER_TASK, fact="params")
    with pytest.raises(TreatmentError, match="confidence must be in"):
        pareto_front(sized(make_board), PER_TASK, confidence=1.0)


def test_the_sizes_are_facts() -> None:
    from evaluators.model_facts.facts import FACTS

    assert {FACTS[name].kind for name in SIZES} == {"number"}
