"""Load a checkpoint's encoder and tokenizer from a folder: safetensors only, no remote code."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from evaluators.checkpoint.device_map import DeviceMap
from evaluators.checkpoint.json_files import read_object
from evaluators.checkpoint.memory import validate_fits, validate_sizes, weights_size
from evaluators.checkpoint.modules import remote_code
from evaluators.checkpoint.placement import choose_devices, room_on, spread
from evaluators.errors import CheckpointError

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


@dataclass(frozen=True)
class LoadedEncoder:
    """A transformers encoder ready for inference.

    Attributes:
        model: The encoder in evaluation mode, on `device`, in the requested dtype.
        tokenizer: Its transformers tokenizer.
        device: The model's device, or the one that its inputs go to.
        max_positions: Longest sentence in tokens that its position embeddings hold or its
            configuration declares, or None.
        has_pooler: Whether the weights hold a trained pooler.
        has_table: Whether positions are looked up in a table, which longer sentences leave.
        has_decoder: Whether the checkpoint has a decoder too, which is not used.
        is_static: Whether the encoder is a table of word vectors, without layers.
        spread_over: The devices of a model that is spread over several; else empty.
    """

    model: Any
    tokenizer: Any
    device: torch.device
    max_positions: int | None
    has_pooler: bool
    has_table: bool = False
    has_decoder: bool = False
    is_static: bool = False
    spread_over: tuple[torch.device, ...] = ()


def load_encoder(
    folder: Path,
    *,
    dtype: str = "float32",
    device: str | torch.device | None = None,
    device_map: DeviceMap | None = None,
) -> LoadedEncoder:
    """Load the transformers encoder in `folder`.

    The dtype is always explicit: transformers 5 would otherwise take the dtype of the saved
    weights, and scores would change with it.

    Args:
        folder: Holds `config.json`, `*.safetensors` and the tokenizer's files.
        dtype: A key of `DTYPES`.
        device: torch's name of a device; None takes CUDA where there is one.
        device_map: Devices to spread the layers over, in place of `device`.

    Raises:
        CheckpointError: A file is missing or damaged, the weights are pickled only, do not fit
            into memory or leave parameters unset, or the checkpoint wants remote code.
    """
    from transformers import AutoConfig, AutoTokenizer

    if dtype not in DTYPES:
        raise CheckpointError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}")
    config = read_object(folder / "config.json")
    if not config:
        raise CheckpointError(f"{folder / 'config.json'} is missing: not a transformers checkpoint")
    if "auto_map" in config:
        raise CheckpointError(remote_code(folder / "config.json", "auto_map"))
    devices = [best_device(device)]
    if device_map is not None:
        validate_sizes(folder, config, weights_size(folder))
        devices = choose_devices(folder, device_map, dtype=dtype)
    if len(devices) == 1:
        validate_fits(folder, config, dtype=dtype, device=devices[0])
    safe = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **safe)
        settings = AutoConfig.from_pretrained(folder, **safe)
        _switch_off_cache(settings)
        kind = _model_class(settings)
        # unset poolers would be drawn from the global generator
        with torch.random.fork_rng(devices=[]), _no_progress_bar(), _no_offload_warning():
            placement = _placement(kind, settings, devices, dtype) if len(devices) > 1 else None
            model, info = kind.from_pretrained(
                folder,
                config=settings,
                dtype=DTYPES[dtype],
                device_map=placement,
                use_safetensors=True,
                output_loading_info=True,
                **safe,
            )
    except ImportError as error:
        raise CheckpointError(f"{folder} needs a package that is not here: {error}") from error
    except CheckpointError as error:
        raise CheckpointError(f"{folder} does not fit: {error}") from error
    except Exception as error:  # safetensors, tokenizers and transformers each raise their own
        raise CheckpointError(
            f"{folder} cannot be loaded ({type(error).__name__}: {error}); it needs config.json, "
            "*.safetensors and tokenizer files, all whole: pull the checkpoint again"
        ) from error
    if placement is not None and len(set(devices)) == 1:
        _attach_hooks(model, placement)  # transformers leaves them out for one device
    # an encoder that was saved alone declares no decoder, and has one here all the same
    two_parts = hasattr(model, "encoder") and hasattr(model, "decoder")
    model = model.get_encoder() if two_parts else model
    unset = sorted(info["missing_keys"])
    _validate_all_set([name for name in unset if not _unused(name)], folder)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    positions, has_table = _positions(model)
    return LoadedEncoder(
        model=(model if placement else model.to(devices[0])).eval(),
        tokenizer=tokenizer,
        device=devices[0],
        max_positions=positions,
        has_pooler=getattr(model, "pooler", None) is not None
        and not any(name.startswith("pooler.") for name in unset),
        has_table=has_table,
        has_decoder=two_parts or config.get("is_encoder_decoder") is True,
        spread_over=tuple(devices) if placement else (),
    )


def best_device(name: str | torch.device | None) -> torch.device:
    """Return the named device, or for None CUDA where there is one and else the CPU."""
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def _placement(
    kind: Any, settings: Any, devices: list[torch.device], dtype: str
) -> dict[str, int | str]:
    """Return transformers' `device_map`, from a model without memory."""
    from accelerate import init_empty_weights

    with init_empty_weights(include_buffers=True):
        skeleton = kind.from_config(settings)
    placed = spread(skeleton, devices, room_on(devices), dtype=dtype)
    # accelerate compares names, and knows a GPU by its number
    return {
        name: device.index if device.type == "cuda" else device.type
        for name, device in placed.items()
    }


