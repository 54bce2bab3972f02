"""Cells of a sweep: paired by seed, the same every time, baselines beside, bad input named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from evaluators.batch_sweep import AUGMENTATION_NAMES, ENCODER_NAMES
from evaluators.batch_sweep.augmentation import AUGMENTATIONS
from evaluators.batch_sweep.images import ImageData, digits, read_folder, split_images
from evaluators.batch_sweep.networks import SHAPES
from evaluators.batch_sweep.training import FalseNegativeCounter
from evaluators.contrastive.losses import DTYPES, LOSSES
from evaluators.contrastive.names import DTYPE_NAMES, LOSS_NAMES
from evaluators.errors import DatasetError, ScoreError
from evaluators.evaluator import DatasetRef
from evaluators.registry import find
from evaluators.result import Result

PAIR = ("infonce/float32", "flatnce/float64")


@pytest.fixture(scope="module")
def few() -> ImageData:
    whole = digits()
    return split_images("digits", whole.train[:300], whole.train_labels[:300])


def run(data: ImageData, **more: Any) -> dict[tuple[str, int | None], Result]:
    evaluator = find("batch_sweep")
    given = {"arms": PAIR, "batches": (32,), "seeds": (4, 3), "epochs": 1}
    request = evaluator.Request(**{**given, "augmentations": ("weak",), **more})
    parts = evaluator.parts(request)
    jobs = [job for part in parts for job in evaluator.jobs(part, "", lambda _: data.digest)]
    assert len({job.job_key for job in jobs}) == len(jobs)
    told: list[tuple[str, int, int]] = []
    session = evaluator.open_session(
        None, jobs, lambda ref: data, None, lambda *said: told.append(said)
    )
    found = {
        (job.parameters["arm"], job.parameters.get("batch")): session.evaluate(job) for job in jobs
    }
    session.close()
    assert any(done == total for _, done, total in told)
    return found


def by_seed(result: Result, metric: str) -> dict[int, float]:
    return {
        s.variant["seed"]: s.value
        for s in result.scores
        if s.metric == metric and "seed" in s.variant
    }


def test_every_cell_has_its_seeds_their_mean_and_baselines_beside(few: ImageData) -> None:
    found = run(few)
    assert set(found) == {("raw", None), ("random", None), *((arm, 32) for arm in PAIR)}
    for (arm, _), result in found.items():
        metrics = {score.metric for score in result.scores}
        assert {"few5", "full", "neighbours", "alignment", "uniformity"} <= metrics
        values = by_seed(result, "few5")
        assert set(values) == {3, 4}
        (mean,) = (s for s in result.scores if s.metric == "few5" and "seed" not in s.variant)
        assert mean.variant == {"aggregate": "mean"}
        assert mean.value == pytest.approx(sum(values.values()) / 2)
        assert mean.ci_low is not None
        assert mean.ci_low <= mean.value
        assert Result.from_json(result.to_json()) == result
        if arm in PAIR:
            assert {"below_epsilon", "gradient_error", "information", "same_label"} <= metrics
            told = {m: by_seed(result, m)[3] for m in ("information", "ceiling", "gradient_error")}
            assert told["information"] < told["ceiling"]
            assert (told["gradient_error"] == 0) == arm.endswith("float64")
            assert result.cost["copies_in_data"] == few.duplicates


def test_the_same_seeds_give_the_same_numbers_in_any_order(few: ImageData) -> None:
    once = run(few)
    assert {k: r.scores for k, r in run(few, seeds=(3, 4)).items()} == {
        k: r.scores for k, r in once.items()
    }
    assert torch.get_num_threads() >= 1


def test_arms_start_from_the_same_networks_and_see_the_same_labels(few: ImageData) -> None:
    """Arms that are the same function are the same cell; others differ."""
    found = run(few, arms=("flatnce/float64", "dcl/float64", "infonce/float64"))
    flat, dcl, infonce = (
        by_seed(found[f"{loss}/float64", 32], "uniformity")
        for loss in ("flatnce", "dcl", "infonce")
    )
    assert flat == pytest.approx(dcl, rel=1e-3)
    assert flat != pytest.approx(infonce, rel=1e-3)


def test_names_in_plans_are_those_of_the_code() -> None:
    assert tuple(LOSSES) == LOSS_NAMES
    assert tuple(DTYPES) == DTYPE_NAMES
    assert tuple(AUGMENTATIONS) == AUGMENTATION_NAMES
    assert ("mlp", *SHAPES) == ENCODER_NAMES


def test_false_negatives_are_counted_as_they_were_drawn() -> None:
    kinds = torch.tensor([0, 1, 0, 1, 0, 2])
    pixels = torch.tensor([0.1, 0.2, 0.1, 0.4, 0.5, 0.6]).reshape(6, 1, 1, 1)
    data = ImageData("six", pixels, kinds, pixels, kinds, "", duplicates=1)
    counter = FalseNegativeCounter(data, 3)
    # Batches of the first network: {0, 2, 4}, {1, 3, 5}; of the second: {0, 1, 5}, {2, 3, 4}.
    counter.add(torch.tensor([[0, 2, 4, 1, 3, 5], [0, 1, 5, 2, 3, 4]]))
    assert counter.found() == ((6, 4, 1), (6, 1, 0))
    counter.add(torch.tensor([[0, 2, 4, 1, 3, 5], [0, 2, 5, 1, 3, 4]]))
    assert counter.found() == ((12, 8, 2), (12, 3, 1))


BAD: dict[str, dict[str, Any]] = {
    "batches.1\n.*greater than or equal to 2": {"batches": (4, 1)},
    "seeds\n.*each value must appear once": {"seeds": (1, 1)},
    "batches\n.*at least 1 item": {"batches": ()},
    "temperature\n.*greater than 0": {"temperature": 0.0},
    "epochs\n.*greater than or equal to 1": {"epochs": 0},
    "did you mean 'flatnce'": {"arms": ("flatnec/float32",)},
    "dtype of arm infonce": {"arms": ("infonce/float8",)},
    "augmentation 'week'": {"augmentations": ("week",)},
    "must be digits, cifar10 or folder": {"data": "folder:"},
    "kind of data": {"data": "cifar"},
    "seeds.0\n.*greater than or equal to 0": {"seeds": (-1,)},
}


@pytest.mark.parametrize("says", BAD)
def test_what_cannot_be_is_refused_with_the_plan(says: str) -> None:
    with pytest.raises(ValueError, match=says):
        find("batch_sweep").Request(**BAD[says])


def test_data_that_changed_or_are_too_few_are_refused_before_training(few: ImageData) -> None:
    with pytest.raises(ScoreError, match="batch must be at most"):
        run(few, batches=(512,), baselines=())
    evaluator = find("batch_sweep")
    (job, *_) = evaluator.jobs(evaluator.Request(), "", lambda _: "another digest")
    session = evaluator.open_session(None, [job], lambda ref: few, None, None)
    with pytest.raises(DatasetError, match="changed after the plan"):
        session.evaluate(job)


def _folder(root: Path) -> Path:
    from PIL import Image

    generator = torch.Generator().manual_seed(0)
    for number in range(24):
        path = root / "pets" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = (torch.rand(9, 7, 3, generator=generator) * 255).byte().numpy()
        Image.fromarray(pixels).save(path)
    return root / "pets"


def test_a_folder_of_images_is_read_with_its_classes(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    data = read_folder(folder, side=8)
    assert (data.name, data.classes, data.train.shape[1:]) == ("pets", 2, (3, 8, 8))
    assert len(data.train) + len(data.test) == 24
    assert read_folder(folder, side=8).digest == data.digest
    evaluator = find("batch_sweep")
    (job, *_) = evaluator.jobs(evaluator.Request(data=f"folder:{folder}"), "", lambda _: "x")
    assert job.task == "pets"
    assert evaluator.dataset_of(job) == DatasetRef(f"folder:{folder}", kind="images")


def test_folders_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not a folder"):
        read_folder(tmp_path / "absent")
    with pytest.raises(DatasetError, match="one folder a class"):
        read_folder(tmp_path)
    folder = _folder(tmp_path)
    broken = folder / "cat" / "0.png"
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(DatasetError, match=r"cat.0\.png is not an image"):
        read_folder(folder)
    for path in folder.glob("cat/*"):
        path.unlink()
    with pytest.raises(DatasetError, match="two classes"):
        read_folder(folder)


def test_an_unknown_baseline_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="did you mean 'random'"):
        find("batch_sweep").Request(baselines=("randm",))
