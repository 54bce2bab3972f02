"""Classifiers whose predictions are corrected: Gaussian classes, and digits fitted or hardly."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIDTH = 32
SPREAD = 0.5
"""Standard deviation of the classes' means, where that of a class is 1."""

EVEN = 2.0
"""Concentration of the Dirichlet distribution that class shares are drawn from."""

STEPS_HARDLY = 5
STEPS_FITTED = 1000


class Case(NamedTuple):
    """Predictions on a test set.

    Attributes:
        probabilities: Shape (n, classes).
        labels: Shape (n,).
        expected: The prior that CAN is given, shape (classes,).
        trained: Shares of the classes in training, shape (classes,).
    """

    probabilities: Floats
    labels: Ints
    expected: Floats
    trained: Floats


def gaussian(classes: int, *, rows: int, tested: int, seed: int) -> dict[str, Case]:
    """Return logistic regression's predictions under the prior of training and a permuted one.

    Classes are N(μ, 1) in 32 dimensions with μ ~ N(0, 0.25); their shares are drawn from a
    Dirichlet distribution. The permuted test set has the same shares on other classes, and CAN is
    told so; the classifier is the same one.

    Args:
        classes: How many.
        rows: Training rows a class, on average.
        tested: Test rows.
        seed: Of everything drawn.
    """
    rng = np.random.default_rng([seed, classes])
    means = rng.normal(0, SPREAD, (classes, WIDTH))
    # A fifth is shared evenly, so that no class is without a training row for long.
    prior = 0.8 * rng.dirichlet(np.full(classes, EVEN)) + 0.2 / classes

    def draw(n: int, shares: Floats) -> tuple[Floats, Ints]:
        labels = rng.choice(classes, n, p=shares)
        return means[labels] + rng.normal(size=(n, WIDTH)), labels

    inputs, labels = draw(max(200, rows * classes), prior)
    predict = _fit(inputs, labels, classes, STEPS_FITTED)
    # Turned, as a drawn permutation of three leaves every sixth where it was.
    permuted = np.roll(prior, rng.integers(1, classes))
    cases = {}
    for name, shares in (("as in training", prior), ("permuted", permuted)):
        tests, truth = draw(tested, shares)
        cases[name] = Case(predict(tests), truth, shares, prior)
    return cases


def digits(*, labelled: int, seed: int) -> dict[str, Case]:
    """Return predictions on handwritten digits, from few labels, after five steps and after all.

    The prior is what the labelled rows say, one added to each count.

    Args:
        labelled: Training rows; all others are tested.
        seed: Which rows those are.
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(images))
    train, test = order[:labelled], order[labelled:]
    counts = np.bincount(labels[train], minlength=10) + 1
    prior = counts / counts.sum()
    return {
        name: Case(
            _fit(images[train] / 16, labels[train], 10, steps)(images[test] / 16),
            labels[test],
            prior,
            prior,
        )
        for name, steps in (("5 steps", STEPS_HARDLY), ("fitted", STEPS_FITTED))
    }


def _fit(inputs: Floats, labels: Ints, classes: int, steps: int) -> Callable[[Floats], Floats]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Stopping early is what one of the cases is about.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(max_iter=steps).fit(inputs, labels)

    def predict(tests: Floats) -> Floats:
        # A class that training has no row of keeps a little, as a softmax would.
        probabilities = np.full((len(tests), classes), 1e-12)
        probabilities[:, fitted.classes_] = fitted.predict_proba(tests)
        normed: Floats = probabilities / probabilities.sum(axis=1, keepdims=True)
        return normed

    return predict
