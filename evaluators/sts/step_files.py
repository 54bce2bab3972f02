"""Read the files of sentence-transformers' modules as steps of a recipe.

Activations are known by name and never imported; a key that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from evaluators.checkpoint.json_files import read_object
from evaluators.checkpoint.modules import ModuleEntry
from evaluators.errors import CheckpointError
from evaluators.sts.steps import (
    MODES,
    SENTENCE,
    TOKENS,
    Normalize,
    Pool,
    Residual,
    Step,
    WeightLayers,
)

LAYERS = "all_layer_embeddings"
_LEGACY_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_WIDTH = {"embedding_dimension", "word_embedding_dimension"}
_FEATURES = {"module_input_name", "module_output_name"}
_ACTIVATIONS = {
    each.__name__: each
    for each in (
        nn.Identity, nn.Tanh, nn.ReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.LeakyReLU, nn.ELU, nn.SELU,
        nn.CELU, nn.ReLU6, nn.Mish, nn.Softplus, nn.Softsign, nn.Hardtanh, nn.Hardswish,
        nn.Hardsigmoid, nn.LogSigmoid, nn.Tanhshrink,
    )
}  # fmt: skip


def read_step(module: ModuleEntry) -> Step | None:
    """Return the step of a module after the encoder; None for one that changes nothing.

    Raises:
        CheckpointError: The module or a setting is unknown, its weights are missing, pickled or do
            not fit.
    """
    if module.kind == "Dropout":  # does nothing when a model is evaluated
        return None
    if module.kind not in _READERS:
        raise CheckpointError(
            f"{module.folder} is a module {module.kind!r} that rankcheck does not know"
        )
    return _READERS[module.kind](module.folder)


def _pooling(folder: Path) -> Step:
    config = _config(folder, {*_WIDTH, "pooling_mode", "include_prompt", *_LEGACY_MODES})
    mode = config.get("pooling_mode")
    modes = (mode,) if isinstance(mode, str) else tuple(mode or ())
    modes = modes or tuple(m for key, m in _LEGACY_MODES.items() if config.get(key)) or ("mean",)
    for name in modes:
        if name not in MODES:
            raise CheckpointError(f"{folder / 'config.json'}: unknown pooling mode {name!r}")
    return Step("Pooling", Pool(modes, bool(config.get("include_prompt", True))), TOKENS, SENTENCE)


def _normalize(folder: Path) -> Step:
    return Step("Normalize", Normalize(), *_features(_config(folder, _FEATURES)))


def _layer_norm(folder: Path) -> Step:
    config = _config(folder, {"dimension"})
    weights = _weights(folder)
    with _fitting(folder):
        norm = skip_init(nn.LayerNorm, int(config["dimension"]))  # type: ignore[no-untyped-call]
        norm.load_state_dict({k.removeprefix("norm."): v.float() for k, v in weights.items()})
    return Step("LayerNorm", norm.requires_grad_(False), SENTENCE, SENTENCE)


def _weighted_layers(folder: Path) -> Step:
    config = _config(folder, {*_WIDTH, "num_hidden_layers", "layer_start"})
    start, layers = int(config.get("layer_start", 4)), int(config.get("num_hidden_layers", 12))
    weights = _weights(folder).get("layer_weights")
    if weights is None or weights.shape != (layers + 1 - start,):
        raise CheckpointError(
            f"{folder / 'model.safetensors'} must hold layer_weights for the layers {start} to"
            f" {layers}: it does not fit its config.json. Pull the checkpoint again."
        )
    return Step("WeightedLayerPooling", WeightLayers(weights.float(), start), LAYERS, TOKENS)


def _dense(folder: Path) -> Step:
    known = {"in_features", "out_features", "bias", "activation_function", "use_residual"}
    config = _config(folder, known | _FEATURES)
    name = str(config.get("activation_function", "torch.nn.modules.activation.Tanh"))
    activation = _ACTIVATIONS.get(name.rpartition(".")[2])
    if activation is None or not name.startswith("torch.nn."):
        raise CheckpointError(f"{folder / 'config.json'}: unknown activation {name!r}")
    weights = _weights(folder)
    with _fitting(folder):
        sizes = int(config["in_features"]), int(config["out_features"])
        linear = _linear(weights, "linear.", *sizes, bias=bool(config.get("bias", True)))
        layer: nn.Module = nn.Sequential(linear, activation())
        names = {"linear.weight", "linear.bias"}
        if config.get("use_residual"):
            same = sizes[0] == sizes[1]
            shortcut = nn.Identity() if same else _linear(weights, "residual.", *sizes, bias=False)
            layer = Residual(layer, shortcut)
            names |= set() if same else {"residual.weight"}
        if unknown := set(weights) - names:
            raise CheckpointError(f"it has the unknown weights {min(unknown)!r}")
    return Step("Dense", layer, *_features(config))


_READERS: dict[str, Callable[[Path], Step]] = {
    "Pooling": _pooling,
    "Normalize": _normalize,
    "LayerNorm": _layer_norm,
    "WeightedLayerPooling": _weighted_layers,
    "Dense": _dense,
}


def _features(config: Mapping[str, Any]) -> tuple[str, str]:
    """Return the names of the features that a module reads and writes."""
    reads = str(config.get("module_input_name") or SENTENCE)
    return reads, str(config.get("module_output_name") or reads)


def _config(folder: Path, known: set[str]) -> dict[str, Any]:
    """Return a module's configuration, all of whose keys are known."""
    config = read_object(folder / "config.json")
    validate_keys(folder / "config.json", config, known)
    return config


def validate_keys(file: Path, config: Mapping[str, Any], known: set[str]) -> None:
    """Validate that every key of a configuration is known: one that is not may change vectors.

    Raises:
        CheckpointError: Naming the file and the key.
    """
    if unknown := set(config) - known:
        raise CheckpointError(f"{file} has the key {min(unknown)!r}, which rankcheck does not know")


def _weights(folder: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = folder / "model.safetensors"
    if not file.is_file():
        raise CheckpointError(
            f"{file} is missing: pickled weights of a module are refused. Name a revision that has"
            " them as safetensors"
        )
    try:
        return load_file(file)
    except SafetensorError as error:
        raise CheckpointError(f"{file} cannot be read ({error}): pull it again") from error


@contextmanager
def _fitting(folder: Path) -> Iterator[None]:
    """Name the file where weights do not fit their configuration."""
    try:
        yield
    except (KeyError, RuntimeError, ValueError, CheckpointError) as error:
        file = folder / "model.safetensors"
        raise CheckpointError(f"{file} does not fit its config.json: {error}") from error


def _linear(
    weights: Mapping[str, Tensor], prefix: str, width: int, out: int, *, bias: bool
) -> nn.Linear:
    # skip_init: random initial values would be overwritten, and would move the global generator
    layer: nn.Linear = skip_init(nn.Linear, width, out, bias=bias)  # type: ignore[no-untyped-call]
    own = {k.removeprefix(prefix): v.float() for k, v in weights.items() if k.startswith(prefix)}
    layer.load_state_dict(own)
    return layer.requires_grad_(False).to(torch.float32)