def _attach_hooks(model: Any, placement: dict[str, int | str]) -> None:
    from accelerate import dispatch_model

    skipped = model._skip_keys_device_placement
    with _no_offload_warning():
        dispatch_model(model, placement, skip_keys=skipped, force_hooks=True)


def _model_class(config: Any) -> Any:
    """Return the auto class that loads the encoder.

    transformers 5 saves a lone T5 encoder so that `AutoModel` adds a random decoder to it.
    """
    from transformers import AutoModel, AutoModelForTextEncoding
    from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES

    name = MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES.get(config.model_type, "")
    if not name.endswith("EncoderModel"):
        return AutoModel
    config.is_encoder_decoder = False
    return AutoModelForTextEncoding


def _switch_off_cache(config: Any) -> None:
    """Keep no keys and values of decoder layers: no second pass would use them."""
    if hasattr(config, "use_cache"):
        config.use_cache = False
    for name in getattr(config, "sub_configs", ()):
        if getattr(config, name, None) is not None:
            _switch_off_cache(getattr(config, name))


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Hide the short progress bar of transformers, which would disturb the own one."""
    from transformers.utils import logging

    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def _no_offload_warning() -> Iterator[None]:
    """Hide that layers are in main memory, which the plan said."""
    logger = logging.getLogger("accelerate.big_modeling")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _unused(name: str) -> bool:
    """Return whether a parameter does not affect token vectors: of a pooler or a decoder."""
    return name.startswith(("pooler.", "decoder."))


def _validate_all_set(names: list[str], folder: Path) -> None:
    """Validate that files set all parameters, as others would be random, and all scores too."""
    if names:
        listed = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        raise CheckpointError(
            f"{folder}: the weights leave {len(names)} parameters unset ({listed}): "
            "the files belong to another architecture, or some are missing"
        )


def _positions(model: Any) -> tuple[int | None, bool]:
    """Return how many tokens have a position, and whether a table holds them.

    RoBERTa and its kin count positions from `padding_idx` + 1, so two of their 514 are never used.
    """
    declared = getattr(model.config, "max_position_embeddings", None)
    limit = declared if isinstance(declared, int) and declared > 0 else None
    for name, module in model.named_modules():
        if not isinstance(module, torch.nn.Embedding):
            continue
        if name.endswith("position_embeddings"):
            used = 0 if module.padding_idx is None else module.padding_idx + 1
            return module.num_embeddings - used, True
        if name.endswith(("embed_positions", "wpe")):  # BART's and RoFormer's, GPT-2's
            return limit, True
    return limit, False
