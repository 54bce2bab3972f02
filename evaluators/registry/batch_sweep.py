"""Contrastive losses against batch size, precision and augmentation, over many seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from evaluators.contrastive.names import AUGMENTATION_NAMES, BASELINES, ENCODER_NAMES, parse_arm
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once, require_known
from evaluators.progress import Progress, stage_progress
from evaluators.result import Result
from evaluators.standalone import PlainSession

if TYPE_CHECKING:
    import torch

VERSION = "1"
SOURCES = ("contrastive", "statistics.py")
DEFAULT_ENCODER = "mlp"


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: batch_sweep` entry in a plan.

    Attributes:
        data: `digits`, which ship with scikit-learn; `cifar10`, from a mirror or the hub; or
            `folder:<path>`: a folder of images, one folder a class.
        arms: `loss/dtype`: what is trained, and what the loss is computed in.
        batches: Samples a step; each 2 or more.
        seeds: One network each, all of a cell in one pass.
        augmentations: `weak`, `ordinary`, or `simclr`: crops, flips and colours.
        baselines: What stands beside the arms: `raw` pixels, `random` networks.
        temperature: What the cosines are divided by.
        epochs: How often every image is seen, whatever the batch size.
        rate: Adam's step at a batch of 64; it grows with the root of the batch.
        encoder: `mlp`, or `resnet` (ResNet-8) or `resnet18` with GroupNorm, for a GPU.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    data: str = "digits"
    arms: tuple[str, ...] = (
        "infonce/float32",
        "infonce/float64",
        "infonce-log1p/float32",
        "flatnce/float32",
        "flatnce/float64",
        "dcl/float32",
    )
    batches: tuple[int, ...] = (4, 16, 256)
    seeds: tuple[int, ...] = (10, 11, 12, 13, 14, 15, 16)
    augmentations: tuple[str, ...] = ("weak", "ordinary")
    baselines: tuple[str, ...] = BASELINES
    temperature: float = 0.1
    epochs: int = 20
    rate: float = 1e-3
    encoder: str = DEFAULT_ENCODER

    def __post_init__(self) -> None:
        for arm in self.arms:
            parse_arm(arm)
        require_known("augmentation", self.augmentations, AUGMENTATION_NAMES)
        require_known("baseline", self.baselines, BASELINES)
        kind, _, path = self.data.partition(":")
        require_known("kind of data", [kind], ("digits", "cifar10", "folder"))
        if (kind == "folder") != bool(path):
            raise ValueError(f"data is {self.data!r}: write digits, cifar10, or folder:<path>")
        require_known("encoder", [self.encoder], ENCODER_NAMES)
        require_each_once(self, "batches", "seeds", "augmentations")
        if min(self.batches) < 2:
            raise ValueError(
                f"batches are {list(self.batches)}: a batch of one has no negatives, so each must"
                " be 2 or more"
            )
        if min(self.seeds) < 0:
            raise ValueError("seeds must be 0 or more")
        if not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature}: it must be above 0")
        if self.epochs < 1 or not self.rate > 0:
            raise ValueError("epochs must be 1 or more and rate above 0")


def needs_checkpoint(request: Request) -> bool:
    """It trains its own networks."""
    return False


def label(request: Request) -> str:
    """Say what is trained on."""
    return request.data


def parts(request: Request) -> list[Request]:
    """Return one request an augmentation; baselines come first, as they take a second."""
    return [replace(request, augmentations=(name,)) for name in request.augmentations]


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each cell: an arm at a batch size, with all its seeds."""
    digest = digest_of(_ref(request.data))
    made = []
    for augmentation in request.augmentations:
        bench = {
            "data": request.data,
            "augmentation": augmentation,
            "seeds": sorted(request.seeds),
            # Left out at its default, so that cells of before it was a choice are not run again.
            **({} if request.encoder == DEFAULT_ENCODER else {"encoder": request.encoder}),
        }
        made += [_job({**bench, "arm": baseline}, digest) for baseline in request.baselines]
        made += [
            _job(
                {
                    **bench,
                    "arm": arm,
                    **parse_arm(arm)._asdict(),
                    "batch": batch,
                    "temperature": request.temperature,
                    "epochs": request.epochs,
                    "rate": request.rate,
                },
                digest,
            )
            for batch in sorted(request.batches, reverse=True)
            for arm in request.arms
        ]
    return made


def _job(parameters: dict[str, Any], digest: str) -> Job:
    return Job(
        evaluator="batch_sweep",
        evaluator_version=VERSION,
        task=Path(str(parameters["data"]).removeprefix("folder:")).name,
        checkpoint_digest="",
        dataset_digest=digest,
        parameters=parameters,
    )


def _ref(data: str) -> DatasetRef:
    return DatasetRef(data, kind="images")


def dataset_of(job: Job) -> DatasetRef:
    """Return the images."""
    return _ref(job.parameters["data"])


def session_key(job: Job) -> str:
    """Cells on the same images read them once."""
    return str(job.parameters["data"])


def open_session(
    folder: Path | None,
    jobs: Iterable[Job],
    load: Callable[[DatasetRef], Any],
    device: str | None,
    progress: Progress | None,
) -> PlainSession:
    """Read the images."""
    from evaluators.contrastive.cell import arm_cell, baseline_cell
    from evaluators.contrastive.images import ImageData, unchanged
    from evaluators.contrastive.train import Recipe

    read: list[ImageData] = []

    def run(job: Job) -> Result:
        if not read:
            read.append(load(dataset_of(job)))
        data = unchanged(read[0], job.dataset_digest)
        given = job.parameters
        encoder = given.get("encoder", DEFAULT_ENCODER)
        where = _device(encoder, device)
        if given["arm"] in BASELINES:
            return baseline_cell(
                data,
                given["arm"],
                given["seeds"],
                given["augmentation"],
                device=where,
                encoder=encoder,
            )
        what = f"{given['arm']}, batch {given['batch']}, {given['augmentation']}"
        recipe = Recipe(
            loss=given["loss"],
            dtype=given["dtype"],
            batch=given["batch"],
            augmentation=given["augmentation"],
            temperature=given["temperature"],
            epochs=given["epochs"],
            rate=given["rate"],
            encoder=encoder,
        )
        report = stage_progress(progress, what)
        return arm_cell(data, recipe, given["seeds"], device=where, report=report)

    return PlainSession(run)


def _device(encoder: str, asked: str | None) -> torch.device:
    """Return what was asked for; else the CPU for the small network, which is faster there."""
    import torch

    if asked is None and encoder != DEFAULT_ENCODER and torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device(asked or "cpu")
