"""Compare CAN with no correction, on Gaussian classes under two priors and on digits."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.evaluator import DigestOf, Distinct, Evaluator, Level, Request, Seeds, Session
from evaluators.job import Job
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result, Score
from evaluators.trainer.can import Confusion, can, official_uncertainty, uncertainty

PLAIN, CAN, OFFICIAL, RATIO = "plain", "plain/can", "plain/can-official", "plain/prior-ratio"
BEST = 3
"""Number of the best classes over which the uncertainty of a row is computed."""

WIDTH = 32
SPREAD = 0.5
"""Standard deviation of the classes' means; that within a class is 1."""

EVEN = 2.0
"""Concentration of the Dirichlet distribution that class shares are drawn from."""

STEPS_HARDLY = 5
STEPS_FITTED = 1000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class CanRequest(Request):
    """The keys of an `evaluator: can` entry in a plan.

    Attributes:
        data: `gaussian`, `digits`.
        classes: Numbers of Gaussian classes, each at least 2; each is a setting.
        seeds: Seeds; each trains one classifier.
        taus: Thresholds of uncertainty, above 0 and at most 1: predictions at or above it are
            corrected.
        rows: Mean number of training rows of a Gaussian class, at least 2.
        tested: Number of test rows of the Gaussian classes, at least 100.
        labelled: Number of training rows of the 1,797 digits, 20 to 1,000; the rest are test rows.
    """

    data: Distinct[Literal["gaussian", "digits"]] = ("gaussian", "digits")
    classes: Distinct[Annotated[int, Field(ge=2)]] = (3, 15, 119)
    seeds: Seeds = tuple(range(15))
    taus: Distinct[Annotated[float, Field(gt=0, le=1)]] = (0.7, 0.9)
    rows: Annotated[int, Field(ge=2)] = 40
    tested: Annotated[int, Field(ge=100)] = 5000
    labelled: Annotated[int, Field(ge=20, le=1000)] = 60


class Can(Evaluator[CanRequest]):
    """The arms are corrections of one classifier's predictions; a seed is a classifier."""

    VERSION = "1"
    BUDGET = ("rows", "tested")
    Request = CanRequest
    apart = ("data",)

    def jobs(self, request: CanRequest, checkpoint_digest: str, digest_of: DigestOf) -> list[Job]:
        """Return one job for each number of Gaussian classes, and one for the digits."""
        shared = {"taus": sorted(request.taus), "seeds": sorted(request.seeds)}
        settings: list[dict[str, Any]] = []
        if "gaussian" in request.data:
            sizes = {"rows": request.rows, "tested": request.tested}
            settings += [{"classes": classes, **sizes} for classes in sorted(request.classes)]
        if "digits" in request.data:
            settings.append({"labelled": request.labelled})
        return [self.job("can", {**setting, **shared}) for setting in settings]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        return "made-up" if "classes" in parameters else "small"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = job.parameters
        if "classes" in params:
            report = stage_progress(session.progress, f"CAN, {params['classes']} classes")
            return on_gaussians(**params, report=report)
        return on_digits(**params, report=stage_progress(session.progress, "CAN, digits"))


def on_gaussians(
    classes: int,
    *,
    rows: int,
    tested: int,
    taus: Sequence[float],
    seeds: Sequence[int],
    report: Report,
) -> Result:
    """Compare CAN with no correction on Gaussian classes; see `gaussian`."""
    scores: list[Score] = []
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        for prior, case in gaussian(classes, rows=rows, tested=tested, seed=seed).items():
            for tau in taus:
                setting = (
                    f"{classes} classes, prior {prior}, {rows} rows a class, {tested} tested,"
                    f" tau {tau:g}"
                )
                scores += _compare(case, setting, tau, seed)
    return Result(tuple(scores))


def on_digits(
    labelled: int, *, taus: Sequence[float], seeds: Sequence[int], report: Report
) -> Result:
    """Compare CAN with no correction on digits; see `digits`."""
    scores: list[Score] = []
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        for fit, case in digits(labelled=labelled, seed=seed).items():
            for tau in taus:
                setting = f"digits, {labelled} labels, {fit}, tau {tau:g}"
                scores += _compare(case, setting, tau, seed)
    return Result(tuple(scores))


