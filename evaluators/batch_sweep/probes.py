"""How good features are: linear probes with few labels and with all, neighbours, geometry."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize, one_hot

from evaluators.errors import ScoreError

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

FEW = 5
"""Labels of each class that the probe on few of them has."""

_ROWS_AT_ONCE = 1024


class Probes(NamedTuple):
    """Accuracies on the test images, in 0…1.

    Attributes:
        few: Linear probe on 5 labels a class, mean over draws of which ones.
        full: Linear probe on every label.
        neighbours: Vote of the 5 nearest by cosine.
    """

    few: float
    full: float
    neighbours: float


def validate_labels(labels: Labels, few: int = FEW) -> None:
    """Raise if a class has too few images to be probed.

    Args:
        labels: (N,), from 0.
        few: Labels a class.

    Raises:
        ScoreError: A class has fewer.
    """
    smallest = int(np.bincount(labels).min())
    if smallest < few:
        raise ScoreError(
            f"a class has {smallest} images: a probe on {few} labels a class needs at least {few}"
        )


def probe(
    train: Floats,
    train_labels: Labels,
    test: Floats,
    test_labels: Labels,
    *,
    seed: int,
    few: int = FEW,
    draws: int = 10,
    device: torch.device | None = None,
    known: Probes | None = None,
) -> Probes:
    """Score features; they are standardised by the training part first.

    Args:
        train: (N, d).
        train_labels: (N,).
        test: (M, d).
        test_labels: (M,).
        seed: Of the draws of few labels: the same for every arm, so that arms can be paired.
        few: Labels a class.
        draws: How many draws.
        device: Where the probes on every label run; None takes scikit-learn's, on the CPU.
        known: Probes of the same features with another seed: the draws alone are made anew.

    Raises:
        ScoreError: Features are not finite, or a class has fewer than `few` images.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    if not (np.isfinite(train).all() and np.isfinite(test).all()):
        raise ScoreError("features hold NaN or infinity: the encoder has diverged")
    validate_labels(train_labels, few)
    mean, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 1e-12, spread, 1.0)  # a dead feature stays 0
    train, test = (train - mean) / spread, (test - mean) / spread

    def accuracy(rows: NDArray[np.int64]) -> float:
        model = LogisticRegression(max_iter=2000)
        model.fit(train[rows], train_labels[rows])
        return float((model.predict(test) == test_labels).mean())

    generator = np.random.default_rng(seed)
    by_class = [np.flatnonzero(train_labels == label) for label in np.unique(train_labels)]
    chosen = [
        np.concatenate([generator.choice(rows, few, replace=False) for rows in by_class])
        for _ in range(draws)
    ]
    drawn = float(np.mean([accuracy(rows) for rows in chosen]))
    if known is not None:
        return known._replace(few=drawn)
    if device is not None:
        features = (train, train_labels, test, test_labels, device)
        return Probes(drawn, linear_accuracy(*features), neighbour_accuracy(*features))
    nearest = KNeighborsClassifier(5, metric="cosine").fit(train, train_labels)
    return Probes(
        few=drawn,
        full=accuracy(np.arange(len(train))),
        neighbours=float((nearest.predict(test) == test_labels).mean()),
    )


class Geometry(NamedTuple):
    """Alignment and uniformity (Wang and Isola 2020, arXiv 2005.10242), on unit vectors.

    Attributes:
        alignment: Mean squared distance between two views of an image; 0 is best.
        uniformity: log of the mean of e^{−2 |x − y|²} over pairs of images; lower is better.
    """

    alignment: float
    uniformity: float


def geometry(first: Floats, second: Floats) -> Geometry:
    """Return alignment and uniformity of two views of the same images, each (n, d)."""
    one, two = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (first, second))
    upper = np.triu_indices(len(one), 1)
    distances = np.maximum(2 - 2 * (one @ one.T)[upper], 0)
    return Geometry(
        alignment=float(((one - two) ** 2).sum(axis=1).mean()),
        uniformity=float(np.log(np.exp(-2 * distances).mean())),
    )


