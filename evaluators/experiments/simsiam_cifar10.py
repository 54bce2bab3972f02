"""Train SimSiam on CIFAR-10 as published, and without what should keep it from collapsing.

ResNet-18 learns for 800 epochs by SGD to tell one view of an image from another (Chen and He 2020,
arXiv:2011.10566, appendix D). It is meant for a GPU: a job is one network, and one that is killed
goes on where its state was saved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    from evaluators.experiments._resnet18 import SimSiam
    from evaluators.experiments._resumable import Bench

Arm = Literal["SimSiam", "no stop-gradient", "no predictor", "untrained"]
ARMS: tuple[Arm, ...] = get_args(Arm)
SPEEDLESS = ("no predictor", "untrained")
"""Arms that are the same whatever the predictor's speed."""

DATA = DatasetRef("cifar10", kind="images")
MEAN, SPREAD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
"""Of the colours of the training images."""

MOMENTUM, DECAY = 0.9, 5e-4


class SimsiamCifar10Request(Request):
    """The keys of an `evaluator: simsiam_cifar10` entry in a plan.

    Attributes:
        arms: `SimSiam`, what is left out of it, or `untrained` networks.
        speeds: Learning rates of the predictor, over that of the encoder; each is a setting.
        epochs: Epochs of training.
        batch: Images of a step.
        rate: Learning rate at a batch of 256; it falls to 0 along a cosine.
        width: Channels of the first stage of ResNet-18.
        outputs: Outputs of the projector; the predictor's hidden layer has a quarter of them.
        dtype: Number format of matrix products; weights stay in float32.
        seeds: Seeds of networks and views.
    """

    arms: Distinct[Arm] = ARMS
    speeds: Distinct[Positive] = (1.0,)
    epochs: Count = 800
    batch: AtLeastTwo = 512
    rate: Positive = 0.03
    width: Count = 64
    outputs: Count = 2048
    dtype: Literal["float32", "bfloat16"] = "float32"
    seeds: Seeds = (1000, 1001, 1002)


