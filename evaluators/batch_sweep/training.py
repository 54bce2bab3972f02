"""Train many seeds of an arm at once; arms share everything but their own settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.batch_sweep import ENCODER_NAMES
from evaluators.batch_sweep.augmentation import AUGMENTATIONS, in_batches, views_of
from evaluators.batch_sweep.images import ImageData
from evaluators.batch_sweep.networks import Encoders, draws_whole_epochs, new_encoders
from evaluators.contrastive.logits import Logits, two_view_logits
from evaluators.contrastive.losses import DTYPES, LOSSES, Diagnostics, diagnose, relative_error
from evaluators.errors import ScoreError
from evaluators.names import validate_known
from evaluators.progress import Report
from evaluators.training_curve import TrainingCurve

# Added to a seed. The order has its own stream, so that it does not depend on the layers' sizes.
_ORDER_STREAM = 2**32
NOISE_STREAM = 2**35


@dataclass(frozen=True)
class Recipe:
    """Settings of an arm; for one seed, all arms share data order, first weights and samples.

    Attributes:
        loss: One of `LOSSES`.
        dtype: Floating-point type of the loss; the encoder stays in float32.
        batch: Samples per step, 2 or more.
        augmentation: One of `AUGMENTATIONS`.
        temperature: τ, which divides cosines.
        epochs: Number of epochs.
        rate: Learning rate of Adam at a batch of 64; it grows with the root of the batch.
        sizes: Sizes of an MLP: hidden layers, features, outputs of the head.
        encoder: One of `ENCODER_NAMES`.
    """

    loss: str
    dtype: str
    batch: int
    augmentation: str = "ordinary"
    temperature: float = 0.1
    epochs: int = 20
    rate: float = 1e-3
    sizes: tuple[int, ...] = (128, 32, 16)
    encoder: str = "mlp"

    def __post_init__(self) -> None:
        validate_known("contrastive loss", [self.loss], LOSSES)
        validate_known("dtype", [self.dtype], DTYPES)
        validate_known("augmentation", [self.augmentation], AUGMENTATIONS)
        validate_known("encoder", [self.encoder], ENCODER_NAMES)
        if self.batch < 2:
            raise ScoreError(
                f"batch must be at least 2, got {self.batch}: contrastive losses need negatives"
            )
        if not self.temperature > 0:
            raise ScoreError(f"temperature must be above 0, got {self.temperature}")
        if self.epochs < 1:
            raise ScoreError(f"epochs must be at least 1, got {self.epochs}")


class EpochReport(NamedTuple):
    """Diagnostics of the training at the end of an epoch, over all seeds.

    Attributes:
        epoch: Number of the epoch, from 1.
        diagnostics: Diagnostics of the epoch's last batches.
        gradient_error: Relative error, against float64, of the gradient for the head's outputs.
    """

    epoch: int
    diagnostics: Diagnostics
    gradient_error: float


class Trained(NamedTuple):
    """Result of a training.

    Attributes:
        network: One network for each seed.
        history: Reports at the end of epochs 1, 2, 4, 8 … and of the last.
        steps: Number of steps.
        samples: Number of samples that each network saw.
        gradient_noise: For each network, variance of the gradient over the batches of the last
            epoch over the square of its mean (McCandlish et al. 2018, arXiv 1812.06162); None
            where there were too few batches to tell the mean from noise.
        false_negatives: Counts for each network, over all its batches.
        curve: InfoNCE (in float32) of each network, whatever the arm's loss: FlatNCE's value is
            the same at every step.
    """

    network: Encoders
    history: tuple[EpochReport, ...]
    steps: int
    samples: int
    gradient_noise: tuple[float | None, ...]
    false_negatives: tuple[FalseNegatives, ...]
    curve: TrainingCurve


def train(
    data: ImageData,
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    device: torch.device | None = None,
    report: Report | None = None,
) -> Trained:
    """Train one network for each seed, all of them in every step.

    A seed fixes first weights, order of the samples and all views, for every arm: two arms differ
    only in their loss. An incomplete last batch of an epoch is dropped.

    Args:
        data: The images.
        recipe: Settings of the arm.
        seeds: Distinct seeds, one for each network.
        device: Device of the training; None for the CPU.
        report: Called after every step.

    Raises:
        ScoreError: The batch is larger than the data, seeds repeat, or training diverged.
    """
    _check(data, recipe, seeds)
    device = device or torch.device("cpu")
    images = data.train.to(device)
    network = new_encoders(
        recipe.encoder, data.image_shape, seeds, sizes=recipe.sizes, device=device
    )
    streams = [torch.Generator().manual_seed(_ORDER_STREAM + seed) for seed in seeds]
    rate = recipe.rate * (recipe.batch / 64) ** 0.5
    optimiser = torch.optim.Adam(network.parameters(), lr=rate, fused=True)
    batches = len(images) // recipe.batch
    steps, history = batches * recipe.epochs, []
    noise, counter = GradientNoise(), FalseNegativeCounter(data, recipe.batch)
    grain = noise_generators(recipe, seeds, NOISE_STREAM, device)
    curve = TrainingCurve(steps)
    for epoch in range(1, recipe.epochs + 1):
        order = torch.stack([torch.randperm(len(images), generator=s) for s in streams]).to(device)
        counter.add(order)
        views = views_of(images, order, AUGMENTATIONS[recipe.augmentation], streams, grain)
        for number, sides in enumerate(in_batches(views, recipe.batch)):
            optimiser.zero_grad(set_to_none=True)
            outs = [network.outputs(side) for side in sides]
            loss = _loss(_logits(outs, recipe), recipe)
            curve.add(_infonce(outs, recipe))
            loss.backward()  # type: ignore[no-untyped-call]
            if epoch == recipe.epochs:
                noise.add(network.parameters())
            optimiser.step()
            if report:
                report((epoch - 1) * batches + number + 1, steps)
        if epoch == recipe.epochs or not epoch & (epoch - 1):  # a power of two
            history.append(_epoch_report(epoch, [out.detach() for out in outs], recipe))
    samples = batches * recipe.batch * recipe.epochs
    return Trained(
        network, tuple(history), steps, samples, noise.relative(), counter.found(), curve
    )


def noise_generators(
    recipe: Recipe, seeds: Sequence[int], stream: int, device: torch.device
) -> list[torch.Generator] | None:
    """Return generators of pixel noise, None where it comes from the seeds' streams.

    Args:
        recipe: Recipe, whose encoder decides: images for a small network are few and small.
        seeds: One generator each.
        stream: Added to a seed; streams for other purposes have another number.
        device: Device of the views.
    """
    if draws_whole_epochs(recipe.encoder):
        return None
    return [torch.Generator(device).manual_seed(stream + seed) for seed in seeds]


def _check(data: ImageData, recipe: Recipe, seeds: Sequence[int]) -> None:
    if not seeds or len(set(seeds)) < len(seeds):
        raise ScoreError(f"seeds must be one or more, all different, got {list(seeds)}")
    if recipe.batch > len(data.train):
        raise ScoreError(
            f"batch must be at most {len(data.train)}, the images of {data.name}, got"
            f" {recipe.batch}"
        )


def _logits(outs: Sequence[Tensor], recipe: Recipe) -> Logits:
    first, second = (out.to(DTYPES[recipe.dtype]) for out in outs)
    return two_view_logits(first, second, recipe.temperature)


def _loss(logits: Logits, recipe: Recipe) -> Tensor:
    rows = LOSSES[recipe.loss](logits)
    # A mean over rows for each network, and a sum over networks, so that gradients stay separate.
    return rows.mean(dim=-1).sum()


@torch.no_grad()
def _infonce(outs: Sequence[Tensor], recipe: Recipe) -> Tensor:
    """Return InfoNCE of each network in float32, (S,)."""
    first, second = (out.float() for out in outs)
    return LOSSES["infonce"](two_view_logits(first, second, recipe.temperature)).mean(dim=-1)


def _epoch_report(epoch: int, outs: Sequence[Tensor], recipe: Recipe) -> EpochReport:
    gradient = output_gradient(outs, recipe, DTYPES[recipe.dtype])
    exact = output_gradient(outs, recipe, torch.float64)
    return EpochReport(
        epoch=epoch,
        diagnostics=diagnose(_logits(outs, recipe), DTYPES[recipe.dtype]),
        gradient_error=relative_error(gradient, exact),
    )


def output_gradient(outs: Sequence[Tensor], recipe: Recipe, dtype: torch.dtype) -> Tensor:
    """Return the loss's gradient for the head's outputs, in float64 but computed in `dtype`."""
    leaves = [out.detach().to(dtype).requires_grad_() for out in outs]
    loss = _loss(two_view_logits(leaves[0], leaves[1], recipe.temperature), recipe)
    return torch.cat([g.double() for g in torch.autograd.grad(loss, leaves)])


class GradientNoise:
    """Sums of the gradients of batches, for S networks, without storing the gradients."""

    def __init__(self) -> None:
        self._count = 0
        self._sum: list[Tensor] = []
        self._squares: Tensor | None = None

    def add(self, parameters: Iterable[Tensor]) -> None:
        """Add the current gradients of the parameters, each (S, …)."""
        gradients = [p.grad.flatten(1).double() for p in parameters if p.grad is not None]
        squares = torch.stack([(g * g).sum(dim=1) for g in gradients]).sum(dim=0)
        if self._squares is None:
            self._sum, self._squares = gradients, squares
        else:
            self._sum = [total + g for total, g in zip(self._sum, gradients, strict=True)]
            self._squares = self._squares + squares
        self._count += 1

    def relative(self) -> tuple[float | None, ...]:
        """Return tr(covariance) / |mean|² of each network; None where it cannot be estimated.

        Both parts are unbiased: |mean of n gradients|² exceeds |mean|² by tr(covariance) / n.
        """
        n = self._count
        if self._squares is None:
            return ()
        if n < 2:
            return (None,) * len(self._squares)
        of_sum = torch.stack([(g * g).sum(dim=1) for g in self._sum]).sum(dim=0)
        variance = (self._squares - of_sum / n) / (n - 1)
        mean = of_sum / n**2 - variance / n
        return tuple(float(v / m) if m > 0 else None for v, m in zip(variance, mean, strict=True))


class FalseNegatives(NamedTuple):
    """Counts of false negatives of one network, over all its batches.

    Attributes:
        pairs: Number of pairs of samples that were each other's negatives.
        same_label: Number of these pairs with the same label.
        copies: Number of these pairs of identical images.
    """

    pairs: int
    same_label: int
    copies: int


class FalseNegativeCounter:
    """Counter of false negatives over batches.

    Args:
        data: The images.
        batch: Samples per batch.
    """

    def __init__(self, data: ImageData, batch: int) -> None:
        self._labels = data.train_labels
        self._images = _kinds(data.train.flatten(1)) if data.duplicates else None
        self._batch = batch
        self._pairs = 0
        self._same_label: Tensor | None = None
        self._copies: Tensor | None = None

    def add(self, order: Tensor) -> None:
        """Count the batches of an epoch, given its order, (S, n) indices of images."""
        batches = order.shape[1] // self._batch
        drawn = order[:, : batches * self._batch].cpu().reshape(len(order), batches, self._batch)
        self._pairs += batches * self._batch * (self._batch - 1) // 2
        same = _equal_pairs(self._labels[drawn])
        none = torch.zeros_like(same)
        copies = none if self._images is None else _equal_pairs(self._images[drawn])
        self._same_label = same if self._same_label is None else self._same_label + same
        self._copies = copies if self._copies is None else self._copies + copies

    def found(self) -> tuple[FalseNegatives, ...]:
        """Return the counts, one for each network."""
        if self._same_label is None or self._copies is None:
            return ()
        return tuple(
            FalseNegatives(self._pairs, same, copies)
            for same, copies in zip(self._same_label.tolist(), self._copies.tolist(), strict=True)
        )


def _kinds(rows: Tensor) -> Tensor:
    """Return equal numbers for equal rows, (N,)."""
    _, kinds = torch.unique(rows, dim=0, return_inverse=True)
    numbers: Tensor = kinds
    return numbers


def _equal_pairs(kinds: Tensor) -> Tensor:
    """Count the pairs of equal numbers within batches (S, batches, B), returning (S,)."""
    # In sorted order the r-th of equal numbers, from 0, makes a pair with each of the r before it.
    ranked = kinds.sort(dim=-1).values
    places = torch.arange(ranked.shape[-1]).expand_as(ranked)
    fresh = torch.ones_like(ranked, dtype=torch.bool)
    fresh[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    first = torch.where(fresh, places, 0).cummax(dim=-1).values
    return (places - first).sum(dim=(-2, -1))
