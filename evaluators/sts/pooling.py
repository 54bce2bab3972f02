"""Pool token vectors to one vector for each sentence: all poolings from one forward pass.

- `native`: the checkpoint's own recipe, sentence-transformers' `modules.json`.
- `cls`: last layer, first token.
- `pooler`: the trained dense layer and tanh over it, where the checkpoint has one.
- `last-mean`: last layer, mean over tokens, special tokens included.
- `first-last-mean`: mean of the first transformer layer's mean and the last's, as the published
  tables have it (`hidden_states[1]`; `hidden_states[0]` is the embedding layer).
- `last-2-mean`: mean of the last two layers' means.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from evaluators.checkpoint.load import read_json
from evaluators.errors import CheckpointError


class States(NamedTuple):
    """States of m sentences of L tokens after one forward pass, in the encoder's dtype.

    Layers that no pooling needs are None. `mask` is None where no sentence is padded; padding is on
    the right.
    """

    last: Tensor  # (m, L, d)
    first: Tensor | None  # (m, L, d)
    before_last: Tensor | None  # (m, L, d)
    pooled: Tensor | None  # (m, d)
    mask: Tensor | None  # (m, L), 1 for a token and 0 for padding


def pool(states: States, pooling: str, recipe: Recipe, prompt_length: int = 0) -> Tensor:
    """Return one vector for each sentence, (m, d), float32 (float64 of a float64 encoder)."""
    if pooling == "native":
        skip = 0 if recipe.include_prompt else prompt_length
        parts = [_MODES[mode](states.last, states.mask, skip) for mode in recipe.modes]
        vectors = torch.cat(parts, dim=-1)
        for module in recipe.after:
            vectors = module(vectors)
        return vectors
    if pooling == "cls":
        return _wide(states.last[:, 0])
    if pooling == "pooler":
        assert states.pooled is not None  # noqa: S101 — asked for when the session was opened
        return _wide(states.pooled)
    mean = _mean(states.last, states.mask, 0)
    if pooling == "last-mean":
        return mean
    other = states.first if pooling == "first-last-mean" else states.before_last
    assert other is not None  # noqa: S101
    return (mean + _mean(other, states.mask, 0)) / 2


def _wide(vectors: Tensor) -> Tensor:
    """Convert half precision to float32, in which it is summed and compared."""
    return vectors if vectors.dtype == torch.float64 else vectors.float()


def _pooled_mask(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor | None:
    """Return the mask of the pooled tokens, or None if all are pooled."""
    if skip == 0:
        return mask
    pooled = torch.ones(tokens.shape[:2], device=tokens.device) if mask is None else mask.clone()
    pooled[:, :skip] = 0
    return pooled


def _sum(tokens: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | float]:
    """Return the sum over unmasked tokens and their number."""
    tokens = _wide(tokens)
    if mask is None:
        return tokens.sum(1), float(tokens.shape[1])
    weights = mask.to(tokens.dtype).unsqueeze(1)  # (m, 1, L)
    return torch.bmm(weights, tokens).squeeze(1), weights.sum(2).clamp(min=1e-9)


def _mean(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    total, count = _sum(tokens, _pooled_mask(tokens, mask, skip))
    return total / count


def _mean_sqrt(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    total, count = _sum(tokens, _pooled_mask(tokens, mask, skip))
    return total / count**0.5


def _max(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    pooled = _pooled_mask(tokens, mask, skip)
    tokens = _wide(tokens)
    if pooled is not None:
        tokens = tokens.masked_fill(pooled.unsqueeze(-1) == 0, -torch.inf)
    return tokens.amax(1)


def _cls(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    return _wide(tokens[:, skip])


def _last_token(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    if mask is None:
        return _wide(tokens[:, -1])
    ends = mask.sum(1).long() - 1
    return _wide(tokens[torch.arange(len(tokens), device=tokens.device), ends])


def _weighted_mean(tokens: Tensor, mask: Tensor | None, skip: int) -> Tensor:
    """Return the mean weighted by position: token i has weight i, from 1."""
    pooled = _pooled_mask(tokens, mask, skip)
    position = torch.arange(1, tokens.shape[1] + 1, device=tokens.device, dtype=torch.float32)
    weights = position.expand(tokens.shape[:2])
    total, weight = _sum(tokens, weights if pooled is None else weights * pooled)
    return total / weight


_MODES = {
    "cls": _cls,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt,
    "weightedmean": _weighted_mean,
    "lasttoken": _last_token,
}


_LEGACY_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_SENTENCE_CONFIGS = ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
_ACTIVATIONS = {"Identity": nn.Identity, "Tanh": nn.Tanh, "ReLU": nn.ReLU, "GELU": nn.GELU,
                "SiLU": nn.SiLU, "Sigmoid": nn.Sigmoid}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """A checkpoint's own recipe of sentence vectors, `native`.

    Attributes:
        encoder: Folder of the transformers encoder.
        modes: Pooling modes, concatenated in this order.
        include_prompt: Whether the prompt's tokens are pooled too.
        after: Modules applied to the pooled vector, in order, in float32.
        max_length: `max_seq_length`, or None where the checkpoint does not set it.
        lower_case: Whether sentences are lowercased before they are tokenised.
        default_prompt: Prompt that the checkpoint would put before sentences by default, or None.
        declared: False where there is no `modules.json` and mean pooling is assumed.
        problem: Reason why `native` cannot be computed, or None. Other poolings still can.
    """

    encoder: Path
    modes: tuple[str, ...] = ("mean",)
    include_prompt: bool = True
    after: tuple[nn.Module, ...] = ()
    max_length: int | None = None
    lower_case: bool = False
    default_prompt: str | None = None
    declared: bool = False
    problem: str | None = None


class Normalize(nn.Module):
    """Scale every row to length 1."""

    def forward(self, vectors: Tensor) -> Tensor:
        """Return `vectors` with rows of length 1; a zero row stays zero."""
        return nn.functional.normalize(vectors, dim=-1)


def read_recipe(folder: Path) -> Recipe:
    """Read a checkpoint's recipe of sentence vectors.

    Raises:
        CheckpointError: `modules.json` or a module's files are damaged, or lead out of `folder`.
    """
    path = folder / "modules.json"
    if not path.is_file():
        return Recipe(folder, **_sentence_config(folder))
    try:
        modules = json.loads(path.read_text(encoding="utf-8"))
        listed = [(str(m["type"]).rpartition(".")[2], _inside(folder, m["path"])) for m in modules]
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} is not a list of modules ({error}): pull the checkpoint again"
        ) from error
    encoder, include = folder, True
    modes: tuple[str, ...] = ()
    after: list[nn.Module] = []
    problem: str | None = None
    for kind, place in listed:
        if kind == "Transformer":
            encoder = place
        elif kind == "Pooling" and not modes:
            modes, include = _pooling(place)
        elif kind == "Normalize":
            after.append(Normalize())
        elif kind == "Dense" and modes:
            after.append(_dense(place))
        elif kind != "Dropout":  # does nothing when a model is evaluated
            problem = f"{path} names a module {kind!r} that rankcheck does not know"
    if not modes and problem is None:
        problem = f"{path} names no Pooling module"
    prompts = read_json(folder / "config_sentence_transformers.json")
    default = (prompts.get("prompts") or {}).get(prompts.get("default_prompt_name"))
    return Recipe(encoder, modes, include, tuple(after), **_sentence_config(encoder),
                  default_prompt=default or None, declared=True, problem=problem)  # fmt: skip


def _inside(folder: Path, name: str) -> Path:
    place = (folder / name).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise CheckpointError(f"{folder / 'modules.json'} names {name!r}, outside the checkpoint")
    return folder / name


def _sentence_config(encoder: Path) -> dict[str, Any]:
    for family in _SENTENCE_CONFIGS:
        config = read_json(encoder / f"sentence_{family}_config.json")
        if config:
            return {
                "max_length": config.get("max_seq_length"),
                "lower_case": bool(config.get("do_lower_case", False)),
            }
    return {}


def _pooling(place: Path) -> tuple[tuple[str, ...], bool]:
    config = read_json(place / "config.json")
    mode = config.get("pooling_mode")
    modes = (mode,) if isinstance(mode, str) else tuple(mode or ())
    modes = modes or tuple(m for key, m in _LEGACY_MODES.items() if config.get(key)) or ("mean",)
    for name in modes:
        if name not in _MODES:
            raise CheckpointError(f"{place / 'config.json'}: unknown pooling mode {name!r}")
    return modes, bool(config.get("include_prompt", True))


def _dense(place: Path) -> nn.Module:
    from safetensors.torch import load_file

    config = read_json(place / "config.json")
    name = str(config.get("activation_function", "torch.nn.modules.activation.Tanh"))
    activation = _ACTIVATIONS.get(name.rpartition(".")[2])
    if activation is None or not name.startswith("torch.nn."):
        raise CheckpointError(f"{place / 'config.json'}: unknown activation {name!r}")
    if config.get("use_residual") or config.get("module_input_name", "sentence_embedding") != (
        "sentence_embedding"
    ):
        raise CheckpointError(f"{place / 'config.json'}: only a plain Dense layer is supported")
    weights = place / "model.safetensors"
    if not weights.is_file():
        raise CheckpointError(f"{weights} is missing: a Dense module's pickled weights are refused")
    return nn.Sequential(_linear(load_file(weights), config, weights), activation())


def _linear(state: Mapping[str, Tensor], config: Mapping[str, Any], path: Path) -> nn.Linear:
    bias = bool(config.get("bias", True))
    try:
        # skip_init: random initial values would be overwritten, and would move the global generator
        sizes = int(config["in_features"]), int(config["out_features"])
        layer: nn.Linear = skip_init(nn.Linear, *sizes, bias=bias)  # type: ignore[no-untyped-call]
        layer.load_state_dict({k.removeprefix("linear."): v.float() for k, v in state.items()})
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(f"{path} does not fit its config.json: {error}") from error
    return layer.requires_grad_(False).to(torch.float32)