class SimsiamCifar10(Evaluator[SimsiamCifar10Request]):
    """The arms are what is left out of SimSiam; a seed draws a network and its views."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("epochs",)
    PUBLISHED = ("epochs", "batch", "rate", "width", "outputs")
    Request = SimsiamCifar10Request

    def dataset_of(self, job: Job) -> DatasetRef:
        return DATA

    def jobs(
        self, request: SimsiamCifar10Request, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each arm, speed and seed."""
        digest, speeds = digest_of(DATA), sorted(request.speeds)
        recipe = {key: getattr(request, key) for key in self.PUBLISHED}
        return [
            self.job(
                "cifar10, SGD, normalised",
                {"arm": arm, "speeds": list(at), **recipe},
                dataset_digest=digest,
                seed=seed,
                dtype=request.dtype,
            )
            for arm in request.arms
            for at in ([speeds] if arm in SPEEDLESS else [[speed] for speed in speeds])
            for seed in request.seeds
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.contrastive.one_thread import repeatable
        from evaluators.experiments._resumable import Bench

        data = session.load(DATA, job.dataset_digest)
        stage = f"{job.parameters['arm']} on CIFAR-10, seed {job.seed}"
        report = stage_progress(session.progress, stage)
        with repeatable():
            return measure(data, Bench.of(job, session), report=report, **job.parameters)


def measure(
    data: ImageData,
    bench: Bench,
    *,
    arm: Arm,
    speeds: Sequence[float],
    epochs: int,
    batch: int,
    rate: float,
    width: int,
    outputs: int,
    report: Report | None = None,
) -> Result:
    """Train one network and return how far its features of new images are spread.

    `spread` is the collapse number of the projector's outputs, 0 to 1, `variation` their root mean
    square about their mean, and `knn` the accuracy of five neighbours by the features of the
    backbone, whose neighbours are all training images.

    Args:
        data: CIFAR-10.
        bench: Device, number format and seed.
        arm: What is left out.
        speeds: Settings that the network stands for; the predictor has the first speed.
        epochs: Epochs of training.
        batch: Images of a step.
        rate: Learning rate at a batch of 256.
        width: Of ResNet-18.
        outputs: Of the projector.
        report: Called with the steps done and all of them.
    """
    from evaluators.batch_sweep.probes import neighbour_accuracy
    from evaluators.experiments._resnet18 import SimSiam, encoded
    from evaluators.experiments._siamese_networks import spreads, variations
    from evaluators.simcse.training import watch_peak

    peak = watch_peak(bench.device)
    model = bench.new(lambda: SimSiam(width, outputs, max(1, outputs // 4)))
    cost: dict[str, Any] = {"device": str(bench.device)}
    curve = None
    if arm != "untrained":
        trained = fit(
            model, data.train, bench, arm=arm, speed=speeds[0], epochs=epochs, batch=batch,
            rate=rate, report=report,
        )  # fmt: skip
        curve = trained.curve
        cost |= {
            "training_seconds": trained.seconds,
            "steps": curve.steps,
            "resumed_after_step": trained.resumed_after,
        }
    known, _ = encoded(model, normal(data.train), bench)
    features, outs = encoded(model, normal(data.test), bench)
    right = neighbour_accuracy(
        known.double().cpu().numpy(),
        data.train_labels.numpy(),
        features.double().cpu().numpy(),
        data.test_labels.numpy(),
        bench.device,
    )
    values: dict[str, Any] = {
        "spread": spreads(outs[None]),
        "variation": variations(outs[None]),
        "knn": right,
    }
    scores, curves = [], []
    for speed in speeds:
        arms = ArmScores(
            f"cifar10, predictor speed {speed:g}, epochs {epochs}, batch {batch}, width {width}"
        )
        for metric, value in values.items():
            arms.add(metric, float(value), len(data.test), arm=arm, seed=bench.seed)
        if curve is not None:
            arms.add_curve(curve, arm=arm, seeds=[bench.seed])
        scores += arms.scores
        curves += arms.curves
    return Result(tuple(scores), tuple(curves), {**cost, "peak_bytes": peak()})


def normal(images: Tensor) -> Tensor:
    """Return images (n, 3, H, W) as networks take them: about 0, with variance 1."""
    mean, spread = (images.new_tensor(each)[:, None, None] for each in (MEAN, SPREAD))
    return (images - mean) / spread


def fit(
    model: SimSiam,
    images: Tensor,
    bench: Bench,
    *,
    arm: Arm,
    speed: float,
    epochs: int,
    batch: int,
    rate: float,
    report: Report | None,
) -> Any:
    """Train a network on views of images, and return what is left besides its weights.

    Args:
        model: Trained in place.
        images: (n, 3, 32, 32), in 0 to 1.
        bench: Device, number format and seed.
        arm: What is left out.
        speed: Learning rate of the predictor over that of the encoder.
        epochs: Epochs of training.
        batch: Images of a step.
        rate: Learning rate at a batch of 256.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments._image_views import view
    from evaluators.experiments._resumable import Order, train

    order = Order(bench, len(images), batch)
    steps, largest = epochs * order.steps, rate * order.batch / 256
    seen = images.to(bench.device)
    encoder = [*model.backbone.parameters(), *model.projector.parameters()]
    groups = [
        {"params": encoder, "speed": 1.0},
        {"params": list(model.predictor.parameters()), "speed": speed},
    ]
    optimiser = torch.optim.SGD(groups, lr=largest, momentum=MOMENTUM, weight_decay=DECAY)
    model.train()

    def step(number: int, generator: torch.Generator) -> Tensor:
        falling = (1 + math.cos(math.pi * number / steps)) / 2
        for group in optimiser.param_groups:
            group["lr"] = largest * group["speed"] * falling
        chosen = seen[order.at(number)]
        views = [normal(view(chosen, generator)) for _ in range(2)]
        optimiser.zero_grad(set_to_none=True)
        with bench.autocast():
            loss = loss_of(model, views, arm)
        torch.autograd.backward(loss)
        optimiser.step()
        return loss

    return train(
        step,
        bench,
        steps=steps,
        modules={"simsiam": model},
        optimisers={"sgd": optimiser},
        report=report,
    )


def loss_of(model: SimSiam, views: Sequence[Tensor], arm: Arm) -> Tensor:
    """Return the mean negative cosine of each view's prediction with the other's target, ().

    The two views pass by themselves, so that each is normalised over its own batch.
    """
    from torch.nn.functional import cosine_similarity

    outs = [model.projector(model.backbone(each)) for each in views]
    told = outs if arm == "no predictor" else [model.predictor(out) for out in outs]
    targets = outs if arm == "no stop-gradient" else [out.detach() for out in outs]
    cosines = [
        cosine_similarity(one.float(), other.float(), dim=1).mean()
        for one, other in zip(told, targets[::-1], strict=True)
    ]
    return -torch.stack(cosines).mean()
