"""Residual networks trained together are those of a plain loop; baselines beside; big probes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from evaluators.batch_sweep import ENCODER_NAMES
from evaluators.batch_sweep.augmentation import (
    AUGMENTATIONS,
    BLOCK,
    Views,
    augmented,
    in_batches,
    views_of,
)
from evaluators.batch_sweep.images import ImageData, digits, split_images
from evaluators.batch_sweep.networks import (
    GROUP,
    SHAPES,
    BatchedResNet,
    Shape,
    blocks,
    new_encoders,
    new_resnet,
)
from evaluators.batch_sweep.probes import (
    device_geometry,
    geometry,
    linear_accuracy,
    neighbour_accuracy,
    probe,
)
from evaluators.batch_sweep.training import Recipe, train
from evaluators.contrastive.logits import two_view_logits
from evaluators.contrastive.losses import LOSSES
from evaluators.registry import find
from evaluators.result import Result

CPU = torch.device("cpu")
IMAGE = (3, 8, 8)
SMALL = Shape((8, 16), 1, (12, 6))


class Normed(nn.Module):
    """A convolution and its norm, as everybody writes them."""

    def __init__(self, inputs: int, outputs: int, side: int, stride: int) -> None:
        super().__init__()
        self.kernel = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
        self.norm = nn.GroupNorm(outputs // GROUP, outputs)

    def forward(self, images: Tensor) -> Tensor:
        return self.norm(self.kernel(images))


class Plain(nn.Module):
    """One residual network, written with torch's own modules."""

    def __init__(self, shape: Shape, channels: int) -> None:
        super().__init__()
        self.stem = Normed(channels, shape.widths[0], 3, 1)
        self.places = list(blocks(shape))
        self.parts = nn.ModuleDict()
        for at in self.places:
            name = at.name.replace(".", "_")
            self.parts[f"{name}_1"] = Normed(at.inputs, at.outputs, 3, at.stride)
            self.parts[f"{name}_2"] = Normed(at.outputs, at.outputs, 3, 1)
            if at.stride > 1 or at.inputs != at.outputs:
                self.parts[f"{name}_shortcut"] = Normed(at.inputs, at.outputs, 1, at.stride)
        hidden, out = shape.head
        self.head = nn.Sequential(
            nn.Linear(shape.widths[-1], hidden), nn.ReLU(), nn.Linear(hidden, out)
        )

    def features(self, images: Tensor) -> Tensor:
        now = self.stem(images).relu()
        for at in self.places:
            name = at.name.replace(".", "_")
            beside = f"{name}_shortcut"
            past = self.parts[beside](now) if beside in self.parts else now
            now = (self.parts[f"{name}_2"](self.parts[f"{name}_1"](now).relu()) + past).relu()
        return now.mean(dim=(2, 3))

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))

    def named(self) -> dict[str, nn.Parameter]:
        """Return the parameters by the names that the batched networks give them."""
        found: dict[str, nn.Parameter] = {}
        convolutions = {"stem": self.stem}
        convolutions |= {
            f"{n.rsplit('_', 1)[0].replace('_', '.')}.{n.rsplit('_', 1)[1]}": p
            for n, p in self.parts.items()
        }
        for name, part in convolutions.items():
            found[f"{name}.kernel"] = part.kernel.weight
            found[f"{name}.scale"], found[f"{name}.shift"] = part.norm.weight, part.norm.bias
        for place, layer in enumerate((self.head[0], self.head[2])):
            found[f"head.{place}.weight"], found[f"head.{place}.bias"] = layer.weight, layer.bias
        return found


def as_a_module_has_it(name: str, weight: Tensor) -> Tensor:
    """Return one network's weight, or its gradient, in the shape of torch's own modules."""
    if name.startswith("head"):
        return weight.mT if name.endswith("weight") else weight.flatten()
    return weight


def alone(networks: BatchedResNet, seed: int) -> Plain:
    """Return one of the networks as a module of its own, in float64."""
    plain = Plain(networks.shape, networks.image[0]).double()
    named = plain.named()
    assert set(named) == set(networks.weights)
    with torch.no_grad():
        for name, parameter in named.items():
            parameter.copy_(as_a_module_has_it(name, networks.weights[name][seed]))
    return plain


def float64(networks: BatchedResNet) -> BatchedResNet:
    made = {n: w.detach().double().requires_grad_() for n, w in networks.weights.items()}
    return replace(networks, weights=made)


