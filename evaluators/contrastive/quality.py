"""How good the features of many networks, or the pixels themselves, are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from evaluators.contrastive.augment import AUGMENTATIONS, augmented
from evaluators.contrastive.images import ImageData
from evaluators.contrastive.probes import geometry, probe

Features = Callable[[Tensor], Tensor]
"""From (S, n, pixels) to (S, n, d)."""

_STREAM = 2**34


@torch.no_grad()
def quality(
    data: ImageData,
    features: Features,
    seeds: Sequence[int],
    augmentation: str,
    device: torch.device | None = None,
) -> dict[str, list[float]]:
    """Return the scores of S sets of features, by metric.

    The few labels, and the views that alignment is measured on, depend on the seed alone, so that
    whatever is compared can be paired by seed.

    Args:
        data: Images with labels.
        features: What is scored.
        seeds: S of them.
        augmentation: One of `AUGMENTATIONS`.
        device: Where the features are computed.

    Raises:
        ScoreError: As `probe`.
    """
    device = device or torch.device("cpu")
    streams = [torch.Generator().manual_seed(_STREAM + seed) for seed in seeds]
    how = AUGMENTATIONS[augmentation]
    test = data.test.to(device)
    views = [augmented(test, how, streams).flatten(2) for _ in range(2)]
    plain = [
        part.to(device).flatten(1).expand(len(seeds), -1, -1) for part in (data.train, data.test)
    ]
    train, held, first, second = (
        features(part).double().cpu().numpy() for part in (*plain, *views)
    )
    labels, held_labels = data.train_labels.numpy(), data.test_labels.numpy()
    found: dict[str, list[float]] = {}
    for place, seed in enumerate(seeds):
        scored = probe(train[place], labels, held[place], held_labels, seed=seed)
        shape = geometry(first[place], second[place])
        for metric, value in (
            ("few5", scored.few),
            ("full", scored.full),
            ("neighbours", scored.neighbours),
            ("alignment", shape.alignment),
            ("uniformity", shape.uniformity),
        ):
            found.setdefault(metric, []).append(value)
    return found
