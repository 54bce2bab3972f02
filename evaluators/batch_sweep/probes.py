"""Measure features: linear probes with few labels and with all, neighbours, geometry."""

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
"""Number of labels of each class in the probe with few labels."""

_ROWS_AT_ONCE = 1024


class Probes(NamedTuple):
    """Accuracies on the test images, in 0…1.

    Attributes:
        few: Linear probe on 5 labels per class, mean over draws of the labels.
        full: Linear probe on all labels.
        neighbours: Vote of the 5 nearest neighbours by cosine.
    """

    few: float
    full: float
    neighbours: float


def validate_labels(labels: Labels, few: int = FEW) -> None:
    """Validate that every class has enough images for the probes.

    Args:
        labels: (N,), from 0.
        few: Number of labels per class.

    Raises:
        ScoreError: A class has fewer images.
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
    """Score features, after standardising them by the training part.

    Args:
        train: (N, d).
        train_labels: (N,).
        test: (M, d).
        test_labels: (M,).
        seed: Seed of the draws of few labels, the same for every arm, so that arms can be paired.
        few: Number of labels per class.
        draws: Number of draws.
        device: Device of the probes on all labels; None uses scikit-learn, on the CPU.
        known: Probes of the same features with another seed, of which only the draws are repeated.

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
    first_unit, second_unit = (
        x / np.linalg.norm(x, axis=1, keepdims=True) for x in (first, second)
    )
    upper = np.triu_indices(len(first_unit), 1)
    distances = np.maximum(2 - 2 * (first_unit @ first_unit.T)[upper], 0)
    return Geometry(
        alignment=float(((first_unit - second_unit) ** 2).sum(axis=1).mean()),
        uniformity=float(np.log(np.exp(-2 * distances).mean())),
    )


def linear_accuracy(
    train: Floats, train_labels: Labels, test: Floats, test_labels: Labels, device: torch.device
) -> float:
    """Return the accuracy of a logistic regression fitted as by scikit-learn.

    The same function (softmax, half the squared weights, a free intercept), the same optimiser
    (scipy's L-BFGS), start and tolerance; only value and gradient are computed on the device. With
    two classes scikit-learn has one vector of weights where this has two.

    Args:
        train: (N, d), standardised.
        train_labels: (N,), from 0.
        test: (M, d).
        test_labels: (M,).
        device: Device of the sums, in float64.
    """
    from scipy.optimize import minimize

    inputs, targets = torch.from_numpy(train).to(device), torch.from_numpy(train_labels).to(device)
    classes, width = int(train_labels.max()) + 1, train.shape[1]

    def of_training(flat: Floats) -> tuple[float, Floats]:
        with torch.enable_grad():
            weights = torch.from_numpy(flat).to(device).reshape(classes, width + 1).requires_grad_()
            logits = inputs @ weights[:, :-1].T + weights[:, -1]
            penalty = weights[:, :-1].square().sum() / (2 * len(inputs))
            value = cross_entropy(logits, targets) + penalty
            (gradient,) = torch.autograd.grad(value, weights)
        return float(value.detach()), gradient.flatten().cpu().numpy()

    start = np.zeros(classes * (width + 1))
    options: dict[str, Any] = {"maxiter": 2000, "gtol": 1e-4, "ftol": 64 * np.finfo(float).eps}
    weights_flat = minimize(of_training, start, jac=True, method="L-BFGS-B", options=options).x
    fitted = torch.from_numpy(weights_flat).to(device).reshape(classes, width + 1)
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
    """Return the accuracy of nearest neighbours by cosine; ties go to the smallest label.

    Args:
        train: (N, d).
        train_labels: (N,), from 0.
        test: (M, d).
        test_labels: (M,).
        device: Device of the cosines, in float64.
        neighbours: Number of neighbours that vote.
    """
    known = normalize(torch.from_numpy(train).to(device), dim=1)
    queries = normalize(torch.from_numpy(test).to(device), dim=1)
    labels = torch.from_numpy(train_labels).to(device)
    classes = int(train_labels.max()) + 1
    smaller_first = torch.arange(classes, device=device)
    predicted = []
    for part in torch.split(queries, _ROWS_AT_ONCE):
        nearest = (part @ known.T).topk(neighbours, dim=1).indices
        votes = one_hot(labels[nearest], classes).sum(dim=1)
        predicted.append((votes * classes - smaller_first).argmax(dim=1))
    return _accuracy(torch.cat(predicted), test_labels)


def device_geometry(first: Tensor, second: Tensor) -> Geometry:
    """Return alignment and uniformity as `geometry` does, by blocks of rows on any device.

    Args:
        first: (n, d), on any device.
        second: (n, d), other views of the same images.
    """
    first_unit, second_unit = (normalize(side.double(), dim=1) for side in (first, second))
    count = len(first_unit)
    # The total counts every pair twice, and each row with itself at distance 0.
    total = torch.zeros((), dtype=torch.float64, device=first_unit.device)
    for part in torch.split(first_unit, _ROWS_AT_ONCE):
        total += torch.exp(-2 * (2 - 2 * (part @ first_unit.T)).clamp(min=0)).sum()
    return Geometry(
        alignment=float((first_unit - second_unit).square().sum(dim=1).mean()),
        uniformity=float(torch.log((total - count) / (count * (count - 1)))),
    )


def _accuracy(predicted: Tensor, labels: Labels) -> float:
    return float((predicted.cpu().numpy() == labels).mean())
