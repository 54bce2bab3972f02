"""One cell of a batch sweep: an arm at a batch size under an augmentation, all seeds at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.batch_sweep import BASELINES
from evaluators.batch_sweep.augmentation import AUGMENTATIONS, views_of
from evaluators.batch_sweep.images import ImageData
from evaluators.batch_sweep.networks import draws_whole_epochs, new_encoders
from evaluators.batch_sweep.probes import (
    Floats,
    Probes,
    device_geometry,
    geometry,
    probe,
    validate_labels,
)
from evaluators.batch_sweep.training import (
    NOISE_STREAM,
    Recipe,
    Trained,
    noise_generators,
    output_gradient,
    train,
)
from evaluators.contrastive.logits import two_view_logits
from evaluators.contrastive.losses import DTYPES, diagnose, relative_error
from evaluators.contrastive.one_thread import repeatable
from evaluators.names import validate_known
from evaluators.progress import Report
from evaluators.result import LATE_IMPROVEMENT, Curve, Result, Score
from evaluators.statistics import mean_interval

Scores = Mapping[str, Sequence[float | None]]
"""One value for each seed by metric; None where it is undefined."""

Features = Callable[[Tensor], Tensor]
"""From (S, n, pixels) to (S, n, d)."""

# Added to a seed, so that views for measuring come from other streams than those for training.
_PRECISION_STREAM = 2**33
_QUALITY_STREAM = 2**34


def arm_cell(
    data: ImageData,
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    device: torch.device | None = None,
    report: Report | None = None,
) -> Result:
    """Train an arm and score it.

    Args:
        data: The images.
        recipe: Settings of the arm.
        seeds: Distinct seeds; one network each.
        device: Device of the training; None for the CPU.
        report: Called after every step.

    Raises:
        ScoreError: The batch is larger than the data, seeds repeat, a class has too few images
            for the probes, or training diverged.
    """
    validate_labels(data.train_labels.numpy())
    started = time.perf_counter()
    with repeatable():
        trained = train(data, recipe, seeds, device=device, report=report)
        took = time.perf_counter() - started
        scores: dict[str, Sequence[float | None]] = dict(
            quality(
                data,
                trained.network.features,
                seeds,
                recipe.augmentation,
                device,
                many=not draws_whole_epochs(recipe.encoder),
            )
        )
        measured = precision(data, recipe, trained, list(seeds))
    for metric in ("below_epsilon", "gradient_error", "information", "ceiling"):
        scores[metric] = [getattr(network, metric) for network in measured]
    scores["gradient_noise"] = trained.gradient_noise
    scores["same_label"] = [
        network.same_label / network.pairs for network in trained.false_negatives
    ]
    scores["copies"] = [float(network.copies) for network in trained.false_negatives]
    scores[LATE_IMPROVEMENT] = trained.curve.late_improvement()
    curves = [
        Curve("training_infonce", "tenth", 0, tuple(points), {"seed": seed})
        for seed, points in zip(seeds, trained.curve.points().tolist(), strict=True)
    ]
    cost = {
        "device": str(device or "cpu"),
        "training_seconds": took,
        "steps": trained.steps,
        "samples": trained.samples,
        "networks": len(seeds),
        "pairs": trained.false_negatives[0].pairs,
        "copies_in_data": data.duplicates,
    }
    return replace(_result(data, seeds, scores, cost), curves=tuple(curves))


def baseline_cell(
    data: ImageData,
    baseline: str,
    seeds: Sequence[int],
    augmentation: str,
    *,
    sizes: Sequence[int] = Recipe.sizes,
    encoder: str = "mlp",
    device: torch.device | None = None,
) -> Result:
    """Score the pixels themselves (`raw`), or the arms' networks before training (`random`).

    Args:
        data: Images.
        baseline: One of `BASELINES`.
        seeds: Distinct seeds, the same as the arms'.
        augmentation: Augmentation of the views for alignment and uniformity.
        sizes: Sizes of an MLP, as in the arms.
        encoder: Encoder of the arms.
        device: Device of the features; None for the CPU.

    Raises:
        UnknownNameError: There is no such baseline.
    """
    validate_known("baseline", [baseline], BASELINES)
    computed_on = device or torch.device("cpu")
    with repeatable():
        if baseline == "raw":
            features: Features = _themselves
        else:
            features = new_encoders(
                encoder, data.image_shape, seeds, sizes=sizes, device=computed_on
            ).features
        many = not draws_whole_epochs(encoder)
        scores = quality(data, features, seeds, augmentation, computed_on, many=many)
    return _result(data, seeds, scores, {"device": str(computed_on), "networks": len(seeds)})


def _themselves(images: Tensor) -> Tensor:
    return images


def _result(
    data: ImageData, seeds: Sequence[int], scores: Scores, cost: Mapping[str, object]
) -> Result:
    rows = []
    for metric, values in scores.items():
        known = [
            (seed, value) for seed, value in zip(seeds, values, strict=True) if value is not None
        ]
        rows += [Score(metric, value, len(data.test), {"seed": seed}) for seed, value in known]
        if len(known) == len(seeds):
            mean = mean_interval([value for _, value in known])
            rows.append(
                Score(metric, mean.estimate, mean.n, {"aggregate": "mean"}, mean.low, mean.high)
            )
    return Result(tuple(rows), cost=dict(cost))


@torch.no_grad()
def quality(
    data: ImageData,
    features: Features,
    seeds: Sequence[int],
    augmentation: str,
    device: torch.device | None = None,
    *,
    many: bool = False,
) -> dict[str, list[float]]:
    """Return the scores of S sets of features, by metric.

    The few labels, and the views for alignment, depend only on the seed, so that all comparisons
    can be paired by seed.

    Args:
        data: Images with labels.
        features: Function that computes the scored features.
        seeds: S seeds.
        augmentation: One of `AUGMENTATIONS`.
        device: Device of the features.
        many: Whether there are too many images to make all views at once and to fit probes on all
            labels on the CPU.

    Raises:
        ScoreError: As in `probe`.
    """
    device = device or torch.device("cpu")
    streams = [torch.Generator().manual_seed(_QUALITY_STREAM + seed) for seed in seeds]
    noise = [
        torch.Generator(device).manual_seed(_QUALITY_STREAM + NOISE_STREAM + seed) for seed in seeds
    ]
    test = data.test.to(device)
    order = torch.arange(len(test), device=device).expand(len(seeds), -1)
    how = AUGMENTATIONS[augmentation]
    pieces = [
        [features(side) for side in sides]
        for sides in views_of(test, order, how, streams, noise if many else None)
    ]
    first, second = (torch.cat(parts, dim=1) for parts in zip(*pieces, strict=True))
    train, held = (
        features(part.to(device).flatten(1).expand(len(seeds), -1, -1))
        for part in (data.train, data.test)
    )
    labels, held_labels = data.train_labels.numpy(), data.test_labels.numpy()
    scores_by_metric: dict[str, list[float]] = {}
    known: Probes | None = None
    for place, seed in enumerate(seeds):
        scored = probe(
            _plain(train[place]),
            labels,
            _plain(held[place]),
            held_labels,
            seed=seed,
            device=device if many else None,
            known=known,
        )
        # With stride 0 the features are the same for all seeds, so these probes need no new fit.
        known = scored if train.stride(0) == 0 else None
        if many:
            shape = device_geometry(first[place], second[place])
        else:
            shape = geometry(_plain(first[place]), _plain(second[place]))
        for metric, value in (
            ("few5", scored.few),
            ("full", scored.full),
            ("neighbours", scored.neighbours),
            ("alignment", shape.alignment),
            ("uniformity", shape.uniformity),
        ):
            scores_by_metric.setdefault(metric, []).append(value)
    return scores_by_metric


def _plain(features: Tensor) -> Floats:
    array: Floats = features.double().cpu().numpy()
    return array


class Precision(NamedTuple):
    """Numerical precision of a network's loss, over batches of every training image.

    Attributes:
        below_epsilon: Share of rows whose ξ is lost when added to 1 in the loss's dtype.
        gradient_error: Relative error, against float64, of the gradient for the head's outputs.
        information: Lower bound on the mutual information of two views, nats.
        ceiling: Largest possible value of that bound at this batch size.
    """

    below_epsilon: float
    gradient_error: float
    information: float
    ceiling: float


@torch.no_grad()
def precision(
    data: ImageData, recipe: Recipe, trained: Trained, seeds: list[int]
) -> tuple[Precision, ...]:
    """Measure the precision of each network's loss at the arm's batch size.

    Args:
        data: The images.
        recipe: Settings of the arm.
        trained: Result of the training.
        seeds: One for each network, as in training; views and their order are new.
    """
    dtype = DTYPES[recipe.dtype]
    device = trained.network.parameters()[0].device
    streams = [torch.Generator().manual_seed(_PRECISION_STREAM + seed) for seed in seeds]
    order = torch.stack([torch.randperm(len(data.train), generator=s) for s in streams])
    batches = len(data.train) // recipe.batch
    drawn = order[:, : batches * recipe.batch].to(device)
    images, how = data.train.to(device), AUGMENTATIONS[recipe.augmentation]
    grain = noise_generators(recipe, seeds, _PRECISION_STREAM + NOISE_STREAM, device)
    pieces = [
        [trained.network.outputs(side) for side in sides]
        for sides in views_of(images, drawn, how, streams, grain)
    ]
    outs = [torch.cat(parts, dim=1) for parts in zip(*pieces, strict=True)]
    results = []
    for place in range(len(seeds)):  # one network at a time, as large batches fill the memory
        outputs = [out[place].reshape(batches, recipe.batch, -1) for out in outs]
        with torch.enable_grad():
            gradient = output_gradient(outputs, recipe, dtype)
            exact = output_gradient(outputs, recipe, torch.float64)
        first, second = (side.to(dtype) for side in outputs)
        diagnostics = diagnose(two_view_logits(first, second, recipe.temperature), dtype)
        results.append(
            Precision(
                below_epsilon=diagnostics.below_epsilon,
                gradient_error=relative_error(gradient, exact),
                information=diagnostics.information,
                ceiling=diagnostics.ceiling,
            )
        )
    return tuple(results)
