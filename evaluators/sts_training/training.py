"""Train an encoder's sentence vectors, and choose the step by its score on validation pairs.

The state is saved after each evaluation: a run that was killed goes on from there and ends with the
same bits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from evaluators.contrastive.grad_cache import random_state, set_random_state
from evaluators.errors import TrainingError
from evaluators.progress import Report
from evaluators.sts.tokenizer import Tokens
from evaluators.sts_training.data import Ints, TrainingData
from evaluators.sts_training.methods import Recipe
from evaluators.sts_training.objective import Batch, Objective
from evaluators.sts_training.trainable import Trainable
from evaluators.trainer.training import state
from evaluators.trainer.training.loop import load_state, state_tensors


@dataclass
class Course:
    """Progress of a training so far; saved with its state.

    Attributes:
        step: Number of finished steps.
        epoch: Number of finished evaluations after the start, by which the state is named.
        validation: Spearman on the validation pairs at the start and at each evaluation.
        losses: Mean loss since the last evaluation, one for each after the start.
        best: The evaluation that is chosen.
        training_seconds: Time of the steps, over all processes that worked on the run.
        evaluation_seconds: Time of the evaluations.
    """

    step: int = 0
    epoch: int = 0
    validation: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    best: int = 0
    training_seconds: float = 0.0
    evaluation_seconds: float = 0.0


@dataclass
class Loop:
    """One training and its settings.

    Attributes:
        trainable: The encoder, changed in place.
        objective: The loss.
        data: The training data.
        tokens: Tokens of its sentences.
        steps: The examples of each step.
        recipe: Rate, decay and clipping.
        every: Number of steps between two evaluations.
        chunk: As in `Trainable.backward`.
        autocast: Whether the encoder trains in bfloat16.
        seed: Seed of dropout.
        last: Whether the last evaluation is chosen, and not the best.
        work: Folder of the state; None keeps none.
        identity: Digest of everything that the weights depend on.
        resumed_after: Number of evaluations that an earlier process had finished.
    """

    trainable: Trainable
    objective: Objective
    data: TrainingData
    tokens: Sequence[Tokens]
    steps: Sequence[Ints]
    recipe: Recipe
    every: int
    chunk: int | None
    autocast: bool
    seed: int
    last: bool
    work: Path | None
    identity: str
    resumed_after: int = 0

    def run(self, validate: Callable[[], float], report: Report) -> Course:
        """Train to the end, and leave encoder and objective with the weights of the chosen step.

        Args:
            validate: Returns Spearman on the validation pairs.
            report: Called after every step.

        Raises:
            TrainingError: The loss is not finite.
        """
        module = nn.ModuleDict({"encoder": self.trainable.module, "objective": self.objective})
        trained = self.objective if self.objective.frozen else module
        for parameter in trained.parameters():
            parameter.requires_grad_()
        optimiser = _adamw(trained, self.recipe)
        course, best = Course(), _copied(trained)
        device = self.trainable.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.seed)
            saved = state.load(self.work, self.identity) if self.work else None
            if saved is not None:
                course, best = Course(**saved.about), dict(saved.best)
                self.resumed_after = course.epoch
                _restore(trained, optimiser, saved, device)
            else:
                self._evaluate(course, validate, [])
            while course.step < len(self.steps):
                losses = self._train(trained, optimiser, course, report)
                chosen = self._evaluate(course, validate, losses)
                if chosen:
                    best = _copied(trained)
                if self.work:
                    tensors = _tensors(trained, optimiser, device)
                    new = best if chosen or course.epoch == 1 else None
                    state.save(self.work, self.identity, asdict(course), tensors, new)
        trained.load_state_dict(best)
        for parameter in trained.parameters():
            parameter.requires_grad_(False)
        return course

    def _train(
        self, trained: nn.Module, optimiser: torch.optim.Optimizer, course: Course, report: Report
    ) -> list[float]:
        """Take the steps up to the next evaluation, and return their losses."""
        started, losses = time.perf_counter(), []
        self.trainable.module.train()
        self.objective.train()
        stop = min(len(self.steps), course.step + self.every)
        for step in range(course.step, stop):
            for group in optimiser.param_groups:
                rising = round(len(self.steps) * self.recipe.warmup)
                group["lr"] = self.recipe.rate * min(1.0, (step + 1) / (rising + 1))
            optimiser.zero_grad(set_to_none=True)
            losses.append(self._backward(self.steps[step]))
            if self.recipe.clip:
                nn.utils.clip_grad_norm_(trained.parameters(), self.recipe.clip)
            optimiser.step()
            report(step + 1, len(self.steps))
        values = torch.stack(losses).tolist()  # waits for the device once
        self.trainable.module.eval()
        self.objective.eval()
        for number, value in enumerate(values, course.step + 1):
            if not math.isfinite(value):
                raise TrainingError(
                    f"the loss is {value} in step {number}: training diverged. Lower rate"
                    f" ({self.recipe.rate:g}), or raise warmup"
                )
        course.step = stop
        course.training_seconds += time.perf_counter() - started
        return list(values)

    def _backward(self, places: Ints) -> Tensor:
        batch = self.data.batch(places, twins=self.objective.twins)
        device = self.trainable.device
        on_device = Batch(*(None if t is None else t.to(device) for t in batch))  # type: ignore[arg-type]
        return self.trainable.backward(
            [self.tokens[i] for i in batch.rows.tolist()],
            lambda vectors: self.objective.loss(vectors, on_device),
            chunk=self.chunk,
            autocast=self.autocast,
            frozen=self.objective.frozen,
        )

    def _evaluate(
        self, course: Course, validate: Callable[[], float], losses: Sequence[float]
    ) -> bool:
        """Add an evaluation to the course, and return whether it is chosen so far."""
        started = time.perf_counter()
        course.validation.append(validate())
        course.evaluation_seconds += time.perf_counter() - started
        if not losses:
            return True
        course.epoch += 1
        course.losses.append(math.fsum(losses) / len(losses))
        *before, value = course.validation
        chosen = self.last or value > max(before)
        if chosen:
            course.best = course.epoch
        return chosen


def _adamw(module: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """Return AdamW without decay of vectors: biases and gains of normalisations."""
    parameters = list(module.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=recipe.rate)


def _copied(module: nn.Module) -> dict[str, Tensor]:
    return {k: v.detach().to("cpu", copy=True) for k, v in module.state_dict().items()}


def _tensors(
    module: nn.Module, optimiser: torch.optim.Optimizer, device: torch.device
) -> dict[str, Tensor]:
    return {
        **{f"model/{k}": v for k, v in module.state_dict().items()},
        **{f"optimiser/{k}": v for k, v in state_tensors(optimiser).items()},
        **{f"generator/{i}": each for i, each in enumerate(random_state(device))},
    }


def _restore(
    module: nn.Module,
    optimiser: torch.optim.Optimizer,
    saved: state.Saved,
    device: torch.device,
) -> None:
    module.load_state_dict(saved.part("model"))
    load_state(optimiser, saved.part("optimiser"))
    states = saved.part("generator")
    set_random_state(device, [states[str(i)] for i in range(len(states))])
