"""A training step of small language models beside the plain Trainer of transformers.

The same GPT-2 on both sides: sizes, first weights, batches, AdamW, clipping and rates. One network
is compared with one Trainer, and five networks in one pass with five times the Trainer. Without
dropout both sides compute the same losses, which is checked before the clock counts.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from benchmarks.table import Row
from evaluators.language_models.batches import Causal
from evaluators.language_models.text import made_up_stream
from evaluators.language_models.training import Recipe, train
from evaluators.language_models.transformer import Shape, Transformer

STEPS, RATE, CLOSE = 20, 1e-3, 1e-3
BATCH, NETWORKS = 16, 5
TARGET = 1.0
SHAPE = Shape(vocabulary=128, length=64, width=64, layers=4, heads=4)


def run(rounds: int) -> Iterator[Row]:
    """Yield one network and five in one pass, each beside the Trainer."""
    for networks in (1, NETWORKS):
        seconds = {"ours": np.inf, "theirs": np.inf}
        for _ in range(rounds):
            ours, our_losses = _ours(networks)
            theirs, their_losses = _theirs()
            seconds["ours"] = min(seconds["ours"], ours)
            seconds["theirs"] = min(seconds["theirs"], networks * theirs)
        difference = float(np.abs(our_losses - their_losses).max())
        if difference > CLOSE:
            raise SystemExit(f"language models: the losses differ by {difference}")
        name = f"{networks} language model{'s' if networks > 1 else ''}"
        note = f"{STEPS} steps of {BATCH} × {SHAPE.length} tokens, losses {difference:.0e} apart"
        ratio = seconds["theirs"] / seconds["ours"]
        yield Row(name, "rankcheck", seconds["ours"], ratio, TARGET, note)
        yield Row(name, f"transformers Trainer{f' × {networks}' if networks > 1 else ''}",
                  seconds["theirs"], 1.0, None, "")  # fmt: skip


def _batches(networks: int) -> Causal:
    stream = made_up_stream(0, vocabulary=SHAPE.vocabulary)
    seeds = range(networks)
    return Causal([stream] * networks, seeds, batch=BATCH, length=SHAPE.length, scored=BATCH)


def _ours(networks: int) -> tuple[float, np.ndarray[Any, Any]]:
    """Return the seconds of the steps, and the losses of the first network."""
    seeds = range(networks)
    recipe = Recipe(steps=STEPS, warmup=0.0, decay=0.01)
    trained = train(Transformer(seeds, SHAPE), _batches(networks), seeds, [RATE] * networks, recipe)
    return trained.course.seconds, trained.losses[:, 0].numpy()


def _theirs() -> tuple[float, np.ndarray[Any, Any]]:
    """Return the seconds of the steps, and the losses."""
    from transformers import Trainer, TrainingArguments

    batches = _batches(1)
    rows = torch.cat([batches.draw(step).inputs[0] for step in range(STEPS)])
    targets = torch.cat([batches.draw(step).targets[0] for step in range(STEPS)])
    # A causal model of transformers shifts by itself: here the targets are shifted already.
    examples = [
        {"input_ids": row, "shift_labels": target, "labels": target}
        for row, target in zip(rows, targets, strict=True)
    ]
    losses: list[float] = []

    class InOrder(Trainer):
        def _get_train_sampler(self, *_: Any) -> Any:
            return torch.utils.data.SequentialSampler(examples)

        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            loss = super().training_step(*args, **kwargs)
            losses.append(float(loss.detach()))
            return loss

    with tempfile.TemporaryDirectory() as folder:
        trainer = InOrder(
            model=as_gpt2(Transformer([0], SHAPE), 0),
            args=TrainingArguments(
                output_dir=folder,
                max_steps=STEPS,
                per_device_train_batch_size=BATCH,
                learning_rate=RATE,
                lr_scheduler_type="linear",
                weight_decay=0.01,
                adam_beta2=0.98,
                max_grad_norm=1.0,
                logging_strategy="no",
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=True,
                dataloader_pin_memory=False,
                remove_unused_columns=False,
            ),
            train_dataset=examples,
        )
        started = time.perf_counter()
        trainer.train()
        return time.perf_counter() - started, np.array(losses)


def as_gpt2(model: Transformer, row: int) -> Any:
    """Return one network of a `pre` model as a GPT-2 of transformers, with its own weights."""
    from transformers import GPT2Config, GPT2LMHeadModel

    shape = model.shape
    made = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=shape.vocabulary,
            n_positions=shape.length,
            n_embd=shape.width,
            n_layer=shape.layers,
            n_head=shape.heads,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=0,
            eos_token_id=0,
        )
    )
    ours = {name: weight.detach()[row] for name, weight in model.named_parameters()}
    with torch.no_grad():
        for name, weight in made.named_parameters():
            weight.copy_(ours[_our_name(name)].view(weight.shape))
    return made


def _our_name(theirs: str) -> str:
    """Return our name of a parameter of GPT-2."""
    name = theirs.removeprefix("transformer.")
    if name == "wpe.weight":
        return "positions"
    for old, new in (
        ("wte.", "tokens."),
        ("h.", "layers."),
        ("ln_1.weight", "mixer_norm.gain"),
        ("ln_1.bias", "mixer_norm.bias"),
        ("ln_2.weight", "norm.gain"),
        ("ln_2.bias", "norm.bias"),
        ("ln_f.weight", "last_norm.gain"),
        ("ln_f.bias", "last_norm.bias"),
        ("attn.c_attn", "mixer.inputs"),
        ("attn.c_proj", "mixer.outputs"),
        ("mlp.c_fc", "up"),
        ("mlp.c_proj", "down"),
    ):
        if old in ("wte.", "h."):
            name = new + name.removeprefix(old) if name.startswith(old) else name
        else:
            name = name.replace(old, new)
    return name
