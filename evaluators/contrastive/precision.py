"""What a trained network's logits say on fresh views: the bound, its ceiling, the precision."""

from __future__ import annotations

from typing import NamedTuple

import torch

from evaluators.contrastive.augment import AUGMENTATIONS
from evaluators.contrastive.diagnostics import diagnose, relative_error
from evaluators.contrastive.images import ImageData
from evaluators.contrastive.logits import two_view_logits
from evaluators.contrastive.losses import DTYPES
from evaluators.contrastive.train import Recipe, Trained, noise_generators, output_gradient
from evaluators.contrastive.views import views_of

_STREAM = 2**33


class Precision(NamedTuple):
    """Of one network, over batches that together show every training image once more.

    Attributes:
        below_epsilon: Share of rows whose ξ is below what the loss's dtype adds to 1.
        gradient_error: Of the loss's gradient for the head's outputs, against float64.
        information: Lower bound on the mutual information of two views, nats.
        ceiling: What that bound can never exceed at this batch size.
    """

    below_epsilon: float
    gradient_error: float
    information: float
    ceiling: float


@torch.no_grad()
def precision(
    data: ImageData, recipe: Recipe, trained: Trained, seeds: list[int]
) -> tuple[Precision, ...]:
    """Return what each network's logits say at the arm's batch size.

    Args:
        data: Images.
        recipe: The arm.
        trained: What training left.
        seeds: One a network, as in training; views and their order are new.
    """
    dtype = DTYPES[recipe.dtype]
    device = trained.network.parameters()[0].device
    streams = [torch.Generator().manual_seed(_STREAM + seed) for seed in seeds]
    order = torch.stack([torch.randperm(len(data.train), generator=s) for s in streams])
    batches = len(data.train) // recipe.batch
    drawn = order[:, : batches * recipe.batch].to(device)
    images, how = data.train.to(device), AUGMENTATIONS[recipe.augmentation]
    grain = noise_generators(recipe, seeds, _STREAM + 2**35, device)
    pieces = [
        [trained.network.outputs(side) for side in sides]
        for sides in views_of(images, drawn, how, streams, grain)
    ]
    outs = [torch.cat(parts, dim=1) for parts in zip(*pieces, strict=True)]
    found = []
    for place in range(len(seeds)):  # one network at a time, as large batches fill the memory
        mine = [out[place].reshape(batches, recipe.batch, -1) for out in outs]
        with torch.enable_grad():
            got = output_gradient(mine, recipe, dtype)
            exact = output_gradient(mine, recipe, torch.float64)
        first, second = (side.to(dtype) for side in mine)
        said = diagnose(two_view_logits(first, second, recipe.temperature), dtype)
        found.append(
            Precision(
                below_epsilon=said.below_epsilon,
                gradient_error=relative_error(got, exact),
                information=said.information,
                ceiling=said.ceiling,
            )
        )
    return tuple(found)
