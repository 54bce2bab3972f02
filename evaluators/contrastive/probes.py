"""How good features are: linear probes with few labels and with all, neighbours, geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


FEW = 5
"""Labels of each class that the probe on few of them has."""


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


def require_labels(labels: Labels, few: int = FEW) -> None:
    """Refuse images of which a class has too few to be probed.

    Args:
        labels: (N,), from 0.
        few: Labels a class.

    Raises:
        ScoreError: A class has fewer.
    """
    smallest = int(np.bincount(labels).min())
    if smallest < few:
        raise ScoreError(f"a class has {smallest} images: a probe on {few} labels needs more")


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
    require_labels(train_labels, few)
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
        from evaluators.contrastive.device_probes import linear_accuracy, neighbour_accuracy

        given = (train, train_labels, test, test_labels, device)
        return Probes(drawn, linear_accuracy(*given), neighbour_accuracy(*given))
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
