"""Requests for rankings, as `rankcheck rank` and Python make them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import pmean

from evaluators.averaging import Board, Column
from evaluators.averaging.ranked_by import RankedBy, rankings
from evaluators.averaging.ranking import Ranking
from evaluators.averaging.selection import Selection, select
from evaluators.errors import TreatmentError

VALUES = np.array([[90.0, 10.0, 30.0], [20.0, 80.0, 40.0], [50.0, 50.0, 60.0]])
COLUMNS = tuple(Column(n, n, type=t) for n, t in (("x", "R"), ("y", "R"), ("z", "S")))
BOARD = Board("b", "1", ("a", "b", "c"), COLUMNS, VALUES)


def ranked(by: RankedBy, weights: Mapping[str, float] | None = None) -> Mapping[str, Ranking]:
    return rankings(*select(BOARD, by.find_treatment(), Selection(weights=weights or {})), by)


def scores(
    by: RankedBy, weights: Mapping[str, float] | None = None
) -> dict[str, list[float | None]]:
    """Return the scores in board order by mean."""
    return {
        mean: [row.score for row in sorted(ranking.rows, key=lambda row: row.position)]
        for mean, ranking in ranked(by, weights).items()
    }


def test_three_means_side_by_side_unless_one_is_asked_for():
    exponents = {"arithmetic": 1, "geometric": 0, "harmonic": -1}
    expected = {name: pmean(VALUES, p, axis=1) for name, p in exponents.items()}
    found = scores(RankedBy())
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values)
    [[name, cubic]] = scores(RankedBy(p=3)).items()
    assert name == "p=3"
    np.testing.assert_allclose(cubic, pmean(VALUES, 3, axis=1))


def test_ratios_and_weights_take_the_place_of_plain_means():
    found = scores(RankedBy(p=-1), {"S": 3.0})["harmonic"]
    np.testing.assert_allclose(found, pmean(VALUES, -1, axis=1, weights=[1, 1, 3]))
    found = scores(RankedBy(p=0, reference="b"))["geometric"]
    np.testing.assert_allclose(found, pmean(VALUES / VALUES[1], 0, axis=1))


def test_a_rule_ranks_with_its_own_treatment_and_by_type_changes_any():
    assert ranked(RankedBy(rule="median"))["median"].treatment.name == "per-task"
    own = ranked(RankedBy(rule="mteb-borda"))["mteb-borda"]
    assert own.treatment == RankedBy(rule="mteb-borda").find_treatment()
    assert own.treatment.name != "per-task"
    np.testing.assert_allclose(scores(RankedBy(p=1, by_type=True))["arithmetic"], [40, 45, 55])


@pytest.mark.parametrize(
    "both",
    [
        {"rule": "borda", "p": 1.0},
        {"rule": "borda", "reference": "a"},
    ],
)
def test_what_excludes_each_other_is_refused(both):
    with pytest.raises(TreatmentError, match="give only one"):
        RankedBy(**both)