class Case(NamedTuple):
    """Predictions on a test set.

    Attributes:
        probabilities: Shape (n, classes).
        labels: Shape (n,).
        expected: The prior that CAN corrects by, shape (classes,).
        trained: Shares of the classes in training, shape (classes,).
    """

    probabilities: Floats
    labels: Ints
    expected: Floats
    trained: Floats


def gaussian(classes: int, *, rows: int, tested: int, seed: int) -> dict[str, Case]:
    """Return logistic regression's predictions under the prior of training and a permuted one.

    Classes are N(μ, 1) in 32 dimensions with μ ~ N(0, 0.25); their shares are drawn from a
    Dirichlet distribution. The permuted test set has the same shares on other classes, and CAN
    corrects by those; the classifier is the same one.

    Args:
        classes: Number of classes.
        rows: Mean number of training rows of a class.
        tested: Number of test rows.
        seed: Seed of everything drawn.
    """
    rng = np.random.default_rng([seed, classes])
    means = rng.normal(0, SPREAD, (classes, WIDTH))
    # A fifth is distributed evenly, as otherwise some classes would rarely have a training row.
    prior = 0.8 * rng.dirichlet(np.full(classes, EVEN)) + 0.2 / classes

    def draw(n: int, shares: Floats) -> tuple[Floats, Ints]:
        labels = rng.choice(classes, n, p=shares)
        return means[labels] + rng.normal(size=(n, WIDTH)), labels

    inputs, labels = draw(max(200, rows * classes), prior)
    predict = _fit(inputs, labels, classes, STEPS_FITTED)
    # Rolled, not shuffled: one shuffle in six leaves three classes in place.
    permuted = np.roll(prior, rng.integers(1, classes))
    cases = {}
    for name, shares in (("as in training", prior), ("permuted", permuted)):
        tests, truth = draw(tested, shares)
        cases[name] = Case(predict(tests), truth, shares, prior)
    return cases


def digits(*, labelled: int, seed: int) -> dict[str, Case]:
    """Return predictions on handwritten digits, from few labels, after five steps and after all.

    The prior is that of the labelled rows, one added to each count.

    Args:
        labelled: Number of training rows; all others are test rows.
        seed: Seed of the split.
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
        # One of the cases stops early on purpose.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = LogisticRegression(max_iter=steps).fit(inputs, labels)

    def predict(tests: Floats) -> Floats:
        # A class without a training row keeps a small probability, as a softmax would give it.
        probabilities = np.full((len(tests), classes), 1e-12)
        probabilities[:, fitted.classes_] = fitted.predict_proba(tests)
        normed: Floats = probabilities / probabilities.sum(axis=1, keepdims=True)
        return normed

    return predict


def _compare(case: Case, setting: str, tau: float, seed: int) -> list[Score]:
    scores, n = ArmScores(setting), len(case.labels)
    right = _right(case.probabilities, case)
    scores.add("accuracy", right.mean(), n, arm=PLAIN, seed=seed)
    mismatch = np.abs(case.probabilities.mean(axis=0) - case.expected).sum()
    scores.add("prior_mismatch", mismatch, n, arm=PLAIN, seed=seed)
    for arm, unsure in (
        (CAN, uncertainty(case.probabilities, BEST) >= tau),
        (OFFICIAL, official_uncertainty(case.probabilities) >= tau),
    ):
        scores.add("share_unsure", unsure.mean(), n, arm=arm, seed=seed)
        if unsure.all():
            continue  # there is no confident row to correct by
        confusion: Confusion = "article" if arm == CAN else "official"
        corrected = can(case.probabilities, case.expected, k=BEST, tau=tau, confusion=confusion)
        scores.add("accuracy", _right(corrected.probabilities, case).mean(), n, arm=arm, seed=seed)
        if arm == CAN and unsure.any():
            for name, part in (("confident", ~unsure), ("unsure", unsure)):
                share, rows = right[part].mean(), int(part.sum())
                scores.add("subset_accuracy", share, rows, arm=name, seed=seed)
    if not np.array_equal(case.expected, case.trained):
        # Bayes' rule, where both priors are known.
        ratio = case.probabilities * (case.expected / case.trained)
        scores.add("accuracy", _right(ratio, case).mean(), n, arm=RATIO, seed=seed)
    return scores.scores


def _right(probabilities: Floats, case: Case) -> NDArray[np.bool_]:
    return np.asarray(probabilities.argmax(axis=1) == case.labels)