def linear_accuracy(
    train: Floats, train_labels: Labels, test: Floats, test_labels: Labels, device: torch.device
) -> float:
    """Return the accuracy of a logistic regression, as scikit-learn's `LogisticRegression` fits it.

    The same function (softmax, half the squared weights, a free intercept), the same optimiser
    (scipy's L-BFGS), start and tolerance; only value and gradient are computed on the device. With
    two classes scikit-learn has one vector of weights where this has two.

    Args:
        train: (N, d), standardised.
        train_labels: (N,), from 0.
        test: (M, d).
        test_labels: (M,).
        device: Where the sums run, in float64.
    """
    from scipy.optimize import minimize

    inputs, wanted = torch.from_numpy(train).to(device), torch.from_numpy(train_labels).to(device)
    classes, width = int(train_labels.max()) + 1, train.shape[1]

    def of_training(flat: Floats) -> tuple[float, Floats]:
        with torch.enable_grad():
            weights = torch.from_numpy(flat).to(device).reshape(classes, width + 1).requires_grad_()
            logits = inputs @ weights[:, :-1].T + weights[:, -1]
            penalty = weights[:, :-1].square().sum() / (2 * len(inputs))
            value = cross_entropy(logits, wanted) + penalty
            (gradient,) = torch.autograd.grad(value, weights)
        return float(value.detach()), gradient.flatten().cpu().numpy()

    start = np.zeros(classes * (width + 1))
    options: dict[str, Any] = {"maxiter": 2000, "gtol": 1e-4, "ftol": 64 * np.finfo(float).eps}
    found = minimize(of_training, start, jac=True, method="L-BFGS-B", options=options).x
    fitted = torch.from_numpy(found).to(device).reshape(classes, width + 1)
    logits = torch.from_numpy(test).to(device) @ fitted[:, :-1].T + fitted[:, -1]
    return _accuracy(logits.argmax(dim=1), test_labels)


def neighbour_accuracy(
    train: Floats,
    train_labels: Labels,
    test: Floats,
    test_labels: Labels,
    device: torch.device,
    *,
    neighbours: int = 5,
) -> float:
    """Return the accuracy of the vote of the nearest by cosine; ties go to the smallest label.

    Args:
        train: (N, d).
        train_labels: (N,), from 0.
        test: (M, d).
        test_labels: (M,).
        device: Where the cosines are computed, in float64.
        neighbours: How many vote.
    """
    known = normalize(torch.from_numpy(train).to(device), dim=1)
    asked = normalize(torch.from_numpy(test).to(device), dim=1)
    labels = torch.from_numpy(train_labels).to(device)
    classes = int(train_labels.max()) + 1
    smaller_first = torch.arange(classes, device=device)
    said = []
    for part in torch.split(asked, _ROWS_AT_ONCE):
        nearest = (part @ known.T).topk(neighbours, dim=1).indices
        votes = one_hot(labels[nearest], classes).sum(dim=1)
        said.append((votes * classes - smaller_first).argmax(dim=1))
    return _accuracy(torch.cat(said), test_labels)


def device_geometry(first: Tensor, second: Tensor) -> Geometry:
    """Return alignment and uniformity as `probes.geometry`, a block of rows at a time.

    Args:
        first: (n, d), on any device.
        second: (n, d), other views of the same images.
    """
    one, two = (normalize(side.double(), dim=1) for side in (first, second))
    count = len(one)
    # Every pair twice, and each row with itself at distance 0.
    total = torch.zeros((), dtype=torch.float64, device=one.device)
    for part in torch.split(one, _ROWS_AT_ONCE):
        total += torch.exp(-2 * (2 - 2 * (part @ one.T)).clamp(min=0)).sum()
    return Geometry(
        alignment=float((one - two).square().sum(dim=1).mean()),
        uniformity=float(torch.log((total - count) / (count * (count - 1)))),
    )


def _accuracy(said: Tensor, wanted: Labels) -> float:
    return float((said.cpu().numpy() == wanted).mean())
