"""Numbers that are swept in settings, and Page's test for a trend in them."""

from __future__ import annotations

import pytest

from evaluators.claims import NotTestable, RowEvidence
from evaluators.claims.judging.trends import number_in, swept, trend


def test_a_number_is_found_behind_its_name_alone() -> None:
    assert number_in("digits, T 10, 1500 updates", "T") == 10
    assert number_in("2-D mixture, T 1000, t 5e-05", "t") == 5e-05
    assert number_in("digits, predictor speed 10", "speed") is None


def test_of_settings_that_differ_in_more_the_largest_family_is_taken() -> None:
    rows = [
        {"setting": f"T {steps}, {updates}", "arm": "a", "metric": "m", "seed": 0, "value": value}
        for updates, value in (("9 updates", 1.0), ("70 updates", 2.0))
        for steps in ((10, 20, 30) if value == 1.0 else (10, 20))
    ]
    assert swept(RowEvidence(rows), "m", "a", "T") == {10: {0: 1.0}, 20: {0: 1.0}, 30: {0: 1.0}}


def test_five_seeds_in_order_have_the_chance_of_five_right_orders() -> None:
    # One of the 3! orders of three numbers, in each of five seeds.
    numbers = {x: {seed: x + seed for seed in range(5)} for x in (1.0, 2.0, 3.0)}
    up, down = trend(numbers), trend(numbers, rising=False)
    assert up.rises == pytest.approx(1 / 6**5)
    assert down.falls == pytest.approx(1 / 6**5)
    assert up.correlation.estimate == 1
    assert (up.word(), down.word()) == ("holds", "refuted")


def test_level_numbers_are_no_trend() -> None:
    found = trend({x: dict.fromkeys(range(5), 0.0) for x in (1.0, 2.0, 3.0)})
    assert found.word() == "inconclusive"


def test_two_settings_or_two_seeds_are_too_few() -> None:
    with pytest.raises(NotTestable, match="a trend needs three"):
        trend({x: dict.fromkeys(range(5), x) for x in (1.0, 2.0)})
    with pytest.raises(NotTestable, match="common seeds"):
        trend({x: dict.fromkeys(range(2), x) for x in (1.0, 2.0, 3.0)})
