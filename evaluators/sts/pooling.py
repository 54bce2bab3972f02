"""Pool token vectors to one vector for each sentence: all poolings from one forward pass.

- `native`: the checkpoint's own recipe, sentence-transformers' `modules.json`.
- `cls`: last layer, first token.
- `pooler`: the trained dense layer and tanh over it, where the checkpoint has one.
- `last-mean`: last layer, mean over tokens, special tokens included.
- `last-token`: last layer, last token, as decoders are pooled.
- `weighted-mean`: last layer, mean over tokens, token i with weight i (SGPT, arXiv 2202.08904).
- `first-last-mean`: mean of the first transformer layer's mean and the last's, as the published
  tables have it (`hidden_states[1]`; `hidden_states[0]` is the embedding layer).
- `last-2-mean`: mean of the last two layers' means.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from evaluators.sts.recipe import Recipe
from evaluators.sts.step_files import LAYERS
from evaluators.sts.steps import (
    SENTENCE,
    TOKENS,
    Pool,
    States,
    last_token,
    mean,
    weighted_mean,
    wide,
)


def pool(states: States, pooling: str, recipe: Recipe, prompt_length: int = 0) -> Tensor:
    """Return one vector for each sentence, (m, d), float32 (float64 of a float64 encoder)."""
    if pooling == "native":
        return _native(states, recipe, prompt_length)
    if pooling == "cls":
        return wide(states.last[:, 0])
    if pooling == "pooler":
        assert states.pooled is not None  # noqa: S101 — asked for when the session was opened
        return wide(states.pooled)
    if pooling == "last-token":
        return last_token(states.last, states.mask)
    if pooling == "weighted-mean":
        return weighted_mean(states.last, states.mask)
    last = mean(states.last, states.mask)
    if pooling == "last-mean":
        return last
    other = states.first if pooling == "first-last-mean" else states.before_last
    assert other is not None  # noqa: S101
    return (last + mean(other, states.mask)) / 2


def _native(states: States, recipe: Recipe, prompt_length: int) -> Tensor:
    """Return the vectors of the checkpoint's own recipe, step by step."""
    features: dict[str, Any] = {TOKENS: states.last, LAYERS: states.layers}
    for step in recipe.steps:
        value = features[step.reads]
        if isinstance(step.compute, Pool):
            features[step.writes] = step.compute(value, states.mask, prompt_length)
        else:
            value = value if step.reads == LAYERS else wide(value)
            features[step.writes] = step.compute(value)
    vectors: Tensor = features[SENTENCE]
    return vectors[:, : recipe.model.truncate_dim]
