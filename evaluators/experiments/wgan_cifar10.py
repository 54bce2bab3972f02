"""Train residual Wasserstein GANs on CIFAR-10 whose critics are held down in different ways.

Networks, optimiser and recipe are the published ones (Gulrajani and others 2017, arXiv:1704.00028,
appendix F; Miyato and others 2018, arXiv:1802.05957): five steps of the critic for each of 100,000
of the generator. It is meant for a GPU: a job is one pair of networks, and one that is killed goes
on where its state was saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

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
from evaluators.experiments.wgan_critics import (
    CONSTRAINTS,
    LOOKS,
    Constraint,
    Look,
    relative_error,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.batch_sweep.images import ImageData
    from evaluators.experiments._critics import Form
    from evaluators.experiments._image_features import Judge
    from evaluators.experiments._resumable import Bench

DATA = DatasetRef("cifar10", kind="images")

BETAS = (0.0, 0.9)
LIMIT = 0.01
"""Largest weight of `clip`, as published."""

STRENGTH = 10.0
"""λ of `penalty`, as published."""

OFTEN = 2
"""Made images of a generator's step, over those of a critic's."""

COMPARED, LOOKED = 512, 256
"""Images behind the exact distance after training, and behind each look at quality on the way."""


class WganCifar10Request(Request):
    """The keys of an `evaluator: wgan_cifar10` entry in a plan.

    Attributes:
        constraints: What holds the critic down; each is an arm.
        critic_steps: Steps of the critic for each one of the generator.
        steps: Steps of the generator.
        batch: Real images, and as many made ones, in a step of the critic.
        rate: Learning rate of both, which falls to 0 in a straight line.
        generator_width: Channels of the generator.
        critic_width: Channels of the critic.
        samples: Images that are compared with the test images at the end.
        classifier_epochs: Epochs of the classifier whose features are compared.
        dtype: Number format of matrix products; weights stay in float32.
        seeds: Seeds of networks, data and noise.
    """

    constraints: Distinct[Constraint] = CONSTRAINTS
    critic_steps: Count = 5
    steps: Count = 100_000
    batch: AtLeastTwo = 64
    rate: Positive = 2e-4
    generator_width: Count = 256
    critic_width: Count = 128
    samples: AtLeastTwo = 10_000
    classifier_epochs: Count = 20
    dtype: Literal["float32", "bfloat16"] = "float32"
    seeds: Seeds = (1000, 1001, 1002)


class WganCifar10(Evaluator[WganCifar10Request]):
    """The arms are what holds a critic down; a seed draws a pair of networks."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("steps", "samples")
    PUBLISHED = ("steps", "critic_steps", "batch", "rate", "generator_width", "critic_width")
    Request = WganCifar10Request

    def dataset_of(self, job: Job) -> DatasetRef:
        return DATA

    def jobs(
        self, request: WganCifar10Request, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each arm and seed."""
        digest = digest_of(DATA)
        keys = (*self.PUBLISHED, "samples", "classifier_epochs")
        common = {key: getattr(request, key) for key in keys}
        return [
            self.job(
                "cifar10",
                {"constraint": constraint, **common},
                dataset_digest=digest,
                seed=seed,
                dtype=request.dtype,
            )
            for constraint in request.constraints
            for seed in request.seeds
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.contrastive.one_thread import repeatable
        from evaluators.experiments._image_features import Judge
        from evaluators.experiments._resumable import Bench

        data = session.load(DATA, job.dataset_digest)
        bench, params = Bench.of(job, session), dict(job.parameters)
        epochs, samples = params.pop("classifier_epochs"), params.pop("samples")
        stage = f"WGAN on CIFAR-10, {params['constraint']}, seed {job.seed}"
        report = stage_progress(session.progress, stage)
        with repeatable():
            judge = session.share(("judge", epochs), lambda: Judge(data, bench, epochs))
            return measure(ImageGan(data, bench, **params), judge, samples, report)


def measure(gan: ImageGan, judge: Judge, samples: int, report: Report | None = None) -> Result:
    """Train a pair of networks and return its scores.

    `energy` is the energy distance of the classifier's features of made from those of test images,
    as a share of its largest value, and `kernel` their kernel distance. The other metrics are those
    of `wgan_critics`, by exact distances of pixels.

    Args:
        gan: The networks.
        judge: Gives features.
        samples: Images that are compared at the end.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments._image_features import energy_share, kernel_distance
    from evaluators.simcse.training import watch_peak

    peak = watch_peak(gan.bench.device)
    cost = gan.train(judge, report)
    scores = ArmScores(
        f"cifar10, critic steps {gan.critic_steps}, steps {gan.steps}, batch {gan.batch},"
        f" rate {gan.rate:g}, width {gan.critic_width}"
    )
    made = gan.made(samples)
    features = judge.features(gan.as_images(made))
    count = min(COMPARED, len(gan.compared), samples)
    last = gan.look(gan.compared[None, :count], made[None, :count].to(gan.bench.device))
    looks = [Look(*row[:, None]) for row in gan.looks]
    measured = {
        "energy": (energy_share(features, judge.real), samples),
        "kernel": (kernel_distance(judge.real, features), samples),
        "sample_error": (float(relative_error([last])[0]), count),
        "batch_error": (float(relative_error(looks[len(looks) // 2 :])[0]), gan.batch),
        "megaflops": (float(gan.flops) / 1e6, gan.batch),
    }
    arm, seed = gan.constraint, gan.bench.seed
    for metric, (value, n) in measured.items():
        scores.add(metric, value, n, arm=arm, seed=seed)
    scores.add_curve(TrainingCurve.of(gan.energies[:, None]), arm=arm, seeds=[seed])
    cost |= {"classifier_accuracy": judge.accuracy, "peak_bytes": peak()}
    return Result(tuple(scores.scores), tuple(scores.curves), cost)


class ImageGan:
    """A generator and a critic of images.

    Args:
        data: CIFAR-10.
        bench: Device, number format and seed.
        constraint: What holds the critic down.
        steps: Steps of the generator.
        critic_steps: Steps of the critic for each of them.
        batch: Real images of a step.
        rate: Learning rate of both at the start.
        generator_width: Channels of the generator.
        critic_width: Channels of the critic.
    """

    def __init__(
        self,
        data: ImageData,
        bench: Bench,
        *,
        constraint: Constraint,
        steps: int,
        critic_steps: int,
        batch: int,
        rate: float,
        generator_width: int,
        critic_width: int,
    ) -> None:
        from evaluators.experiments._critics import FORMS
        from evaluators.experiments._sngan import Critic, Generator

        self.bench, self.constraint = bench, constraint
        self.steps, self.critic_steps, self.batch = steps, critic_steps, batch
        self.rate, self.critic_width, self._shape = rate, critic_width, data.image_shape
        self.form: Form = next((form for form in FORMS if form == constraint), "plain")
        self._real = self._as_rows(data.train)
        self.compared = self._as_rows(data.test)
        spectral = constraint == "spectral"
        self.generator = bench.new(lambda: Generator(generator_width))
        self.critic = bench.new(lambda: Critic(critic_width, spectral=spectral))
        count = min(LOOKS, steps)
        self.looks = torch.zeros(count, 2, dtype=torch.float64)
        self.energies = torch.zeros(count, dtype=torch.float64)
        self.flops = torch.zeros((), dtype=torch.float64)

    def _as_rows(self, images: Tensor) -> Tensor:
        return (2 * images.flatten(1) - 1).to(self.bench.device)

    def as_images(self, rows: Tensor) -> Tensor:
        """Return images (n, 3, 32, 32) of rows (n, 3,072)."""
        return rows.view(-1, *self._shape)

    def made(self, count: int, at_once: int = 500) -> Tensor:
        """Return images that the generator makes, as rows (count, 3,072) on the CPU."""
        from evaluators.experiments._resumable import SAMPLES

        generator = self.bench.generator(SAMPLES)
        self.generator.eval()
        parts = []
        for start in range(0, count, at_once):
            noise = self._noise(min(at_once, count - start), generator)
            with torch.no_grad(), self.bench.autocast():
                parts.append(self.generator(noise).cpu())
        self.generator.train()
        return torch.cat(parts)

    def _noise(self, count: int, generator: torch.Generator) -> Tensor:
        from evaluators.experiments._sngan import LATENT

        return torch.randn(count, LATENT, generator=generator, device=self.bench.device)

    def _drawn(self, generator: torch.Generator) -> Tensor:
        """Return real images, (1, batch, 3,072)."""
        places = torch.randint(
            len(self._real), (self.batch,), generator=generator, device=self.bench.device
        )
        return self._real[places][None]

    def optimisers(self) -> dict[str, torch.optim.Optimizer]:
        """Return new optimisers of critic and generator."""
        return {
            name: torch.optim.Adam(module.parameters(), lr=self.rate, betas=BETAS)
            for name, module in (("critic", self.critic), ("generator", self.generator))
        }

    def train(self, judge: Judge, report: Report | None = None) -> dict[str, Any]:
        """Train to the end, and return what it cost; the judge gives features on the way."""
        from evaluators.experiments._resumable import train
        from evaluators.experiments._sngan import Operations

        optimisers = self.optimisers()

        def step(number: int, generator: torch.Generator) -> Tensor:
            for optimiser in optimisers.values():
                for group in optimiser.param_groups:
                    group["lr"] = self.rate * (1 - number / self.steps)
            if number:
                loss = self.take_round(optimisers, generator)
            else:
                with Operations() as counted:
                    loss = self.take_round(optimisers, generator)
                self.flops.fill_(counted.total)
            looked = number * len(self.looks) // self.steps
            if (number + 1) * len(self.looks) // self.steps > looked:
                self._take_look(judge, looked, generator)
            return loss

        found = train(
            step,
            self.bench,
            steps=self.steps,
            modules={"generator": self.generator, "critic": self.critic},
            optimisers=optimisers,
            records={"looks": self.looks, "energies": self.energies, "flops": self.flops},
            report=report,
        )
        return {
            "device": str(self.bench.device),
            "seconds": found.seconds,
            "resumed_after_step": found.resumed_after,
        }

    def _take_look(self, judge: Judge, place: int, generator: torch.Generator) -> None:
        from evaluators.experiments._image_features import energy_share

        self.generator.eval()
        with torch.no_grad(), self.bench.autocast():
            made = self.generator(self._noise(max(self.batch, LOOKED), generator))
        self.generator.train()
        look = self.look(self._drawn(generator), made[None, : self.batch])
        self.looks[place] = torch.cat(look)
        features = judge.features(self.as_images(made[:LOOKED]))
        self.energies[place] = energy_share(features, judge.real[:LOOKED])

    def take_round(
        self, optimisers: Mapping[str, torch.optim.Optimizer], generator: torch.Generator
    ) -> Tensor:
        """Take the steps of the critic and one of the generator; return the generator's loss."""
        critics, generators = optimisers["critic"], optimisers["generator"]
        for _ in range(self.critic_steps):
            real = self._drawn(generator)
            with torch.no_grad(), self.bench.autocast():
                made = self.generator(self._noise(self.batch, generator))[None]
            critics.zero_grad(set_to_none=True)
            with self.bench.autocast():
                loss = self._penalty(real, made, generator) - self.distance(real, made)
            torch.autograd.backward(loss.sum())
            critics.step()
            if self.constraint == "clip":
                with torch.no_grad():
                    for each in self.critic.parameters():
                        each.clamp_(-LIMIT, LIMIT)
        real = self._drawn(generator)
        generators.zero_grad(set_to_none=True)
        with self.bench.autocast():
            made = self.generator(self._noise(OFTEN * self.batch, generator))[None]
            loss = self._generator_loss(real, made).sum()
        torch.autograd.backward(loss)
        generators.step()
        return loss

    def distance(self, real: Tensor, made: Tensor) -> Tensor:
        """Return what the critic takes for the distance of two batches (1, n, 3,072), (1,)."""
        from evaluators.experiments._critics import c_transform, values_of

        if self.constraint == "c-transform":
            potentials, transformed = c_transform(self.critic, real, made)
            return potentials.mean(dim=1) + transformed.mean(dim=1)
        values = values_of(self.form, self.critic, torch.cat([real, made], dim=1))
        split = real.shape[1]
        return values[:, :split].mean(dim=1) - values[:, split:].mean(dim=1)

    def _penalty(self, real: Tensor, made: Tensor, generator: torch.Generator) -> Tensor:
        from evaluators.experiments._critics import gradient_penalty

        # Drawn by all arms, so that all see the same data and noise.
        shares = torch.rand(1, self.batch, 1, generator=generator, device=self.bench.device)
        if self.constraint != "penalty":
            return torch.zeros(1, device=self.bench.device)
        return STRENGTH * gradient_penalty(self.critic, real, made, shares)

    def _generator_loss(self, real: Tensor, made: Tensor) -> Tensor:
        from evaluators.experiments._critics import c_transform, values_of

        if self.constraint == "c-transform":
            return c_transform(self.critic, real, made)[1].mean(dim=1)
        return -values_of(self.form, self.critic, made).mean(dim=1)

    def look(self, real: Tensor, made: Tensor) -> Look:
        """Return the critic's distance of two batches (1, n, 3,072) and the exact one, on the CPU.

        What a spectral norm learns in a pass stays as it is.
        """
        from evaluators.experiments.batch_wasserstein import wasserstein

        exact = wasserstein(*(side[0].double().cpu().numpy() for side in (real, made)))
        self.critic.eval()
        with self.bench.autocast():
            estimate = self.distance(real, made).detach().double().cpu()
        self.critic.train()
        return Look(estimate, torch.tensor([exact]))
