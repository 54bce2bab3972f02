"""A checkpoint fine-tuned on one data set, and what it says about another."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from evaluators.digest import sha256_json
from evaluators.progress import Progress, stage_progress
from evaluators.trainer import heads, methods
from evaluators.trainer.training.batches import Fitting, Rows, hold_out
from evaluators.trainer.training.loop import Course, Run
from evaluators.trainer.training.predict import calibrate, predict
from evaluators.trainer.training.recipe import Recipe
from evaluators.trainer.training.task_model import (
    EncoderWithHead,
    accelerator,
    load_checkpoint,
    reading_of,
)

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset
    from evaluators.trainer.predictions import Predictions


class Finetuned(NamedTuple):
    """What came out.

    Attributes:
        predictions: For every example of the scored split.
        course: Losses, and what each epoch was worth.
        cost: Time, memory and rows, as plain JSON.
        weights: Of encoder and head, on the CPU.
    """

    predictions: Predictions
    course: Course
    cost: dict[str, Any]
    weights: Mapping[str, torch.Tensor]


def finetune(
    folder: Path,
    train: LabelledDataset,
    scored: LabelledDataset,
    recipe: Recipe,
    *,
    metric: str,
    worth: Callable[[Predictions], float],
    device: str | None = None,
    work: Path | None = None,
    identity: str = "",
    progress: Progress | None = None,
) -> Finetuned:
    """Train a checkpoint with a head on one data set and answer another.

    The same arguments give the same weights bit by bit on a CPU, whether or not the run was killed
    between two epochs. torch's global generator is as before afterwards.

    Args:
        folder: The checkpoint.
        train: What may be trained on; a part of it is held out where the recipe says so.
        scored: What is answered.
        recipe: How.
        metric: The task's main metric, for heads that set something by it.
        worth: Of predictions, the higher the better; chooses the epoch.
        device: torch's name; None takes CUDA where there is one.
        work: Where the state after each epoch is kept; None keeps none.
        identity: Of the checkpoint: another one's state is not taken up.
        progress: Told about every batch.

    Raises:
        CheckpointError: The checkpoint cannot be loaded, has no tokenizer or is too short.
        MethodError: Head or method do not fit.
        TrainingError: Nothing to train on, training diverged, or memory does not hold one row.
    """
    name = f"{scored.task}, {recipe.method['name']}, seed {recipe.seed}"

    def tell(what: str) -> Callable[[int, int], None]:
        return stage_progress(progress, f"{name}: {what}")

    share = recipe.held_out if recipe.selection == "held-out" and recipe.epochs > 1 else 0.0
    parts = hold_out(train, share, recipe.seed)
    loaded = load_checkpoint(folder, device, recipe.max_length)
    cuda = [loaded.device] if loaded.device.type == "cuda" else []
    for one in cuda:
        torch.cuda.reset_peak_memory_stats(one)
    # Head, dropout and methods draw from torch's global generator: it is lent to the job.
    with torch.random.fork_rng(cuda), accelerator(loaded.device, recipe.dtype) as accelerated:
        torch.manual_seed(recipe.seed)
        model = EncoderWithHead(loaded, train, recipe.head or None).to(loaded.device)
        reading = reading_of(recipe.max_length, heads.find(train.family, recipe.head or None))

        def read(dataset: LabelledDataset, what: str) -> Rows:
            return Rows(dataset, loaded.tokenizer, reading, loaded.device, tell(what))

        fit, answered = read(parts.fit, "reading train"), read(scored, "reading")
        chosen = answered
        if parts.held_out is not None:
            chosen = read(parts.held_out, "reading the held-out part")
        run = Run(
            model,
            methods.make(recipe.method),
            fit,
            recipe,
            accelerator=accelerated,
            work=work,
            identity=sha256_json([identity, recipe.to_json(), train.digest, scored.digest]),
        )
        fitting = Fitting(4 * (recipe.micro_batch or recipe.batch))  # there is no graph to keep

        def value() -> float:
            calibrate(model, fit, fitting, metric)
            return worth(predict(model, chosen, fitting, tell("choosing the epoch")))

        chooses = recipe.selection != "last" and recipe.epochs > 1
        course = run.train(value if chooses else None, tell("training"))
        if not chooses:
            calibrate(model, fit, fitting, metric)
        found = predict(model, answered, fitting, tell("answering"))
    cost = {
        "device": str(loaded.device),
        "threads": torch.get_num_threads(),
        "training_seconds": course.seconds,
        "examples_per_second": course.examples / course.seconds,
        "tokens_per_second": course.tokens / course.seconds,
        "peak_bytes": _peak(loaded.device),
        "steps": course.epoch * -(-len(fit) // recipe.batch),
        "rows_at_once": course.rows_at_once,
        "accumulation": -(-recipe.batch // course.rows_at_once),
        "oom_halvings": course.halvings + fitting.halvings,
        "train_examples": len(parts.fit),
        "train_rows": len(fit),
        "held_out_examples": len(parts.held_out) if parts.held_out else 0,
        "cut_rows": sum(length >= recipe.max_length for length in fit.lengths),
        "parameters": sum(p.numel() for p in model.parameters()),
        "resumed_after_epoch": run.resumed_after,
        "best_epoch": course.best,
    }
    return Finetuned(found, course, cost, {k: v.cpu() for k, v in model.state_dict().items()})


def _peak(device: torch.device) -> int:
    """Return the most bytes held: of the GPU where one is used, else of the process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
