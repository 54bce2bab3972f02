"""Train variational autoencoders on MNIST with one latent and with more, as IWAE's paper does.

784-200-200-50 with tanh between the layers and pixels that are drawn anew, black or white, for each
batch (Burda, Grosse and Salakhutdinov 2015, arXiv:1509.00519, one stochastic layer). The density of
test images is estimated with 5,000 latents each. A job is one network; ten million small steps make
a long training, and one that is killed goes on where its state was saved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

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
    from evaluators.experiments._iwae import Autoencoder
    from evaluators.experiments._resumable import Bench, Trained

Arm = Literal["vae", "iwae"]
ARMS: tuple[Arm, ...] = get_args(Arm)

DATA = DatasetRef("mnist", kind="images")
EPSILON = 1e-4
"""Of Adam, as published."""


class VaeMnistRequest(Request):
    """The keys of an `evaluator: vae_mnist` entry in a plan.

    Attributes:
        arms: `vae`, with one latent behind the loss, and `iwae`, with more.
        importance: Latents behind the loss of `iwae`; each is a setting.
        stages: Stages of training: stage i, from 0, has 3^i epochs at a rate of 10^(−i/7) times
            the first.
        batch: Images of a step.
        rate: Learning rate of Adam in the first stage.
        hidden: Width of the two hidden layers on either side.
        latents: Number of latent coordinates.
        samples: Latents behind the estimate of the density of an image.
        dtype: Number format of matrix products; weights stay in float32.
        seeds: Seeds of networks, pixels and latents.
    """

    arms: Distinct[Arm] = ARMS
    importance: Distinct[AtLeastTwo] = (5, 50)
    stages: Count = 8
    batch: Count = 20
    rate: Positive = 1e-3
    hidden: Count = 200
    latents: Count = 50
    samples: Count = 5000
    dtype: Literal["float32", "bfloat16"] = "float32"
    seeds: Seeds = (1000, 1001, 1002)


class VaeMnist(Evaluator[VaeMnistRequest]):
    """The arms are ways of training; a seed draws a network and its latents."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("stages", "samples")
    PUBLISHED = ("stages", "batch", "rate", "hidden", "latents")
    Request = VaeMnistRequest

    def dataset_of(self, job: Job) -> DatasetRef:
        return DATA

    def jobs(
        self, request: VaeMnistRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each arm, number of latents behind the loss and seed."""
        digest, every = digest_of(DATA), sorted(request.importance)
        common = {key: getattr(request, key) for key in (*self.PUBLISHED, "samples")}
        return [
            self.job(
                "mnist",
                {"arm": arm, "importance": list(numbers), **common},
                dataset_digest=digest,
                seed=seed,
                dtype=request.dtype,
            )
            for arm in request.arms
            for numbers in ([every] if arm == "vae" else [[number] for number in every])
            for seed in request.seeds
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.contrastive.one_thread import repeatable
        from evaluators.experiments._resumable import Bench

        data = session.load(DATA, job.dataset_digest)
        stage = f"{job.parameters['arm']} on MNIST, seed {job.seed}"
        report = stage_progress(session.progress, stage)
        with repeatable():
            return measure(data, Bench.of(job, session), report=report, **job.parameters)


def measure(
    data: ImageData,
    bench: Bench,
    *,
    arm: Arm,
    importance: Sequence[int],
    stages: int,
    batch: int,
    rate: float,
    hidden: int,
    latents: int,
    samples: int,
    report: Report | None = None,
) -> Result:
    """Train one network and return what it says of test images.

    `log_p` is the estimate of log p(x) in nats and `elbo` the same with one latent, both of pixels
    drawn once; `ess` is the effective sample size as a share of the latents, and `active` the
    number of latent coordinates whose mean has a variance above 0.01 over images.

    Args:
        data: MNIST.
        bench: Device, number format and seed.
        arm: The way of training.
        importance: Settings that the network stands for; `iwae` trains with the first.
        stages: Stages of training.
        batch: Images of a step.
        rate: Learning rate at first.
        hidden: Width of hidden layers.
        latents: Latent coordinates.
        samples: Latents of an estimate.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments._iwae import Autoencoder, estimates
    from evaluators.simcse.training import watch_peak

    peak = watch_peak(bench.device)
    pixels = data.train.flatten(1)
    model = bench.new(lambda: Autoencoder(hidden, latents, pixels.mean(dim=0)))
    number = 1 if arm == "vae" else importance[0]
    trained = fit(
        model, pixels, bench, samples=number, stages=stages, batch=batch, rate=rate, report=report
    )
    found = estimates(model, data.test.flatten(1), samples, bench)
    scores, curves = [], []
    for each in importance:
        arms = ArmScores(f"mnist, importance {each}, stages {stages}, hidden {hidden}")
        for metric, value in found.items():
            arms.add(metric, value, len(data.test), arm=arm, seed=bench.seed)
        arms.add_curve(trained.curve, arm=arm, seeds=[bench.seed])
        scores += arms.scores
        curves += arms.curves
    cost = {
        "device": str(bench.device),
        "training_seconds": trained.seconds,
        "resumed_after_step": trained.resumed_after,
        "peak_bytes": peak(),
    }
    return Result(tuple(scores), tuple(curves), cost)


def rate_in(epoch: int, rate: float) -> float:
    """Return the learning rate of an epoch, from 0: the stages have 1, 3, 9 … epochs."""
    stage = math.floor(math.log(2 * epoch + 1, 3) + 1e-9)
    return rate * 10 ** (-stage / 7)


def fit(
    model: Autoencoder,
    pixels: Tensor,
    bench: Bench,
    *,
    samples: int,
    stages: int,
    batch: int,
    rate: float,
    report: Report | None = None,
) -> Trained:
    """Train a network on −log (1/M) Σ weights.

    Args:
        model: Trained in place.
        pixels: Probabilities of white, (n, 784).
        bench: Device, number format and seed.
        samples: M.
        stages: Stages of training.
        batch: Images of a step.
        rate: Learning rate at first.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments._resumable import Order, train

    order, seen = Order(bench, len(pixels), batch), pixels.to(bench.device)
    epochs = (3**stages - 1) // 2
    optimiser = torch.optim.Adam(model.parameters(), lr=rate, eps=EPSILON)
    model.train()

    def step(number: int, generator: torch.Generator) -> Tensor:
        for group in optimiser.param_groups:
            group["lr"] = rate_in(number // order.steps, rate)
        points = torch.bernoulli(seen[order.at(number)], generator=generator)
        size = (len(points), samples, model.latents)
        noise = torch.randn(size, generator=generator, device=bench.device)
        optimiser.zero_grad(set_to_none=True)
        with bench.autocast():
            weights = model.log_weights(points, noise)
        loss = math.log(samples) - weights.logsumexp(dim=1).mean()
        torch.autograd.backward(loss)
        optimiser.step()
        return loss

    return train(
        step,
        bench,
        steps=epochs * order.steps,
        modules={"autoencoder": model},
        optimisers={"adam": optimiser},
        report=report,
    )
