"""Load a checkpoint with its head for masked tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from evaluators.checkpoint.quiet import quiet
from evaluators.errors import CheckpointError

HEADS = ("cls", "lm_head", "predictions")
"""Where BERT, RoBERTa and ALBERT keep the layers from states to the vocabulary's logits."""


def load_masked_lm(folder: Path) -> tuple[Any, nn.Module]:
    """Return a model for masked tokens in float32, as for inference, and its head.

    Raises:
        CheckpointError: The checkpoint has no such head, or parts of it are missing.
    """
    from transformers import AutoModelForMaskedLM

    none = f"{folder.name} has no masked-LM head"
    advice = ": take a checkpoint saved with it (a BertForMaskedLM)"
    try:
        # The layers that a checkpoint lacks would be drawn from the global generator.
        with quiet(), torch.random.fork_rng(devices=[]):
            model, info = AutoModelForMaskedLM.from_pretrained(
                folder,
                dtype=torch.float32,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
    except (ValueError, OSError) as error:
        raise CheckpointError(none + advice) from error
    name = next((each for each in HEADS if hasattr(model, each)), None)
    if name is None:
        raise CheckpointError(f"{none} where it is looked for ({', '.join(HEADS)}){advice}")
    missing = [key for key in info["missing_keys"] if key.startswith(f"{name}.")]
    if missing:
        raise CheckpointError(f"{none}: {missing[0]} is not among its weights{advice}")
    return model.eval(), getattr(model, name)
