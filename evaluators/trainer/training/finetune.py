"""Fine-tune a checkpoint on one data set, and predict another."""

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
    """Result of a fine-tuning.

    Attributes:
        predictions: Predictions of every example of the scored split.
        course: Losses and scores by epoch.
        cost: Time, memory and rows, as plain JSON.
        weights: Weights of encoder and head, on the CPU.
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
    """Train a checkpoint with a head on one data set and predict another.

    The same arguments give the same weights bit by bit on a CPU, whether or not the run was killed
    between two epochs. torch's global generator is as before afterwards.

    Args:
        folder: The checkpoint.
        train: Training set; a part of it is held out where the recipe says so.
        scored: Data set to predict.
        recipe: Settings of the training.
        metric: The task's main metric, for heads that set something by it.
        worth: Score of predictions, higher better; the epoch is chosen by it.
        device: torch's name; None takes CUDA where there is one.
        work: Folder for the state after each epoch; None keeps none.
        identity: Digest of the checkpoint; a state of another checkpoint is not resumed.
        progress: Called after every batch.

    Raises:
        CheckpointError: The checkpoint cannot be loaded, has no tokenizer or is too short.
        MethodError: Head or method do not fit the task.
        TrainingError: There is nothing to train on, training diverged, or one row exceeds memory.
    """
    name = f"{scored.task}, {recipe.method['name']}, seed {recipe.seed}"

    def tell(stage: str) -> Callable[[int, int], None]:
        return stage_progress(progress, f"{name}: {stage}")

    share = recipe.held_out if recipe.selection == "held-out" and recipe.epochs > 1 else 0.0
    parts = hold_out(train, share, recipe.seed)
    loaded = load_checkpoint(folder, device, recipe.max_length)
    cuda_devices = [loaded.device] if loaded.device.type == "cuda" else []
    for cuda_device in cuda_devices:
        torch.cuda.reset_peak_memory_stats(cuda_device)
    # Head, dropout and methods draw from torch's global generator, which is restored afterwards.
    with (
        torch.random.fork_rng(cuda_devices),
        accelerator(loaded.device, recipe.dtype) as accelerated,
    ):
        torch.manual_seed(recipe.seed)
        model = EncoderWithHead(loaded, train, recipe.head or None).to(loaded.device)
        reading = reading_of(recipe.max_length, heads.find(train.family, recipe.head or None))

        def read(dataset: LabelledDataset, stage: str) -> Rows:
            return Rows(dataset, loaded.tokenizer, reading, loaded.device, tell(stage))

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
        predictions = predict(model, answered, fitting, tell("answering"))
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
    return Finetuned(predictions, course, cost, {k: v.cpu() for k, v in model.state_dict().items()})


def _peak(device: torch.device) -> int:
    """Return the peak memory in bytes: the GPU's where one is used, else the process's."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
