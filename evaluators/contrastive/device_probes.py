"""Probes on every label of many images, on the device where the features were computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize, one_hot

from evaluators.contrastive.probes import Geometry

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

_ROWS_AT_ONCE = 1024


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
