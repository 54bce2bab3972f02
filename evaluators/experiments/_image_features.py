"""How near made images come to real ones, by features of a small classifier.

The classifier is trained in the same run, on the training images and their labels: nothing is
downloaded. So these distances are no Inception scores: they compare arms of one experiment, and
must not be compared with published FID or KID.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from evaluators.experiments._resumable import Bench, Order, train
from evaluators.progress import Report

if TYPE_CHECKING:
    from evaluators.batch_sweep.images import ImageData

WIDTHS = (32, 64, 128)
BATCH, RATE, SHIFT = 128, 1e-3, 4
SEED = 0
"""Of the classifier, which is the same for all arms and seeds."""

AT_ONCE = 1000


class Classifier(nn.Module):
    """Three stages of two convolutions, the mean over places, and a linear layer.

    Args:
        channels: Of an image.
        classes: How many.
        widths: Channels of the stages; the last is the number of features.
    """

    def __init__(self, channels: int, classes: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stages = nn.Sequential()
        for outputs in widths:
            for inputs in (channels, outputs):
                self.stages.append(nn.Conv2d(inputs, outputs, 3, padding=1))
                self.stages.append(nn.GroupNorm(8, outputs))
                self.stages.append(nn.ReLU())
            self.stages.append(nn.MaxPool2d(2))
            channels = outputs
        self.last = nn.Linear(channels, classes)

    def features(self, images: Tensor) -> Tensor:
        """Return features (n, 128) of images (n, C, H, W) in −1 to 1."""
        found: Tensor = self.stages(images).mean(dim=(2, 3))
        return found

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (n, classes)."""
        logits: Tensor = self.last(self.features(images))
        return logits


class Judge:
    """A trained classifier, and the features of the images that samples are compared with.

    Args:
        data: Images and labels; the test part is what samples are compared with.
        bench: Its device alone matters: all arms and seeds have the same judge.
        epochs: Of the classifier.
        report: Called with the steps done and all of them.
    """

    def __init__(
        self, data: ImageData, bench: Bench, epochs: int, report: Report | None = None
    ) -> None:
        self.bench = Bench(bench.device, "float32", SEED, None, "")
        images, labels = data.train.to(bench.device), data.train_labels.to(bench.device)
        order = Order(self.bench, len(images), BATCH)
        model = self.bench.new(lambda: Classifier(images.shape[1], data.classes))
        optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
        steps = epochs * order.steps

        def step(number: int, generator: torch.Generator) -> Tensor:
            for group in optimiser.param_groups:
                group["lr"] = RATE * (1 - number / steps)
            chosen = order.at(number)
            seen = _moved(2 * images[chosen] - 1, generator)
            loss = cross_entropy(model(seen), labels[chosen])
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimiser.step()
            return loss

        self._model = model
        train(step, self.bench, steps=steps, modules={}, optimisers={}, report=report)
        model.eval()
        self.real = self.features(2 * data.test - 1)
        with torch.no_grad():
            told = model.last(self.real).argmax(dim=1).cpu()
        self.accuracy = float((told == data.test_labels).double().mean())

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """Return features (n, 128) of images (n, C, H, W) in −1 to 1, on the device."""
        parts = torch.split(images, AT_ONCE)
        return torch.cat([self._model.features(part.to(self.bench.device)) for part in parts])


def _moved(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return images that are moved by up to four pixels, all in one way, and half of them flipped.

    Args:
        images: (n, C, H, W).
        generator: On their device.
    """
    drawn = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)
    images = torch.where(drawn < 0.5, images.flip(3), images)
    height, width = images.shape[2:]
    down, right = torch.randint(
        2 * SHIFT + 1, (2,), generator=generator, device=images.device
    ).tolist()
    return pad(images, (SHIFT,) * 4)[:, :, down : down + height, right : right + width]


def kernel_distance(first: Tensor, second: Tensor) -> float:
    """Return the squared kernel distance of features, without bias: it may be below 0.

    The kernel is (x·y / d + 1)³, as of the kernel Inception distance (Bińkowski and others 2018,
    arXiv:1801.01401).

    Args:
        first: (n, d), 2 rows or more.
        second: (m, d).
    """
    n, m, width = len(first), len(second), first.shape[1]

    def kernel(products: Tensor) -> Tensor:
        return (products / width + 1) ** 3

    def total(some: Tensor, others: Tensor) -> float:
        return sum(float(kernel(part @ others.T).sum()) for part in _parts(some))

    first, second = first.double(), second.double()
    own = [float(kernel(each.square().sum(dim=1)).sum()) for each in (first, second)]
    inside = (total(first, first) - own[0]) / (n * (n - 1))
    other = (total(second, second) - own[1]) / (m * (m - 1))
    return inside + other - 2 * total(first, second) / (n * m)


def energy_distance(first: Tensor, second: Tensor) -> float:
    """Return 2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖ of features (n, d), (m, d), without bias."""
    n, m = len(first), len(second)
    inside = _distances(first, first) / (n * (n - 1))
    other = _distances(second, second) / (m * (m - 1))
    return 2 * _distances(first, second) / (n * m) - inside - other


def energy_share(first: Tensor, second: Tensor) -> float:
    """Return the energy distance of features as a share of its largest value, 0 to 1.

    As in `_sample_quality.energy` the sums run over all pairs, each row with itself too.
    """
    n, m = len(first), len(second)
    across = 2 * _distances(first, second) / (n * m)
    within, inside = _distances(first, first) / n**2, _distances(second, second) / m**2
    return (across - within - inside) / across


def _distances(first: Tensor, second: Tensor) -> float:
    """Return the sum of all distances between rows."""
    first, second = first.double(), second.double()
    return sum(float(torch.cdist(part, second).sum()) for part in _parts(first))


def _parts(rows: Tensor) -> Iterator[Tensor]:
    yield from torch.split(rows, AT_ONCE)
