"""Train DDPM on CIFAR-10 as published, with the published number of steps T and with fewer.

A U-Net of 35.7 million parameters learns for 800,000 updates of 128 images (Ho, Jain and Abbeel
2020, arXiv:2006.11239, appendix B); images are made by the exponential mean of its weights. It is
meant for a GPU: a job is one network, and one that is killed goes on where its state was saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.batch_sweep.images import ImageData
    from evaluators.experiments._diffusion import Schedule
    from evaluators.experiments._image_features import Judge
    from evaluators.experiments._resumable import Bench, Trained
    from evaluators.experiments._unet import UNet

Arm = Literal["rescaled", "constant"]
ARMS: tuple[Arm, ...] = get_args(Arm)

DATA = DatasetRef("cifar10", kind="images")
WARMUP, CLIP, AVERAGED = 5000, 1.0, 0.9999
"""Updates over which the rate rises, largest norm of a gradient, and share of the mean of weights
that an update keeps."""


class DdpmCifar10Request(Request):
    """The keys of an `evaluator: ddpm_cifar10` entry in a plan.

    Attributes:
        arms: Schedules: `rescaled` is the published one, the same way in T steps; with `constant`
            steps stay as large however many there are.
        steps: Numbers of steps T; each is a setting.
        updates: Updates of every network, whatever T is.
        batch: Images of an update.
        rate: Learning rate of Adam, after a rise over 5,000 updates.
        width: Channels of the U-Net's first resolution.
        dropout: Dropout rate in the U-Net.
        samples: Images that each network makes.
        classifier_epochs: Epochs of the classifier whose features are compared.
        dtype: Number format of matrix products; weights stay in float32.
        seeds: Seeds of networks and noise.
    """

    arms: Distinct[Arm] = ARMS
    steps: Distinct[AtLeastTwo] = (10, 100, 1000)
    updates: Count = 800_000
    batch: Count = 128
    rate: Positive = 2e-4
    width: AtLeastTwo = 128
    dropout: float = 0.1
    samples: AtLeastTwo = 10_000
    classifier_epochs: Count = 20
    dtype: Literal["float32", "bfloat16"] = "float32"
    seeds: Seeds = (1000, 1001, 1002)


class DdpmCifar10(Evaluator[DdpmCifar10Request]):
    """The arms are schedules; a seed draws a network, its noise and its images."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("updates", "samples")
    PUBLISHED = ("updates", "batch", "rate", "width", "dropout")
    Request = DdpmCifar10Request

    def dataset_of(self, job: Job) -> DatasetRef:
        return DATA

    def jobs(
        self, request: DdpmCifar10Request, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each T, arm and seed."""
        digest = digest_of(DATA)
        keys = (*self.PUBLISHED, "samples", "classifier_epochs")
        common = {key: getattr(request, key) for key in keys}
        return [
            self.job(
                "cifar10",
                {"arm": arm, "steps": steps, **common},
                dataset_digest=digest,
                seed=seed,
                dtype=request.dtype,
            )
            for steps in sorted(request.steps)
            for arm in request.arms
            for seed in request.seeds
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.contrastive.one_thread import repeatable
        from evaluators.experiments._image_features import Judge
        from evaluators.experiments._resumable import Bench

        data = session.load(DATA, job.dataset_digest)
        bench, params = Bench.of(job, session), dict(job.parameters)
        epochs = params.pop("classifier_epochs")
        stage = f"DDPM on CIFAR-10, {params['arm']}, T {params['steps']}, seed {job.seed}"
        report = stage_progress(session.progress, stage)
        with repeatable():
            judge = session.share(("judge", epochs), lambda: Judge(data, bench, epochs))
            return measure(data, judge, bench, report=report, **params)


def measure(
    data: ImageData,
    judge: Judge,
    bench: Bench,
    *,
    arm: Arm,
    steps: int,
    updates: int,
    batch: int,
    rate: float,
    width: int,
    dropout: float,
    samples: int,
    report: Report | None = None,
) -> Result:
    """Train one network and return how far the images that it makes are from new ones.

    `distance` is the energy distance of the classifier's features from those of the test images,
    `kernel` their kernel distance. The arm `training data` is as many training images.

    Args:
        data: CIFAR-10.
        judge: Gives features.
        bench: Device, number format and seed.
        arm: Name of the schedule.
        steps: T.
        updates: Steps of training.
        batch: Images of an update.
        rate: Learning rate of Adam.
        width: Of the U-Net.
        dropout: In the U-Net.
        samples: Images that are made.
        report: Called with the updates done and all of them.
    """
    from evaluators.experiments._diffusion import Schedule
    from evaluators.experiments._image_features import energy_distance, kernel_distance
    from evaluators.experiments._unet import UNet, sample
    from evaluators.simcse.training import watch_peak

    peak = watch_peak(bench.device)
    schedule = {"rescaled": Schedule.rescaled, "constant": Schedule.constant}[arm](steps)
    side = data.image_shape[1]
    network = bench.new(lambda: UNet(width, side, dropout))
    trained, mean = fit(
        network, data.train, schedule, bench, updates=updates, batch=batch, rate=rate, report=report
    )
    made = sample(mean, schedule, samples, data.image_shape, bench)
    scores = ArmScores(f"cifar10, T {steps}, updates {updates}, batch {batch}, width {width}")
    compared = {arm: made, "training data": 2 * data.train[:samples] - 1}
    for name, images in compared.items():
        features = judge.features(images)
        for metric, distance in (("distance", energy_distance), ("kernel", kernel_distance)):
            value = distance(features, judge.real)
            scores.add(metric, value, len(images), arm=name, seed=bench.seed)
    scores.add_curve(trained.curve, arm=arm, seeds=[bench.seed])
    cost = {
        "device": str(bench.device),
        "training_seconds": trained.seconds,
        "resumed_after_step": trained.resumed_after,
        "classifier_accuracy": judge.accuracy,
        "parameters": sum(part.numel() for part in network.parameters()),
        "peak_bytes": peak(),
    }
    return Result(tuple(scores.scores), tuple(scores.curves), cost)


def fit(
    network: UNet,
    images: Tensor,
    schedule: Schedule,
    bench: Bench,
    *,
    updates: int,
    batch: int,
    rate: float,
    report: Report | None = None,
) -> tuple[Trained, UNet]:
    """Train a network to tell the noise in images; return its losses, and its mean over updates.

    Args:
        network: Trained in place.
        images: (n, C, H, W), in 0 to 1; half of those of an update are flipped.
        schedule: How much noise there is at each of the T steps.
        bench: Device, number format and seed.
        updates: Steps of training.
        batch: Images of an update.
        rate: Learning rate of Adam.
        report: Called with the updates done and all of them.
    """
    from copy import deepcopy

    from evaluators.experiments._resumable import Order, train
    from evaluators.experiments._unet import stretched

    mean = deepcopy(network).requires_grad_(False).eval()
    order, last = Order(bench, len(images), batch), len(schedule.alpha) - 1
    seen = images.to(bench.device)
    kept, after = (
        part.float().to(bench.device)[:, None, None, None]
        for part in (schedule.alpha_bar, schedule.beta_bar)
    )
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    network.train()

    def step(number: int, generator: torch.Generator) -> Tensor:
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (number + 1) / WARMUP)
        clean = 2 * seen[order.at(number)] - 1
        drawn: dict[str, Any] = {"generator": generator, "device": bench.device}
        flipped = torch.rand(len(clean), 1, 1, 1, **drawn) < 0.5
        clean = torch.where(flipped, clean.flip(3), clean)
        times = torch.randint(1, last + 1, (len(clean),), **drawn)
        noise = torch.randn(clean.shape, **drawn)
        mixed = kept[times] * clean + after[times] * noise
        optimiser.zero_grad(set_to_none=True)
        with bench.autocast():
            told = network(mixed, stretched(times, last))
        loss: Tensor = (told.float() - noise).square().mean()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        with torch.no_grad():
            pairs = zip(mean.parameters(), network.parameters(), strict=True)
            for average, value in pairs:
                average.lerp_(value, 1 - AVERAGED)
        return loss

    trained = train(
        step,
        bench,
        steps=updates,
        modules={"network": network, "mean": mean},
        optimisers={"adam": optimiser},
        report=report,
    )
    return trained, mean
