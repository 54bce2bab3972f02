"""The training loop: epochs of AdamW steps, scored after each, resumable between them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from evaluators.errors import TrainingError
from evaluators.trainer.training import state
from evaluators.trainer.training.batches import Fitting, InOrder, Rows, ordered
from evaluators.trainer.training.recipe import Recipe, rate_at

if TYPE_CHECKING:
    from evaluators.progress import Report
    from evaluators.trainer.training.model import Method
    from evaluators.trainer.training.task_model import EncoderWithHead


def adamw(model: torch.nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """Return an AdamW optimiser, the largest rate of each group as `peak`.

    Biases and the gains of normalisations, which are vectors, have no weight decay.
    """
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            key = (name.startswith("head."), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "peak": recipe.head_rate if of_head else recipe.rate,
                "weight_decay": recipe.weight_decay if decays else 0.0,
            }
            for (of_head, decays), parameters in groups.items()
        ],
        lr=recipe.rate,
    )


def set_rate(optimiser: torch.optim.Optimizer, share: float) -> None:
    """Set the rate of each group to a share of its largest rate."""
    for group in optimiser.param_groups:
        group["lr"] = share * group["peak"]


def state_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return moments and step counts by `number/name`; rates follow from the step."""
    return {
        f"{number}/{name}": value
        for number, moments in optimiser.state_dict()["state"].items()
        for name, value in moments.items()
    }


