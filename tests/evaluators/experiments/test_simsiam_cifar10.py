"""SimSiam on CIFAR-10: its published networks, its views, and a toy cut through the real path."""

from __future__ import annotations

import colorsys
from pathlib import Path
from typing import Any

import pytest
import torch

from evaluators.claims.judging import collapse
from evaluators.experiments import _resumable
from evaluators.experiments._image_views import grey_of, turned, view
from evaluators.experiments._resnet18 import ResNet18, SimSiam
from evaluators.experiments._resumable import Bench
from evaluators.experiments.simsiam_cifar10 import ARMS, fit, loss_of
from evaluators.registry import find
from tests.evaluators.experiments.arm_means import means, settings
from tests.evaluators.experiments.image_mirrors import images_of, run, write_mirror

TOY: dict[str, Any] = {"width": 4, "outputs": 16, "batch": 16, "epochs": 1, "seeds": [1]}


def count(module: torch.nn.Module) -> int:
    return sum(part.numel() for part in module.parameters())


def test_networks_have_the_published_sizes() -> None:
    with torch.device("meta"):
        model, small = SimSiam(), ResNet18(4)
    # The usual ResNet-18 for CIFAR-10 has 11,173,962 parameters, 5,130 of them for ten classes.
    assert count(model.backbone) == 11_173_962 - (512 * 10 + 10)
    norm = 2 * 2048
    assert count(model.projector) == 512 * 2048 + norm + 2048 * 2048 + norm
    assert count(model.predictor) == 2048 * 512 + 2 * 512 + 512 * 2048 + 2048
    assert small.width == 32


def test_hues_turn_as_in_the_standard_library() -> None:
    colours = torch.rand(1, 3, 1, 200, generator=torch.Generator().manual_seed(0))
    colours[..., 0] = torch.tensor([0.5, 0.5, 0.5])[None, :, None]
    found = turned(colours, torch.tensor(0.3)[None, None, None, None])
    for place in range(200):
        hue, saturation, value = colorsys.rgb_to_hsv(*colours[0, :, 0, place].tolist())
        expected = colorsys.hsv_to_rgb((hue + 0.3) % 1, saturation, value)
        assert found[0, :, 0, place].tolist() == pytest.approx(expected, abs=1e-5)


