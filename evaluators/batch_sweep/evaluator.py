"""Contrastive losses against batch size, precision and augmentation, over many seeds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from evaluators.batch_sweep import AUGMENTATION_NAMES, BASELINES, ENCODER_NAMES
from evaluators.contrastive.names import ArmName, parse_arm
from evaluators.evaluator import (
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
    known,
)
from evaluators.job import Job
from evaluators.names import validate_known
from evaluators.progress import stage_progress
from evaluators.result import Result

if TYPE_CHECKING:
    import torch

DEFAULT_ENCODER = "mlp"


class BatchSweepRequest(Request):
    """The keys of an `evaluator: batch_sweep` entry in a plan.

    Attributes:
        data: `digits`, which ship with scikit-learn; `cifar10`, from a mirror or the hub; or
            `folder:<path>`, a folder of images with one subfolder a class.
        arms: Loss and the number format that it is computed in, as `loss/dtype`.
        batches: Batch sizes, each at least 2: a batch of one has no negatives.
        seeds: Seeds; each trains one network, and all networks of a cell train together.
        augmentations: `weak`, `ordinary`, or `simclr`: crops, flips and colours.
        baselines: Baselines that are measured too: `raw` pixels, `random` networks.
        temperature: Number that cosines are divided by.
        epochs: Number of training epochs, the same at every batch size.
        rate: Learning rate of Adam at a batch of 64; it grows with the root of the batch.
        encoder: `mlp`, or `resnet` (ResNet-8) or `resnet18` with GroupNorm, for a GPU.
    """

    data: str = "digits"
    arms: tuple[ArmName, ...] = (
        "infonce/float32",
        "infonce/float64",
        "infonce-log1p/float32",
        "flatnce/float32",
        "flatnce/float64",
        "dcl/float32",
    )
    batches: Distinct[Annotated[int, Field(ge=2)]] = (4, 16, 256)
    seeds: Seeds = (10, 11, 12, 13, 14, 15, 16)
    augmentations: Distinct[Annotated[str, known("augmentation", AUGMENTATION_NAMES)]] = (
        "weak",
        "ordinary",
    )
    baselines: Annotated[tuple[str, ...], known("baseline", BASELINES)] = BASELINES
    temperature: Positive = 0.1
    epochs: Count = 20
    rate: Positive = 1e-3
    encoder: Annotated[str, known("encoder", ENCODER_NAMES)] = DEFAULT_ENCODER

    @field_validator("data")
    @classmethod
    def _known_data(cls, data: str) -> str:
        kind, _, path = data.partition(":")
        validate_known("kind of data", [kind], ("digits", "cifar10", "folder"))
        if (kind == "folder") != bool(path):
            raise ValueError(f"data must be digits, cifar10 or folder:<path>, got {data!r}")
        return data


class BatchSweep(Evaluator[BatchSweepRequest]):
    """Trains its own networks; one job is an arm at a batch size, with all its seeds."""

    VERSION = "2"
    BUDGET = ("epochs",)
    Request = BatchSweepRequest
    apart = ("augmentations",)

    def label(self, request: BatchSweepRequest) -> str:
        return request.data

    def dataset_of(self, job: Job) -> DatasetRef:
        return _images(job.parameters["data"])

    def session_key(self, job: Job) -> str:
        """Return the data's name, so that jobs on the same images read them once."""
        return str(job.parameters["data"])

    def jobs(
        self, request: BatchSweepRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each cell: baselines first, then arms at each batch size."""
        digest = digest_of(_images(request.data))
        task = Path(request.data.removeprefix("folder:")).name
        jobs = []
        for augmentation in request.augmentations:
            bench: dict[str, Any] = {
                "data": request.data,
                "augmentation": augmentation,
                "seeds": sorted(request.seeds),
                # Left out at its default, so that jobs from before this key keep their keys.
                **({} if request.encoder == DEFAULT_ENCODER else {"encoder": request.encoder}),
            }
            cells: list[dict[str, Any]] = [{"arm": baseline} for baseline in request.baselines]
            cells += [
                {
                    "arm": arm,
                    **parse_arm(arm)._asdict(),
                    "batch": batch,
                    "temperature": request.temperature,
                    "epochs": request.epochs,
                    "rate": request.rate,
                }
                for batch in sorted(request.batches, reverse=True)
                for arm in request.arms
            ]
            jobs += [self.job(task, {**bench, **cell}, dataset_digest=digest) for cell in cells]
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.batch_sweep.cell import arm_cell, baseline_cell
        from evaluators.batch_sweep.training import Recipe

        data = session.load(self.dataset_of(job), job.dataset_digest)
        params = job.parameters
        arm, augmentation, seeds = params["arm"], params["augmentation"], params["seeds"]
        encoder = params.get("encoder", DEFAULT_ENCODER)
        device = _device(encoder, session.device)
        if arm in BASELINES:
            return baseline_cell(data, arm, seeds, augmentation, device=device, encoder=encoder)
        recipe = Recipe(
            loss=params["loss"],
            dtype=params["dtype"],
            batch=params["batch"],
            augmentation=augmentation,
            temperature=params["temperature"],
            epochs=params["epochs"],
            rate=params["rate"],
            encoder=encoder,
        )
        report = stage_progress(session.progress, f"{arm}, batch {recipe.batch}, {augmentation}")
        return arm_cell(data, recipe, seeds, device=device, report=report)


def _images(data: str) -> DatasetRef:
    return DatasetRef(data, kind="images")


def _device(encoder: str, name: str | None) -> torch.device:
    """Return the named device, else the CPU for the small network, which is faster there."""
    import torch

    if name is None and encoder != DEFAULT_ENCODER and torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device(name or "cpu")