def load_state(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Restore the state that `state_tensors` returned."""
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition("/")
        state.setdefault(int(number), {})[name] = value
    whole = optimiser.state_dict()
    optimiser.load_state_dict({"state": state, "param_groups": whole["param_groups"]})


@dataclass
class Course:
    """Progress of a run so far; saved with its state.

    Attributes:
        epoch: Number of finished epochs.
        losses: Mean training loss of each epoch.
        chosen_by: Score of each epoch where the best is chosen; empty where the last is taken.
        best: The best epoch, from 1.
        rows_at_once: Number of rows that fit into memory.
        halvings: How often memory ran out.
        seconds: Training time, summed over all processes that worked on the run.
        examples: Number of rows that were trained on, over all epochs.
        tokens: The same in tokens, without padding.
    """

    epoch: int = 0
    losses: list[float] = field(default_factory=list)
    chosen_by: list[float] = field(default_factory=list)
    best: int = 0
    rows_at_once: int = 0
    halvings: int = 0
    seconds: float = 0.0
    examples: int = 0
    tokens: int = 0


class Run:
    """One training run, from its start or from the last epoch that was saved.

    Args:
        model: On its device; changed in place.
        method: A way of training.
        rows: The training part.
        recipe: Settings of the training.
        accelerator: An `accelerate.Accelerator`: precision, backward pass and clipping.
        work: Folder of the run's state; None keeps none.
        identity: Digest of everything the weights depend on.
    """

    def __init__(
        self,
        model: EncoderWithHead,
        method: Method,
        rows: Rows,
        recipe: Recipe,
        *,
        accelerator: Any,
        work: Path | None,
        identity: str,
    ) -> None:
        self.model: Any = accelerator.prepare(model)
        self.method, self.rows, self.recipe = method, rows, recipe
        self.optimiser = adamw(model, recipe)
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.course = Course()
        self.resumed_after = 0
        self._accelerator, self._work, self._identity = accelerator, work, identity
        self._best: dict[str, Tensor] = {}
        self.fitting = Fitting(min(recipe.batch, recipe.micro_batch or recipe.batch))

    def train(self, worth: Callable[[], float] | None, report: Report | None = None) -> Course:
        """Train to the end and leave the model with the weights of the chosen epoch.

        Args:
            worth: Called after each epoch, returns its score; None chooses the last epoch.
            report: Called after every step of all epochs.

        Raises:
            TrainingError: The loss is not finite, or memory does not hold one row.
        """
        epochs = self.recipe.epochs
        if not self._resume():
            self.method.prepare(self.model, InOrder(self.rows, self.fitting.rows))
        for epoch in range(self.course.epoch + 1, epochs + 1):
            batches = ordered(self.rows.lengths, self.recipe.batch, self.recipe.seed, epoch)
            self._epoch(epoch, batches, report)
            value = worth() if worth else float(epoch)
            if worth:
                self.course.chosen_by.append(value)
            improved = not self._best or value > max([-math.inf, *self.course.chosen_by[:-1]])
            if improved:
                self.course.best = epoch
                weights = self.model.state_dict().items()
                self._best = {k: v.detach().to("cpu", copy=True) for k, v in weights}
            if self._work is not None:
                self._save(self._work, improved)
        self.model.load_state_dict(self._best)
        return self.course

    def _epoch(self, epoch: int, batches: Sequence[list[int]], report: Report | None) -> None:
        started, total = time.perf_counter(), 0.0
        steps = len(batches) * self.recipe.epochs
        self.model.train()
        for number, places in enumerate(batches):
            step = (epoch - 1) * len(batches) + number
            set_rate(self.optimiser, rate_at(step, steps, self.recipe.warmup))
            loss = self._step(places)
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is {loss} in step {number + 1} of epoch {epoch}: training diverged."
                    f" Lower rate ({self.recipe.rate:g}), or raise warmup"
                )
            total += loss * len(places)
            if report:
                report(step + 1, steps)
        course = self.course
        course.epoch = epoch
        course.losses.append(total / len(self.rows))
        course.seconds += time.perf_counter() - started
        course.examples += len(self.rows)
        course.tokens += sum(self.rows.lengths)
        course.rows_at_once, course.halvings = self.fitting.rows, self.fitting.halvings

    def _step(self, places: Sequence[int]) -> float:
        """Take one optimiser step over some rows, in pieces that fit into memory."""
        while True:
            self.optimiser.zero_grad(set_to_none=True)
            try:
                loss = self._gradients(places)
                break
            except (MemoryError, RuntimeError) as error:
                self.fitting.halve(error, min(self.fitting.rows, len(places)))
        self.method.edit_gradients(self.model, self.generator)
        if self.recipe.clip:
            self._accelerator.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimiser.step()
        self.method.edit_update(self.model, self.generator)
        return loss

    def _gradients(self, places: Sequence[int]) -> float:
        total = 0.0
        for piece in self.fitting.pieces(places):
            share = len(piece) / len(places)
            loss = self.method.loss(self.model, self.rows.batch(piece)) * share
            self._accelerator.backward(loss)
            total += float(loss.detach())
        return total

    def _save(self, folder: Path, improved: bool) -> None:
        tensors = {
            **{f"model/{k}": v for k, v in self.model.state_dict().items()},
            **{f"optimiser/{k}": v for k, v in state_tensors(self.optimiser).items()},
            **{f"method/{k}": v for k, v in self.method.state_dict().items()},
            "generator/run": self.generator.get_state(),
            "generator/torch": torch.get_rng_state(),
        }
        if self._accelerator.device.type == "cuda":
            tensors["generator/cuda"] = torch.cuda.get_rng_state()
        best = self._best if improved else None
        state.save(folder, self._identity, self.course.__dict__, tensors, best)

    def _resume(self) -> bool:
        """Restore the saved state of this run; return whether there was one."""
        saved = state.load(self._work, self._identity) if self._work is not None else None
        if saved is None:
            return False
        self.model.load_state_dict(saved.part("model"))
        load_state(self.optimiser, saved.part("optimiser"))
        self.method.load_state_dict(saved.part("method"))
        generators = saved.part("generator")
        self.generator.set_state(generators["run"])
        torch.set_rng_state(generators["torch"])
        if "cuda" in generators and self._accelerator.device.type == "cuda":
            torch.cuda.set_rng_state(generators["cuda"])
        self.course = Course(**saved.about)
        self.resumed_after = self.course.epoch
        self.fitting = Fitting(self.course.rows_at_once, self.course.halvings)
        self._best = saved.best
        return True
