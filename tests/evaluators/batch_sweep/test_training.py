"""Training many seeds at once is training each alone, and arms differ in their loss alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from evaluators.batch_sweep.augmentation import AUGMENTATIONS, augmented
from evaluators.batch_sweep.images import digits, split_images
from evaluators.batch_sweep.networks import new_network
from evaluators.batch_sweep.probes import geometry, probe
from evaluators.batch_sweep.training import GradientNoise, Recipe, train
from evaluators.errors import DatasetError, ScoreError
from evaluators.names import UnknownNameError


def _small():
    whole = digits()
    return split_images("few", whole.train[:400], whole.train_labels[:400])


def _weights(trained, seed: int) -> list[torch.Tensor]:
    return [part.detach()[seed] for part in trained.network.parameters()]


def test_a_seed_gives_the_same_network_in_any_company_and_every_time() -> None:
    data, recipe = _small(), Recipe("infonce", "float32", 16, epochs=2, sizes=(32, 16, 8))
    together, again = train(data, recipe, [3, 4, 5]), train(data, recipe, [3, 4, 5])
    alone = train(data, recipe, [4])
    for one, two, three in zip(
        _weights(together, 1), _weights(again, 1), _weights(alone, 0), strict=True
    ):
        assert torch.equal(one, two)
        assert torch.allclose(one, three, atol=1e-5)
    assert together.steps == 2 * (len(data.train) // 16)
    assert together.samples == 16 * together.steps


def test_training_separates_what_chance_does_not() -> None:
    data = _small()
    trained = train(data, Recipe("flatnce", "float32", 32, epochs=4, sizes=(64, 32, 16)), [0, 1])
    first, last = trained.history[0].diagnostics, trained.history[-1].diagnostics
    assert last.information > first.information > 0
    assert last.information < last.ceiling == pytest.approx(math.log(2 * 32 - 1))
    assert trained.history[-1].gradient_error < 1e-5
    assert len(trained.gradient_noise) == 2
    assert all(noise is not None and noise > 0 for noise in trained.gradient_noise)


def test_the_curve_of_flatnce_is_infonce_which_falls_where_its_own_value_is_always_1() -> None:
    data = _small()
    by_loss = {
        loss: train(data, Recipe(loss, "float32", 32, epochs=8, sizes=(64, 32, 16)), [0, 1])
        for loss in ("flatnce", "infonce")
    }
    flat, plain = (trained.curve.points() for trained in by_loss.values())
    assert flat.shape == (2, 11)
    assert flat[:, 0] == pytest.approx(plain[:, 0]), "the first step has the same weights and views"
    assert (flat[:, -1] < 0.9 * flat[:, 0]).all()


def test_float64_arms_have_no_gradient_error_and_half_precision_has() -> None:
    data = _small()
    errors = {
        dtype: train(data, Recipe("infonce", dtype, 16, epochs=1, sizes=(16, 8)), [0])
        .history[-1]
        .gradient_error
        for dtype in ("float64", "float32", "bfloat16")
    }
    assert errors["float64"] == 0
    assert 0 < errors["float32"] < 1e-4 < errors["bfloat16"]


def test_views_are_the_seeds_own_and_stay_near_their_image_when_weak() -> None:
    images = digits().train[:50]

    def views(name: str, *seeds: int) -> torch.Tensor:
        return augmented(
            images, AUGMENTATIONS[name], [torch.Generator().manual_seed(s) for s in seeds]
        )

    both = views("ordinary", 1, 2)
    assert both.shape == (2, 50, 1, 8, 8)
    assert torch.equal(both[1], views("ordinary", 2)[0])
    assert not torch.allclose(both[0], both[1])
    weak, strong = ((views(n, 1)[0] - images).square().mean() for n in ("weak", "ordinary"))
    assert weak < strong / 5


def test_first_weights_do_not_depend_on_the_number_of_seeds() -> None:
    one = new_network((64, 16, 8), [7], torch.device("cpu"))
    three = new_network((64, 16, 8), [5, 7, 9], torch.device("cpu"))
    images = digits().train[:10].flatten(1)
    expected = one.features(images[None])[0]
    assert torch.allclose(three.features(images.expand(3, -1, -1))[1], expected, atol=1e-6)


def test_gradient_noise_of_known_gradients() -> None:
    """Gradients mean ± noise with variance 4 in each of 3 coordinates, mean (10, 0, 0)."""
    generator = torch.Generator().manual_seed(0)
    noise, parameter = GradientNoise(), torch.zeros(1, 3, requires_grad=True)
    for _ in range(4000):
        parameter.grad = 2 * torch.randn(1, 3, generator=generator) + torch.tensor([10.0, 0, 0])
        noise.add([parameter])
    assert noise.relative() == (pytest.approx(12 / 100, rel=0.1),)
    assert GradientNoise().relative() == ()
    once = GradientNoise()
    once.add([parameter])
    assert once.relative() == (None,)


def test_probes_of_perfect_and_of_empty_features() -> None:
    labels = np.repeat(np.arange(4), 20)
    perfect = probe(np.eye(4)[labels], labels, np.eye(4)[labels], labels, seed=0)
    assert perfect == (1.0, 1.0, 1.0)
    blank = probe(np.zeros((80, 4)), labels, np.zeros((80, 4)), labels, seed=0)
    assert blank.full == 0.25


def test_geometry_by_hand() -> None:
    one = np.array([[2.0, 0.0], [0.0, 3.0]])
    found = geometry(one, np.array([[0.0, 1.0], [0.0, 1.0]]))
    assert found.alignment == pytest.approx(1.0)
    assert found.uniformity == pytest.approx(-4.0)


def test_bad_recipes_and_data_are_refused_before_training() -> None:
    with pytest.raises(ScoreError, match="need negatives"):
        Recipe("infonce", "float32", 1)
    with pytest.raises(ScoreError, match="above 0"):
        Recipe("infonce", "float32", 4, temperature=0)
    with pytest.raises(UnknownNameError, match="'flatnce'"):
        Recipe("flatnec", "float32", 4)
    data = _small()
    with pytest.raises(ScoreError, match="batch must be at most"):
        train(data, Recipe("infonce", "float32", 4096), [0])
    with pytest.raises(ScoreError, match="all different"):
        train(data, Recipe("infonce", "float32", 4), [1, 1])
    with pytest.raises(DatasetError, match="between 0 and 1"):
        split_images("bad", torch.full((4, 1, 2, 2), math.nan), torch.arange(4))
    with pytest.raises(DatasetError, match="two classes"):
        split_images("one", torch.rand(4, 1, 2, 2), torch.zeros(4, dtype=torch.long))
    copies = torch.rand(1, 1, 2, 2).expand(8, 1, 2, 2)
    assert split_images("copies", copies, torch.arange(8) % 2).duplicates == 5