def test_views_are_images_of_their_shape_that_repeat_by_seed() -> None:
    images = torch.rand(500, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    first, again, other = (view(images, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6))
    assert first.shape == images.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float(first.min()) >= 0
    assert float(first.max()) <= 1
    grey = (first - grey_of(first)).abs().amax(dim=(1, 2, 3)) < 1e-5
    assert float(grey.float().mean()) == pytest.approx(0.2, abs=0.05)
    # Of a picture that brightens to the right, half of the views brighten to the left.
    ramp = torch.linspace(0, 1, 32).expand(500, 3, 32, 32)
    seen = view(ramp, torch.Generator().manual_seed(1)).mean(dim=(1, 2))
    assert float((seen[:, 0] > seen[:, -1]).float().mean()) == pytest.approx(0.5, abs=0.07)


def test_the_gradient_stops_at_the_target_alone_where_it_should() -> None:
    torch.manual_seed(0)
    model = SimSiam(4, 16, 4)
    views = [torch.rand(8, 3, 32, 32), torch.rand(8, 3, 32, 32)]
    slopes = {}
    for arm in ARMS[:3]:
        model.zero_grad()
        loss = loss_of(model, views, arm)
        loss.backward()
        slopes[arm] = model.projector[3].weight.grad.clone()
        assert (model.predictor[0].weight.grad is None) == (arm == "no predictor")
        assert -1 <= float(loss.detach()) <= 1
    assert not torch.allclose(slopes["SimSiam"], slopes["no stop-gradient"])


def test_a_toy_cut_runs_through_the_real_path_and_is_a_smoke_run(tmp_path: Path) -> None:
    mirror = write_mirror(tmp_path)
    results = run("simsiam_cifar10", {**TOY, "speeds": [1, 10]}, mirror)
    scores = [score for result in results for score in result.scores]
    assert set(means(scores, "spread")) == set(ARMS)
    assert len(settings(scores)) == 2
    assert all(0 <= score.value <= 1.5 for score in scores if score.metric in ("spread", "knn"))
    assert len(means(scores, "late_improvement")) == 3
    by_speed = {
        score.variant["setting"]: score.value
        for score in scores
        if (score.variant["arm"], score.variant["seed"]) == ("SimSiam", 1)
        and score.metric == "spread"
    }
    assert len(set(by_speed.values())) == 2, "speeds matter"
    (again,) = run("simsiam_cifar10", {**TOY, "arms": ["SimSiam"]}, mirror)
    assert again.scores == results[0].scores
    evaluator = find("simsiam_cifar10")
    jobs = evaluator.jobs(evaluator.Request(**TOY), "", lambda _: "0" * 64)
    assert {evaluator.level(job.parameters) for job in jobs} == {"small"}
    assert {evaluator.cut(job.parameters) for job in jobs} == {"epochs 1 of 800"}
    published = evaluator.jobs(evaluator.Request(dtype="bfloat16"), "", lambda _: "0" * 64)
    assert {evaluator.level(job.parameters) for job in published} == {"published"}
    assert {evaluator.cut(job.parameters) for job in published} == {""}


def test_a_killed_training_goes_on_with_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = write_mirror(tmp_path / "mirror")
    toy = {**TOY, "epochs": 2, "arms": ["SimSiam"], "seeds": [1]}
    (whole,) = run("simsiam_cifar10", toy, mirror)
    monkeypatch.setattr(_resumable, "SAVED_AFTER", 0.0)
    monkeypatch.setattr(_resumable, "EVERY", 2)
    from evaluators.experiments import _image_views

    made, views = _image_views.view, []

    def killing(*args: Any) -> Any:
        views.append(1)
        if len(views) > 5:  # in the second step of two epochs of two steps, of two views each
            raise KeyboardInterrupt
        return made(*args)

    monkeypatch.setattr(_image_views, "view", killing)
    with pytest.raises(KeyboardInterrupt):
        run("simsiam_cifar10", toy, mirror, work=tmp_path)
    monkeypatch.setattr(_image_views, "view", made)
    (resumed,) = run("simsiam_cifar10", toy, mirror, work=tmp_path)
    assert resumed.cost["resumed_after_step"] == 2
    assert resumed.scores == whole.scores
    assert resumed.curves == whole.curves


def test_bfloat16_trains_and_keeps_weights_in_float32(tmp_path: Path) -> None:
    data = images_of(write_mirror(tmp_path))
    bench = Bench(torch.device("cpu"), "bfloat16", 1, None, "")
    model = bench.new(lambda: SimSiam(4, 16, 4))
    kind = {"arm": "SimSiam", "speed": 1.0, "epochs": 2, "batch": 16, "rate": 0.03, "report": None}
    trained = fit(model, data.train, bench, **kind)
    assert {part.dtype for part in model.parameters()} == {torch.float32}
    exact = Bench(torch.device("cpu"), "float32", 1, None, "")
    other = fit(exact.new(lambda: SimSiam(4, 16, 4)), data.train, exact, **kind)
    ours, theirs = trained.curve.points(), other.curve.points()
    assert ours.tolist() != theirs.tolist()
    assert ours == pytest.approx(theirs, abs=0.1)


def test_claims_take_the_rows() -> None:
    """The task and the settings are those that the claims on collapse ask for."""
    rows = collapse.made_up_spreads({collapse.SIMSIAM: {1.0: 0.9}})
    for row in rows:
        row["setting"] = "cifar10, predictor speed 1, epochs 800, batch 512, width 64"
    from evaluators.claims.judging.evidence import RowEvidence

    assert collapse.numbers(RowEvidence(rows), collapse.SIMSIAM)[1.0].estimate == pytest.approx(0.9)
    tasks = collapse.collapse_rows("SGD").among["task"]
    assert any(pattern.startswith("cifar10, SGD") for pattern in tasks)
