"""The two-parameter model: a simulated world comes back, and odd answers are refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm, spearmanr
from sklearn.linear_model import LogisticRegression

from evaluators.errors import ScoreError
from evaluators.item_response.two_parameter import fit


def world(models: int, items: int, seed: int = 0):
    """Return abilities, discriminations, difficulties and the answers drawn with them."""
    drawn = np.random.default_rng(seed)
    ability = norm.ppf((np.arange(models) + 0.5) / models)
    ability = drawn.permutation(ability / ability.std())
    a, b = drawn.lognormal(0, 0.35, items), drawn.normal(0, 1, items)
    right = drawn.random((models, items)) < expit(a * (ability[:, None] - b))
    return ability, a, b, right.astype(float)


def test_the_parameters_of_a_simulated_world_come_back():
    ability, a, b, right = world(400, 50)
    fitted = fit(right)
    assert np.corrcoef(fitted.discrimination, a)[0, 1] > 0.85
    assert np.corrcoef(fitted.difficulty, b)[0, 1] > 0.97
    assert np.corrcoef(fitted.ability, ability)[0, 1] > 0.93
    assert fitted.discrimination.mean() == pytest.approx(a.mean(), abs=0.1)
    for estimate, error, truth, least in (
        (fitted.discrimination, fitted.discrimination_error, a, 0.86),
        (fitted.difficulty, fitted.difficulty_error, b, 0.86),
        (fitted.ability, fitted.ability_error, ability, 0.90),
    ):
        assert least <= np.mean(np.abs(estimate - truth) < 1.96 * error) <= 1


@pytest.mark.parametrize("models", [12, 30])
def test_few_models_with_many_items(models):
    ability, a, _, right = world(models, 1500)
    fitted = fit(right)
    differs = np.ptp(right, axis=0) > 0
    assert spearmanr(fitted.ability, ability).statistic > 0.98
    covered = np.abs(fitted.discrimination - a) < 1.96 * fitted.discrimination_error
    assert covered[differs].mean() >= 0.93
    assert np.corrcoef(fitted.discrimination[differs], a[differs])[0, 1] > 0.3


def test_an_item_is_a_logistic_regression_shrunk_towards_its_prior():
    _, _, _, right = world(30, 4000)
    fitted = fit(right)
    item = int(np.argmin(np.abs(right.mean(axis=0) - 0.5)))
    # So many items leave nothing open about the abilities.
    log_posterior = _log_posterior(fitted, right[:, item])
    at = fitted.discrimination[item], fitted.intercept[item]
    assert log_posterior(*at) > log_posterior(at[0] + 0.02, at[1])
    assert log_posterior(*at) > log_posterior(at[0] - 0.02, at[1])
    unpenalised = LogisticRegression(C=1e6).fit(fitted.ability[:, None], right[:, item])
    slope = float(unpenalised.coef_[0, 0])
    assert min(slope, 1) - 0.01 <= at[0] <= max(slope, 1) + 0.01


def _log_posterior(fitted, right):
    def value(a: float, c: float) -> float:
        logit = a * fitted.ability + c
        likelihood = (right * logit - np.logaddexp(0, logit)).sum()
        return float(likelihood - (a - 1) ** 2 / 2 - c**2 / 18)

    return value


def test_items_that_all_or_none_get_right_stay_finite():
    _, _, _, right = world(12, 100)
    right[:, 0], right[:, 1] = 1, 0
    fitted = fit(right)
    assert all(np.isfinite(values).all() for values in vars(fitted).values())
    assert fitted.intercept[0] > 2
    assert fitted.intercept[1] < -2


def test_a_flipped_item_has_a_negative_discrimination():
    _, a, _, right = world(30, 400)
    steep = int(np.argmax(a * (np.abs(right.mean(axis=0) - 0.5) < 0.2)))
    right[:, steep] = 1 - right[:, steep]
    assert fit(right).discrimination[steep] < 0


def test_shares_of_several_seeds_are_responses():
    ability, a, b, _ = world(20, 600)
    chance = expit(a * (ability[:, None] - b))
    shares = np.random.default_rng(1).binomial(4, chance) / 4
    assert np.corrcoef(fit(shares).ability, ability)[0, 1] > 0.99


def test_information_is_that_of_the_formula():
    _, _, _, right = world(30, 1000)
    fitted = fit(right)
    chance = expit(np.outer(fitted.ability, fitted.discrimination) + fitted.intercept)
    expected = fitted.discrimination**2 * (chance * (1 - chance)).mean(axis=0)
    assert fitted.information == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("responses", "words"),
    [
        (np.full((7, 5), 0.5), "at least 8 models, got 7"),
        (np.full((9, 5), np.nan), "shares of right answers"),
        (np.full((9, 5), 2.0), "shares of right answers"),
        (np.zeros(9), "shares of right answers"),
        (np.ones((9, 5)), "answer every item alike"),
        (np.ones((9, 0)), "answer every item alike"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(responses, words):
    with pytest.raises(ScoreError, match=words):
        fit(responses)


def test_models_that_are_nearly_sure_settle():
    drawn = np.random.default_rng(3)
    chance = expit(2 * drawn.normal(size=(8, 1)) - drawn.normal(size=1500))
    fitted = fit((drawn.random(chance.shape) < chance).astype(float))
    assert fitted.rounds < 100
    assert fitted.ability.std() == pytest.approx(1, abs=0.02)


def test_one_item_and_models_of_one_ability_still_end():
    one = np.array([[1.0], [0.0]] * 5)
    assert np.isfinite(fit(one).discrimination).all()
    alike = np.tile(np.eye(2), (5, 3))  # every model has half of the items right
    assert np.isfinite(fit(alike).difficulty).all()
