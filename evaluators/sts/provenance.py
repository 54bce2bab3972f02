"""What an encoding cost and how it was done: provenance of a score, never its identity."""

from __future__ import annotations

import resource
import sys
from typing import Any

import torch

from evaluators.sts.encoder import Encoder


def encoder_cost(encoder: Encoder) -> dict[str, Any]:
    """Return how a loaded encoder works, as plain JSON."""
    recipe = encoder.recipe
    return {
        "device": str(encoder.loaded.device),
        "threads": torch.get_num_threads(),
        "linear_layers": "onednn" if encoder.packed else "torch",
        "workers": encoder.workers,
        "token_budget": encoder.budget.tokens,
        "oom_halvings": encoder.budget.halvings,
        "max_length": encoder.tokenizer.max_length,
        "truncated": encoder.tokenizer.truncated,
        "native_pooling": "+".join(recipe.modes) + ("" if recipe.declared else " (assumed)"),
        "default_prompt_not_used": recipe.default_prompt,
    }


def peak_memory(encoder: Encoder | None) -> int:
    """Return the most bytes held so far: of the GPU where one is used, else of the process."""
    if encoder is not None and encoder.loaded.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(encoder.loaded.device))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
