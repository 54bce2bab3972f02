"""Train networks of published sizes so that a training that is killed ends with the same bits.

What is random in a step comes from the seed and the number of the step alone, so that a state is
weights, moments and losses. It is written every few minutes, and before the trained networks are
measured, which may take long too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from evaluators.checkpoint.load import best_device
from evaluators.digest import sha256_json
from evaluators.errors import TrainingError
from evaluators.evaluator import Session
from evaluators.job import Job
from evaluators.progress import Report
from evaluators.trainer.training import state
from evaluators.trainer.training.loop import load_state, state_tensors
from evaluators.training_curve import TrainingCurve

Module = TypeVar("Module", bound=nn.Module)

SAVED_AFTER = 300.0
"""Seconds between two states."""

EVERY = 50
"""Steps between two looks at the losses, for each of which the device has to be waited for."""

ORDER, WEIGHTS, STEP, SAMPLES = range(4)
"""What a stream of random numbers is for."""


class Bench(NamedTuple):
    """Where and how a job trains.

    Attributes:
        device: Of networks and data.
        dtype: `float32`, or `bfloat16` for autocast; weights stay in float32.
        seed: Of everything that is random.
        work: Folder of the state; None keeps none.
        identity: Digest of all that the weights depend on.
    """

    device: torch.device
    dtype: str
    seed: int
    work: Path | None
    identity: str

    @classmethod
    def of(cls, job: Job, session: Session) -> Bench:
        """Return the bench of a job: the session's device, else a GPU where there is one."""
        device = best_device(session.device)
        identity = sha256_json([job.job_key, device.type])
        return cls(device, job.dtype, job.seed, session.work, identity)

    def autocast(self) -> AbstractContextManager[None]:
        """Return a block in which matrix products are in bfloat16, where that is the dtype."""
        enabled = self.dtype == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)

    def new(self, make: Callable[[], Module]) -> Module:
        """Return a module whose first weights come from the seed, on the device."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(stream(self.seed, WEIGHTS))
            return make().to(self.device)

    def generator(self, *place: int) -> torch.Generator:
        """Return a generator on the device for a place in the seed's streams."""
        return torch.Generator(self.device).manual_seed(stream(self.seed, *place))


def stream(seed: int, *place: int) -> int:
    """Return the seed of a stream of random numbers, 0 to 2⁶³ − 1; equal places are equal."""
    (drawn,) = np.random.SeedSequence([seed, *place]).generate_state(1, np.uint64)
    return int(drawn) >> 1


class Order:
    """Which rows a step takes: a new order in each epoch, whose incomplete last batch is dropped.

    Args:
        bench: Its seed decides.
        rows: Number of rows.
        batch: Rows of a step; at most all of them.
    """

    def __init__(self, bench: Bench, rows: int, batch: int) -> None:
        self._bench, self._rows = bench, rows
        self.batch = min(batch, rows)
        self.steps = rows // self.batch
        self._epoch, self._order = -1, torch.empty(0)

    def at(self, step: int) -> Tensor:
        """Return the places of the rows of a step, (batch,), on the device."""
        epoch, number = divmod(step, self.steps)
        if epoch != self._epoch:
            generator = self._bench.generator(ORDER, epoch)
            device = self._bench.device
            self._order = torch.randperm(self._rows, generator=generator, device=device)
            self._epoch = epoch
        return self._order[number * self.batch : (number + 1) * self.batch]


class Trained(NamedTuple):
    """What a training left besides the weights.

    Attributes:
        curve: Its losses.
        seconds: Time of the steps, over all processes that worked on it.
        resumed_after: Steps that earlier processes had done.
    """

    curve: TrainingCurve
    seconds: float
    resumed_after: int


def train(
    step: Callable[[int, torch.Generator], Tensor],
    bench: Bench,
    *,
    steps: int,
    modules: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    records: Mapping[str, Tensor] | None = None,
    report: Report | None = None,
) -> Trained:
    """Take all steps, or those that an earlier process left.

    Args:
        step: Called with the number of a step, from 0, and a generator on the device; changes
            modules and optimisers, and returns the loss, (). Draws without a generator, such as
            dropout, are repeatable too.
        bench: Where, with which seed, and in which folder.
        steps: How many.
        modules: By name, whose weights and buffers are saved.
        optimisers: By name; rates must follow from the step.
        records: Tensors on the CPU that steps write into, saved too.
        report: Called with the steps done and all of them.

    Raises:
        TrainingError: A loss is not finite.
    """
    losses = torch.zeros(steps, dtype=torch.float64)
    kept = {"losses": losses, **(records or {})}
    done, before = _restore(bench, modules, optimisers, kept)
    resumed_after, pending = done, list[Tensor]()
    generator = torch.Generator(bench.device)
    started = saved = time.perf_counter()
    with torch.random.fork_rng([bench.device] if bench.device.type == "cuda" else []):
        for number in range(done, steps):
            drawn = stream(bench.seed, STEP, number)
            torch.manual_seed(drawn)
            pending.append(step(number, generator.manual_seed(drawn)).detach())
            done = number + 1
            if done % EVERY and done < steps:
                continue
            losses[done - len(pending) : done] = torch.stack(pending).double().cpu()
            _require_finite(losses[done - len(pending) : done], done - len(pending))
            pending.clear()
            if report is not None:
                report(done, steps)
            now = time.perf_counter()
            if bench.work is not None and (now - saved >= SAVED_AFTER or done == steps):
                about = {"epoch": done, "seconds": before + now - started}
                tensors = _tensors(modules, optimisers, kept)
                state.save(bench.work, bench.identity, about, tensors, {})
                saved = time.perf_counter()
    seconds = before + time.perf_counter() - started
    return Trained(TrainingCurve.of(losses[:, None]), seconds, resumed_after)


def _require_finite(losses: Tensor, first: int) -> None:
    wrong = (~torch.isfinite(losses)).nonzero()
    if len(wrong):
        place = int(wrong[0, 0])
        raise TrainingError(
            f"the loss is {float(losses[place])} in step {first + place + 1}: training diverged;"
            " lower the rate"
        )


def _tensors(
    modules: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    kept: Mapping[str, Tensor],
) -> dict[str, Tensor]:
    found = {f"kept/{name}": value for name, value in kept.items()}
    for name, module in modules.items():
        found |= {f"module {name}/{key}": value for key, value in module.state_dict().items()}
    for name, optimiser in optimisers.items():
        moments = state_tensors(optimiser)
        found |= {f"optimiser {name}/{key}": value for key, value in moments.items()}
    return found


def _restore(
    bench: Bench,
    modules: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    kept: Mapping[str, Tensor],
) -> tuple[int, float]:
    """Restore what an earlier process saved; return its steps and seconds."""
    saved = state.load(bench.work, bench.identity) if bench.work is not None else None
    if saved is None:
        return 0, 0.0
    for name, module in modules.items():
        module.load_state_dict(saved.part(f"module {name}"))
    for name, optimiser in optimisers.items():
        load_state(optimiser, saved.part(f"optimiser {name}"))
    for name, value in saved.part("kept").items():
        kept[name].copy_(value)
    return int(saved.about["epoch"]), float(saved.about["seconds"])
