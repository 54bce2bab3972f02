"""AdamW over the encoder and the head, and its state as tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from evaluators.clue.training.recipe import Recipe


def adamw(model: torch.nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """Return the optimiser, each group with its largest rate as `peak`.

    Biases and the gains of normalisations, which are vectors, do not decay.
    """
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            key = (name.startswith("head."), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": found,
                "peak": recipe.head_rate if of_head else recipe.rate,
                "weight_decay": recipe.weight_decay if decays else 0.0,
            }
            for (of_head, decays), found in groups.items()
        ],
        lr=recipe.rate,
    )


def set_rate(optimiser: torch.optim.Optimizer, share: float) -> None:
    """Give each group a share of its largest rate."""
    for group in optimiser.param_groups:
        group["lr"] = share * group["peak"]


def state_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the moments and step counts, by `number/name`; rates follow from the step."""
    return {
        f"{number}/{name}": value
        for number, kept in optimiser.state_dict()["state"].items()
        for name, value in kept.items()
    }


def load_state(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Take up what `state_tensors` returned."""
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition("/")
        state.setdefault(int(number), {})[name] = value
    whole = optimiser.state_dict()
    optimiser.load_state_dict({"state": state, "param_groups": whole["param_groups"]})
