"""Train S networks in one pass, score them between steps, and go on after a kill with equal bits.

What belongs to one network stays with it: its gradient is clipped by its own norm, its rate is its
own, and where its loss or gradient is not finite it gets no more gradients and is marked, while the
others train on. All weights lie in one table (S, P), so that an optimiser's step is a few
operations, however many layers there are.

    model = Transformer(seeds, Shape(vocabulary=stream.vocabulary, length=64))
    batches = Causal([stream] * len(seeds), seeds, batch=16, length=64, scored=64)
    trained = train(model, batches, seeds, [1e-3] * len(seeds), Recipe(steps=500))
    losses = trained.score("test")  # (S,)

Another model extends `networks.LanguageModel`; other data have the two methods of
`batches.Batches`, with classes (S, B) as targets for sequences with labels; another loss is a
function of model and batch that returns (S,), `loss=` below.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from evaluators.errors import TrainingError
from evaluators.language_models.batches import Batch, Batches, Part
from evaluators.language_models.networks import LanguageModel
from evaluators.progress import Report
from evaluators.trainer.training import state
from evaluators.trainer.training.loop import load_state, set_rate, state_tensors
from evaluators.trainer.training.recipe import rate_at
from evaluators.training_curve import TrainingCurve

Schedule = Literal["linear", "cosine", "constant"]
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
Loss = Callable[[LanguageModel, Batch], Tensor]


@dataclass(frozen=True)
class Recipe:
    """Settings of a training.

    Attributes:
        steps: Number of steps.
        warmup: Share of the steps in which rates rise from 0; 0 begins with the largest.
        schedule: What rates do then: fall to 0 `linear` or as a `cosine`, or stay `constant`.
        decay: Weight decay of matrices; vectors, as biases and gains, have none.
        clip: Largest norm of a network's gradient; 0 does not clip.
        betas: Of AdamW.
        every: Steps between two evaluations, each of which saves the state; None evaluates at the
            end only.
        selection: Which weights remain: the `last`, or the `best` of those evaluated on the
            validation part, for each network by itself.
        dtype: Number format of forward passes; weights stay in float32.
    """

    steps: int
    warmup: float = 0.1
    schedule: Schedule = "linear"
    decay: float = 0.01
    clip: float = 1.0
    betas: tuple[float, float] = (0.9, 0.98)
    every: int | None = None
    selection: Literal["last", "best"] = "last"
    dtype: str = "float32"

    def __post_init__(self) -> None:
        if self.steps < 1 or (self.every is not None and self.every < 1):
            raise TrainingError(f"steps and every must be at least 1, got {self}")
        if not 0 <= self.warmup < 1:
            raise TrainingError(f"warmup must be in [0, 1), got {self.warmup}")
        if self.dtype not in DTYPES:
            raise TrainingError(f"dtype must be {' or '.join(DTYPES)}, got {self.dtype!r}")


def share_of_rate(step: int, recipe: Recipe) -> float:
    """Return the share of the largest rate in a step, 0 … steps − 1."""
    rising = round(recipe.steps * recipe.warmup)
    if step < rising or recipe.schedule == "linear":
        return rate_at(step, recipe.steps, recipe.warmup)
    if recipe.schedule == "constant":
        return 1.0
    return 0.5 + 0.5 * math.cos(math.pi * (step - rising) / (recipe.steps - rising))


def token_loss(model: LanguageModel, batch: Batch) -> Tensor:
    """Return the mean cross-entropy of each network in nats, (S,): of tokens or of classes."""
    logits = model(batch.inputs, batch.places)
    losses = cross_entropy(logits.flatten(0, -2).float(), batch.targets.flatten(), reduction="none")
    return losses.view(len(logits), -1).mean(dim=1)


@dataclass
class Course:
    """Progress of a training so far; saved with its state.

    Attributes:
        step: Number of finished steps.
        epoch: Number of finished evaluations, by which the state is named.
        validation: For each evaluation the validation loss of each network; infinite where it is
            not finite.
        best: The evaluation, from 1, with the lowest validation loss of each network.
        seconds: Time of the steps, over all processes that worked on the run.
    """

    step: int = 0
    epoch: int = 0
    validation: list[list[float]] = field(default_factory=list)
    best: list[int] = field(default_factory=list)
    seconds: float = 0.0


class Trained(NamedTuple):
    """S networks after their training.

    Attributes:
        model: With the weights that were chosen.
        course: What happened on the way.
        losses: Training loss of each step, (steps, S); not finite where a network diverged.
        diverged: First step, from 1, in which loss or gradient of a network was not finite; 0 for
            none, (S,). Such a network gets no more gradients; it is a finding about its rate, not
            a failure.
        score: Returns the loss of each network on a part, (S,), infinite where it is not finite.
        resumed_after: Steps that an earlier process had finished.
    """

    model: LanguageModel
    course: Course
    losses: Tensor
    diverged: Tensor
    score: Callable[[Part], Tensor]
    resumed_after: int

    def curve(self, rows: Sequence[int]) -> TrainingCurve:
        """Return the training losses of some of the networks, none of which may have diverged."""
        curve = TrainingCurve(len(self.losses))
        for losses in self.losses[:, list(rows)]:
            curve.add(losses)
        return curve


def train(
    model: LanguageModel,
    batches: Batches,
    seeds: Sequence[int],
    rates: Sequence[float],
    recipe: Recipe,
    *,
    loss: Loss = token_loss,
    device: torch.device | None = None,
    work: Path | None = None,
    identity: str = "",
    report: Report | None = None,
) -> Trained:
    """Train the networks of a model, and leave it with the weights that the recipe chooses.

    The same arguments give the same bits on a CPU, whether or not the run was killed in between.

    Args:
        model: S networks, changed in place.
        batches: What they read.
        seeds: The seed of each network, one of `batches.seeds`; several may have one seed.
        rates: Largest learning rate of each network.
        recipe: Settings of the training.
        loss: Returns the loss of each network, (S,), on which others have no influence.
        device: Where to train; None for the CPU.
        work: Folder for the state after each evaluation; None keeps none.
        identity: Digest of everything that the weights depend on.
        report: Called after every step.

    Raises:
        TrainingError: The lengths of model, seeds and rates differ.
    """
    loop = _Loop(model, batches, seeds, rates, recipe, loss, device or torch.device("cpu"))
    devices = [loop.device] if loop.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        resumed_after = loop.resume(work, identity)
        while loop.course.step < recipe.steps:
            loop.advance(report)
            chosen = loop.evaluate()
            if work is not None:
                loop.save(work, identity, chosen=chosen)
        if recipe.selection == "best":
            loop.table.weights.copy_(loop.best)
    return Trained(
        model,
        loop.course,
        torch.cat(loop.losses).cpu(),
        loop.diverged.cpu(),
        loop.score,
        resumed_after,
    )


class Table:
    """All weights of a model in one table (S, P), and their gradients in another.

    The parameters of the model become views of it. Matrices come first.

    Attributes:
        weights: (S, P).
        gradients: (S, P).
        matrices: Number of columns of matrices, which have weight decay.
    """

    def __init__(self, model: nn.Module, networks: int) -> None:
        self._parameters = parameters = sorted(model.parameters(), key=_is_vector)
        for parameter in parameters:
            if len(parameter) != networks:
                raise TrainingError(
                    f"every parameter must be ({networks}, …), a row for each network, got one of"
                    f" {tuple(parameter.shape)}"
                )
        self.weights = torch.cat([p.detach().flatten(1) for p in parameters], dim=1)
        self.gradients = torch.zeros_like(self.weights)
        self.matrices = sum(p[0].numel() for p in parameters if not _is_vector(p))
        start = 0
        for parameter in parameters:
            stop = start + parameter[0].numel()
            parameter.data = self.weights[:, start:stop].view(parameter.shape)
            start = stop

    def differentiate(self, loss: Tensor) -> None:
        """Compute the gradients of a loss; those of parameters that it does not use are 0."""
        found = torch.autograd.grad(loss, self._parameters, materialize_grads=True)
        torch.cat([gradient.flatten(1) for gradient in found], dim=1, out=self.gradients)

    def optimiser(self, rates: Sequence[float], recipe: Recipe) -> torch.optim.AdamW:
        """Return AdamW with a group, and so a rate, for each network."""
        groups = []
        for row, rate in enumerate(rates):
            for columns, decay in (
                (slice(None, self.matrices), recipe.decay),
                (slice(self.matrices, None), 0.0),
            ):
                leaf = nn.Parameter(self.weights[row, columns])
                leaf.grad = self.gradients[row, columns]
                groups.append({"params": [leaf], "peak": rate, "weight_decay": decay})
        return torch.optim.AdamW(groups, lr=0.0, betas=recipe.betas, fused=True)


def _is_vector(parameter: Tensor) -> bool:
    """Tell whether each network has a vector here: (S, n) or (S, 1, n)."""
    return parameter[0].numel() == max(parameter.shape[1:])


class _Loop:
    """The state of a training."""

    def __init__(
        self,
        model: LanguageModel,
        batches: Batches,
        seeds: Sequence[int],
        rates: Sequence[float],
        recipe: Recipe,
        loss: Loss,
        device: torch.device,
    ) -> None:
        if len(seeds) != len(rates):
            raise TrainingError(f"{len(seeds)} networks need as many rates, got {len(rates)}")
        self.model, self.batches, self.recipe, self.loss = model.to(device), batches, recipe, loss
        self.device, self.seeds = device, seeds
        known = list(batches.seeds)
        self.rows = torch.tensor([known.index(seed) for seed in seeds])
        self.table = Table(self.model, len(seeds))
        self.optimiser = self.table.optimiser(rates, recipe)
        self.course, self.best = Course(), self.table.weights.clone()
        self.losses: list[Tensor] = []
        self.diverged = torch.zeros(len(seeds), dtype=torch.int64, device=device)

    def advance(self, report: Report | None) -> None:
        """Take the steps up to the next evaluation."""
        started, losses = time.perf_counter(), []
        steps = self.recipe.steps
        stop = min(steps, self.course.step + (self.recipe.every or steps))
        self.model.train()
        for step in range(self.course.step, stop):
            losses.append(self._step(step))
            if report:
                report(step + 1, steps)
        self.losses.append(torch.stack(losses))
        self.course.step = stop
        self.course.seconds += time.perf_counter() - started

    def _step(self, step: int) -> Tensor:
        self._begin(step)
        with self._precision():
            losses = self.loss(self.model, self._given(self.batches.draw(step)))
        self.table.differentiate(losses.sum())
        self._settle(step, losses.detach())
        set_rate(self.optimiser, share_of_rate(step, self.recipe))
        self.optimiser.step()
        return losses.detach()

    def _begin(self, step: int) -> None:
        """Make what is drawn in a step, as dropout is, depend on the step alone."""
        self.model.step = step
        (seed,) = np.random.SeedSequence([*self.seeds, step]).generate_state(1, np.uint64)
        torch.manual_seed(int(seed) >> 1)

    def _settle(self, step: int, losses: Tensor) -> None:
        """Clip each network's gradient; take it away from networks that have diverged."""
        gradients = self.table.gradients
        norms = torch.linalg.vector_norm(gradients, dim=1)
        fine = torch.isfinite(norms) & torch.isfinite(losses)
        self.diverged = torch.where((self.diverged == 0) & ~fine, step + 1, self.diverged)
        alive = self.diverged == 0
        if self.recipe.clip:
            gradients *= (self.recipe.clip / norms.clamp(min=self.recipe.clip))[:, None]
        # On a CPU looking costs nothing; elsewhere it would wait for the device in every step.
        if self.device.type != "cpu" or not bool(alive.all()):
            gradients.copy_(torch.where(alive[:, None], gradients, 0.0))

    def evaluate(self) -> bool:
        """Score the validation part; return whether a network's weights are its best so far."""
        losses = self.score("validation").tolist()
        course = self.course
        course.epoch += 1
        before = [
            min((row[network] for row in course.validation), default=math.inf)
            for network in range(len(losses))
        ]
        course.validation.append(losses)
        better = [now < then for now, then in zip(losses, before, strict=True)]
        course.best = [
            course.epoch if now else then
            for now, then in zip(better, course.best or [1] * len(losses), strict=True)
        ]
        rows = torch.tensor(better, device=self.device)
        self.best[rows] = self.table.weights[rows]
        return any(better)

    def score(self, part: Part) -> Tensor:
        """Return the loss of each network on a part, (S,)."""
        self.model.eval()
        total, count = torch.zeros(len(self.seeds), device=self.device), 0
        with torch.no_grad(), self._precision():
            for batch in self.batches.evaluated(part):
                self.model.step = count
                total += self.loss(self.model, self._given(batch))
                count += 1
        return torch.nan_to_num(total / count, nan=math.inf).cpu()

    def _given(self, batch: Batch) -> Batch:
        """Return the batch of distinct seeds as one of all networks."""
        return batch.to(self.device).of(self.rows.to(self.device))

    @contextmanager
    def _precision(self) -> Iterator[None]:
        dtype = DTYPES[self.recipe.dtype]
        with torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32):
            yield

    def save(self, folder: Path, identity: str, *, chosen: bool) -> None:
        """Write the state after an evaluation."""
        tensors = {
            "run/weights": self.table.weights,
            "run/diverged": self.diverged,
            "run/losses": torch.cat(self.losses),
            **{f"optimiser/{k}": v for k, v in state_tensors(self.optimiser).items()},
        }
        best = {"weights": self.best} if chosen or self.course.epoch == 1 else None
        state.save(folder, identity, asdict(self.course), tensors, best)

    def resume(self, folder: Path | None, identity: str) -> int:
        """Go on from the saved state of this run, and return its step; 0 where there is none."""
        saved = state.load(folder, identity) if folder is not None else None
        if saved is None:
            return 0
        run: dict[str, Any] = saved.part("run")
        self.table.weights.copy_(run["weights"])
        self.best.copy_(saved.best["weights"])
        self.diverged.copy_(run["diverged"])
        self.losses = [run["losses"].to(self.device)]
        load_state(self.optimiser, saved.part("optimiser"))
        self.course = Course(**saved.about)
        return self.course.step