@pytest.mark.parametrize("shape", [SMALL, SHAPES["resnet"]], ids=["small", "resnet"])
def test_networks_trained_together_are_those_of_the_plain_loop(shape: Shape) -> None:
    """Outputs, gradients and weights after three steps of Adam, in float64 to 1e-10."""
    seeds, count = (3, 4, 9), 6
    together = float64(new_resnet(shape, IMAGE, seeds, CPU))
    each = [alone(together, place) for place in range(len(seeds))]
    generator = torch.Generator().manual_seed(1)
    views = torch.rand(2, len(seeds), count, 3 * 8 * 8, generator=generator, dtype=torch.float64)
    shared = torch.optim.Adam(together.parameters(), lr=1e-2)
    own = [torch.optim.Adam(plain.parameters(), lr=1e-2) for plain in each]

    def loss(first: Tensor, second: Tensor) -> Tensor:
        return LOSSES["infonce"](two_view_logits(first, second, 0.1)).mean(dim=-1).sum()

    for _ in range(3):
        shared.zero_grad()
        outs = [together.outputs(side) for side in views]
        loss(*outs).backward()
        for place, (plain, optimiser) in enumerate(zip(each, own, strict=True)):
            optimiser.zero_grad()
            mine = [plain(side[place].reshape(count, *IMAGE)) for side in views]
            for one, two in zip(outs, mine, strict=True):
                assert (one[place] - two).abs().max() < 1e-10
            loss(*mine).backward()
            for name, parameter in plain.named().items():
                grad = together.weights[name].grad
                assert grad is not None
                found = as_a_module_has_it(name, grad[place])
                assert (found - parameter.grad).abs().max() < 1e-10, name
            optimiser.step()
        shared.step()
    with torch.no_grad():
        for place, plain in enumerate(each):
            wanted = plain.features(views[0, place].reshape(count, *IMAGE))
            assert (together.features(views[0])[place] - wanted).abs().max() < 1e-10


