"""One cell of a batch sweep: an arm at a batch size under an augmentation, all seeds at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from evaluators.contrastive.encoders import draws_whole_epochs, new_encoders
from evaluators.contrastive.images import ImageData
from evaluators.contrastive.names import BASELINES
from evaluators.contrastive.one_thread import repeatable
from evaluators.contrastive.precision import precision
from evaluators.contrastive.probes import require_labels
from evaluators.contrastive.quality import Features, quality
from evaluators.contrastive.train import Recipe, Report, train
from evaluators.names import require_known
from evaluators.result import Result, Score
from evaluators.statistics import mean_interval

Scores = Mapping[str, Sequence[float | None]]
"""By metric, one value a seed; None where it cannot be told."""


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
        data: Images.
        recipe: The arm.
        seeds: Distinct; one network each.
        device: Where to train; the CPU where None.
        report: Told about every step.

    Raises:
        ScoreError: A batch larger than the data, repeated seeds, a class with too few images to
            be probed, or training that diverged.
    """
    require_labels(data.train_labels.numpy())
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
        said = precision(data, recipe, trained, list(seeds))
    for metric in ("below_epsilon", "gradient_error", "information", "ceiling"):
        scores[metric] = [getattr(one, metric) for one in said]
    scores["gradient_noise"] = trained.gradient_noise
    scores["same_label"] = [one.same_label / one.pairs for one in trained.false_negatives]
    scores["copies"] = [float(one.copies) for one in trained.false_negatives]
    cost = {
        "device": str(device or "cpu"),
        "training_seconds": took,
        "steps": trained.steps,
        "samples": trained.samples,
        "networks": len(seeds),
        "pairs": trained.false_negatives[0].pairs,
        "copies_in_data": data.duplicates,
    }
    return _result(data, seeds, scores, cost)


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
        seeds: Distinct; those of the arms.
        augmentation: Of the views that alignment and uniformity are measured on.
        sizes: Of an MLP, as in the arms.
        encoder: The arms'.
        device: Where the features are computed; the CPU where None.

    Raises:
        UnknownNameError: There is no such baseline.
    """
    require_known("baseline", [baseline], BASELINES)
    where = device or torch.device("cpu")
    with repeatable():
        if baseline == "raw":
            features: Features = _themselves
        else:
            features = new_encoders(
                encoder, data.image_shape, seeds, sizes=sizes, device=where
            ).features
        many = not draws_whole_epochs(encoder)
        scores = quality(data, features, seeds, augmentation, where, many=many)
    return _result(data, seeds, scores, {"device": str(where), "networks": len(seeds)})


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
