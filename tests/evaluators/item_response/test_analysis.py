"""The analysis of items: counts, the selection, and how it does on models that it did not see."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kendalltau

from evaluators.errors import ScoreError
from evaluators.item_response.analysis import analyse
from evaluators.item_response.two_parameter import fit


def answers(models: int, items: int, seed: int = 0, *, telling: int | None = None) -> np.ndarray:
    """Draw answers; items from `telling` on are guessed."""
    drawn = np.random.default_rng(seed)
    slope = np.full(items, 1.5)
    slope[telling:] = 0 if telling else 1.5
    logit = slope * (drawn.normal(size=(models, 1)) - drawn.normal(size=items))
    return (drawn.random((models, items)) < expit(logit)).astype(float)


def test_items_without_information_are_counted_and_never_selected():
    right = answers(14, 60)
    right[:, :3], right[:, 3:5], right[:, 5] = 1, 0, 0.5
    found = analyse(right, top=10, seed=0)
    others = right[:, 6:]
    assert found.everybody_right == 3 + (others == 1).all(axis=0).sum()
    assert found.nobody_right == 2 + (others == 0).all(axis=0).sum()
    assert not set(found.order) & set(range(6))
    assert len(found.selected) == 10
    assert not found.test.broken[:6].any()
    assert found.cumulative[-1] == pytest.approx(1)
    assert (np.diff(found.fitted.information[found.order]) <= 0).all()


def test_selected_items_rank_other_models_better_than_random_ones():
    found = analyse(answers(40, 400, telling=60), top=30, seed=0).held_out
    assert found.folds == 5
    assert found.selected > found.at_random + 0.1


def test_where_all_items_are_alike_a_selection_gains_little():
    found = analyse(answers(40, 400), top=100, seed=0).held_out
    assert abs(found.selected - found.at_random) < 0.15


def test_a_random_set_agrees_as_kendalls_tau_says():
    right = answers(12, 200)
    agreement = [
        kendalltau(right[:, places].mean(axis=1), right.mean(axis=1)).statistic
        for places in np.random.default_rng(5).permuted(np.tile(np.arange(200), (300, 1)), axis=1)[
            :, :50
        ]
    ]
    found = np.mean([analyse(right, top=50, seed=s).held_out.at_random for s in range(6)])
    assert found == pytest.approx(np.mean(agreement), abs=0.1)


def test_few_models_or_few_items_say_that_nothing_was_measured():
    few = analyse(answers(9, 60), top=10, seed=0).held_out
    assert few[:3] == (None, None, 0)
    assert "12 models" in few.note
    assert "nothing is selected" in analyse(answers(12, 60), top=60, seed=0).held_out.note


@pytest.mark.parametrize("models", [12, 30])
def test_a_healthy_world_has_as_many_negative_items_as_expected(models):
    drawn = np.random.default_rng(0)
    chance = expit(drawn.normal(size=(models, 1)) - drawn.normal(size=2000))
    found = analyse((drawn.random(chance.shape) < chance).astype(float), seed=0)
    assert found.negative / 2 < found.negative_expected < 2 * found.negative + 5


def test_seeds_of_one_model_are_drawn_as_alike_as_they_are():
    drawn = np.random.default_rng(0)
    chance = expit(drawn.normal(size=(12, 1)) - drawn.normal(size=2000))
    alike = (drawn.random(chance.shape) < chance).astype(float)
    apart = drawn.binomial(5, chance) / 5
    for shares in (alike, apart):
        found = analyse(shares, np.full(12, 5), seed=0)
        assert found.negative / 2 < found.negative_expected < 2 * found.negative + 5


def test_many_flipped_labels_make_more_negative_items_than_expected():
    right = answers(30, 500)
    right[:, :60] = 1 - right[:, :60]
    found = analyse(right, seed=0)
    assert found.negative > 40 > found.negative_expected + 20
    assert not set(found.order) & set(np.flatnonzero(fit(right).discrimination < 0))


def test_the_same_seed_gives_the_same_analysis():
    right = answers(14, 80)
    assert analyse(right, top=9, seed=3).held_out == analyse(right, top=9, seed=3).held_out


def test_impossible_numbers_are_refused():
    right = answers(12, 30)
    with pytest.raises(ScoreError, match="at least 1, got 0"):
        analyse(right, top=0, seed=0)
    with pytest.raises(ScoreError, match="number of runs"):
        analyse(right, [0] * 12, seed=0)
