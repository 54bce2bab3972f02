"""How good the features of many networks, or the pixels themselves, are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from evaluators.contrastive.augment import AUGMENTATIONS
from evaluators.contrastive.images import ImageData
from evaluators.contrastive.probes import Floats, Probes, geometry, probe
from evaluators.contrastive.views import views_of

Features = Callable[[Tensor], Tensor]
"""From (S, n, pixels) to (S, n, d)."""

_STREAM = 2**34
_NOISE = 2**35


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

    The few labels, and the views that alignment is measured on, depend on the seed alone, so that
    whatever is compared can be paired by seed.

    Args:
        data: Images with labels.
        features: What is scored.
        seeds: S of them.
        augmentation: One of `AUGMENTATIONS`.
        device: Where the features are computed.
        many: Whether the images are too many to make all their views at once and to fit probes
            on every label on the CPU.

    Raises:
        ScoreError: As `probe`.
    """
    device = device or torch.device("cpu")
    streams = [torch.Generator().manual_seed(_STREAM + seed) for seed in seeds]
    noise = [torch.Generator(device).manual_seed(_STREAM + _NOISE + seed) for seed in seeds]
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
    found: dict[str, list[float]] = {}
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
        # Pixels are the same for all seeds: one storage, looked at S times.
        known = scored if train.stride(0) == 0 else None
        if many:
            from evaluators.contrastive.device_probes import device_geometry

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
            found.setdefault(metric, []).append(value)
    return found


def _plain(features: Tensor) -> Floats:
    made: Floats = features.double().cpu().numpy()
    return made