def test_an_image_has_its_features_whatever_else_is_in_the_batch() -> None:
    networks = new_resnet(SMALL, IMAGE, (0, 1), CPU)
    images = torch.rand(2, 700, 192, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = networks.features(images)  # more than go through at once
        assert whole.shape == (2, 700, 16)
        assert torch.allclose(networks.features(images[:, 5:6]), whole[:, 5:6], atol=1e-6)
        assert torch.allclose(networks.outputs(images[:, 690:]), networks.outputs(images)[:, 690:])


def test_resnet18_has_the_weights_of_resnet18() -> None:
    """11,173,962 is CIFAR's with a layer for 10 classes, which is 5,130 of them."""
    weights = new_resnet(SHAPES["resnet18"], (3, 32, 32), (0,), CPU).weights
    trunk = sum(w.numel() for name, w in weights.items() if not name.startswith("head"))
    assert trunk == 11_173_962 - 5_130
    assert tuple(ENCODER_NAMES) == ("mlp", *SHAPES)
    mlp = new_encoders("mlp", (1, 8, 8), (0,), sizes=(32, 16, 8), device=CPU)
    assert mlp.outputs(torch.rand(1, 4, 64)).shape == (1, 4, 8)


def test_views_do_not_depend_on_the_batch_size() -> None:
    images = torch.rand(2 * BLOCK + 40, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    order = torch.stack(
        [torch.randperm(len(images), generator=torch.Generator().manual_seed(s)) for s in (1, 2)]
    )

    def drawn(batch: int, name: str, seeds: tuple[int, ...] = (1, 2)) -> list[Views]:
        streams, noise = (
            [torch.Generator().manual_seed(more + seed) for seed in seeds] for more in (0, 10)
        )
        rows = order[[s - 1 for s in seeds]]
        pieces = views_of(images, rows, AUGMENTATIONS[name], streams, noise)
        return list(in_batches(pieces, batch))

    for name in ("weak", "simclr"):
        ones = torch.cat([part.first for part in drawn(1, name)], dim=1)
        assert ones.shape == (2, len(images), 48)
        for batch in (3, 100, BLOCK, BLOCK + 1, len(images)):
            parts = drawn(batch, name)
            assert len(parts) == len(images) // batch
            assert {part.first.shape[1] for part in parts} == {batch}
            found = torch.cat([part.first for part in parts], dim=1)
            assert torch.equal(found, ones[:, : found.shape[1]])
            assert not torch.equal(parts[0].first, parts[0].second)
        assert torch.equal(torch.cat([p.first for p in drawn(9, name, (2,))], 1)[0], ones[1, :549])
    assert list(in_batches(iter(drawn(4, "weak")[:1]), 5)) == []
    near = drawn(len(images), "weak")[0].first[0].reshape(-1, 3, 4, 4) - images[order[0]]
    assert near.abs().mean() < 0.1, "views follow the order"


def test_crops_show_a_part_and_grey_views_have_no_colour() -> None:
    generator = torch.Generator().manual_seed(0)
    ramp = (
        torch.linspace(0, 1, 32).expand(500, 3, 32, 32)
        * torch.tensor([1.0, 0.6, 0.3])[:, None, None]
    )
    views = augmented(ramp, AUGMENTATIONS["simclr"], [generator])[0]
    assert torch.isfinite(views).all()
    grey = (views[:, 0] - views[:, 2]).abs().amax(dim=(1, 2)) < 1e-5
    assert 0.13 < grey.double().mean() < 0.27
    rising = (views.mean(dim=(1, 2))[:, -1] > views.mean(dim=(1, 2))[:, 0]).double().mean()
    assert 0.4 < rising < 0.6, "half are flipped"
    only = replace(AUGMENTATIONS["simclr"], brightness=0.0)
    assert only.crop is not None
    still = replace(only, crop=replace(only.crop, contrast=0.0, saturation=0.0, grey=0.0))
    shown = augmented(ramp, still, [generator])[0]
    span = (shown.amax(dim=(2, 3)) - shown.amin(dim=(2, 3)))[:, 0]
    assert shown.min() >= 0
    assert shown.max() <= 1 + 1e-6
    # Sides of sqrt(area) * sqrt(aspect): from sqrt(.2 * 3/4) to the whole image.
    assert 0.36 < span.min() < 0.5
    assert span.max() > 0.9
    digit = digits().train[:20]
    assert augmented(digit, AUGMENTATIONS["simclr"], [generator]).shape == (1, 20, 1, 8, 8)


def test_probes_on_a_device_are_those_of_scikit_learn() -> None:
    data = digits()
    train_rows, test_rows = (part.flatten(1).double().numpy() for part in (data.train, data.test))
    labels = (data.train_labels.numpy(), data.test_labels.numpy())
    ours, theirs = (
        probe(train_rows, labels[0], test_rows, labels[1], seed=0, draws=1, device=device)
        for device in (CPU, None)
    )
    assert ours.few == theirs.few
    assert ours.full == pytest.approx(theirs.full, abs=2.1e-3)  # one image of 500
    assert ours.neighbours == theirs.neighbours
    again = probe(train_rows, labels[0], test_rows, labels[1], seed=1, draws=1, known=ours)
    assert again == ours._replace(few=again.few)
    one, two = (torch.from_numpy(rows) for rows in (test_rows, np.roll(test_rows, 1, axis=0)))
    assert device_geometry(one, two) == pytest.approx(geometry(test_rows, two.numpy()), rel=1e-12)
    tied = np.array([[1.0, 0.0], [1.0, 0.0]])
    said = neighbour_accuracy(tied, np.array([1, 0]), tied[:1], np.array([0]), CPU, neighbours=2)
    assert said == 1.0, "ties go to the smallest label"
    assert linear_accuracy(np.eye(2), np.array([0, 1]), np.eye(2), np.array([0, 1]), CPU) == 1.0


@pytest.fixture(scope="module")
def few() -> ImageData:
    whole = digits()
    return split_images("digits", whole.train[:120], whole.train_labels[:120])


def run(data: ImageData, **more: Any) -> dict[str, Result]:
    evaluator = find("batch_sweep")
    given = {"arms": ("infonce/float32", "flatnce/float32"), "batches": (16,), "seeds": (4, 3)}
    request = evaluator.Request(
        **{**given, "epochs": 1, "augmentations": ("weak",), "encoder": "resnet", **more}
    )
    jobs = evaluator.jobs(request, "", lambda _: data.digest)
    session = evaluator.open_session(None, jobs, lambda ref: data, "cpu", None)
    return {job.parameters["arm"]: session.evaluate(job) for job in jobs}


def test_a_sweep_of_residual_networks_has_baselines_and_repeats(few: ImageData) -> None:
    found = run(few)
    assert set(found) == {"raw", "random", "infonce/float32", "flatnce/float32"}
    means = {
        arm: {s.metric: s.value for s in result.scores if "seed" not in s.variant}
        for arm, result in found.items()
    }
    for metric in ("few5", "full", "neighbours", "alignment", "uniformity"):
        assert len({round(values[metric], 9) for values in means.values()}) > 1, metric
    assert means["infonce/float32"]["uniformity"] < means["random"]["uniformity"]
    again = run(few, seeds=(3, 4))
    assert {k: r.scores for k, r in again.items()} == {k: r.scores for k, r in found.items()}


def test_a_seed_is_the_same_network_in_any_company(few: ImageData) -> None:
    recipe = Recipe("infonce", "float32", 16, epochs=1, encoder="resnet")
    both, one = train(few, recipe, [3, 4]), train(few, recipe, [4])
    for ours, theirs in zip(both.network.parameters(), one.network.parameters(), strict=True):
        # Adam divides by the gradient's size, so a rounding in it can move a weight by a step.
        assert torch.allclose(ours[1], theirs[0], atol=4e-3)
    assert both.false_negatives[1] == one.false_negatives[0]


def test_the_small_networks_jobs_are_those_of_before_there_was_a_choice() -> None:
    evaluator = find("batch_sweep")
    plain = evaluator.jobs(evaluator.Request(), "", lambda _: "x")
    assert all("encoder" not in job.parameters for job in plain)
    chosen = evaluator.jobs(evaluator.Request(encoder="resnet"), "", lambda _: "x")
    assert {job.parameters["encoder"] for job in chosen} == {"resnet"}
    assert not {job.job_key for job in plain} & {job.job_key for job in chosen}
    with pytest.raises(ValueError, match="did you mean 'resnet'"):
        evaluator.Request(encoder="resent")
