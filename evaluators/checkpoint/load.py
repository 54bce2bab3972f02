"""Load a checkpoint's encoder and tokenizer from a folder: safetensors only, no remote code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from evaluators.checkpoint.memory import validate_fits
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
        device: The model's device.
        max_positions: Longest sentence in tokens that its position embeddings hold, or None.
        has_pooler: Whether the weights hold a trained pooler.
    """

    model: Any
    tokenizer: Any
    device: torch.device
    max_positions: int | None
    has_pooler: bool


def read_json(path: Path) -> dict[str, Any]:
    """Read one JSON object of a checkpoint, {} where the file does not exist.

    Raises:
        CheckpointError: The file is not a JSON object.
    """
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path} is not JSON ({error}): pull the checkpoint again") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path} does not hold a JSON object: pull the checkpoint again")
    return value


def load_encoder(
    folder: Path, *, dtype: str = "float32", device: str | torch.device | None = None
) -> LoadedEncoder:
    """Load the transformers encoder in `folder`.

    The dtype is always explicit: transformers 5 would otherwise take the dtype of the saved
    weights, and scores would change with it.

    Args:
        folder: Holds `config.json`, `*.safetensors` and the tokenizer's files.
        dtype: A key of `DTYPES`.
        device: torch's name of a device; None takes CUDA where there is one.

    Raises:
        CheckpointError: A file is missing or damaged, the weights are pickled only or leave
            parameters unset, or the checkpoint wants remote code.
    """
    from transformers import AutoModel, AutoTokenizer

    if dtype not in DTYPES:
        raise CheckpointError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}")
    config = read_json(folder / "config.json")
    if not config:
        raise CheckpointError(f"{folder / 'config.json'} is missing: not a transformers checkpoint")
    if "auto_map" in config:
        raise CheckpointError(
            f"{folder / 'config.json'} has auto_map: it wants to run its own code, which is refused"
        )
    target = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    validate_fits(folder, config, dtype=dtype, device=target)
    safe = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **safe)
        # unset poolers would be drawn from the global generator
        with torch.random.fork_rng(devices=[]), _no_progress_bar():
            model, info = AutoModel.from_pretrained(
                folder, dtype=DTYPES[dtype], use_safetensors=True, output_loading_info=True, **safe
            )
    except Exception as error:  # safetensors, tokenizers and transformers each raise their own
        raise CheckpointError(
            f"{folder} cannot be loaded ({type(error).__name__}: {error}); it needs config.json, "
            "*.safetensors and tokenizer files, all whole: pull the checkpoint again"
        ) from error
    model = model.get_encoder() if model.config.is_encoder_decoder else model
    unset = sorted(info["missing_keys"])
    _validate_all_set([name for name in unset if not _unused(name)], folder)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return LoadedEncoder(
        model=model.to(target).eval(),
        tokenizer=tokenizer,
        device=target,
        max_positions=_max_positions(model),
        has_pooler=getattr(model, "pooler", None) is not None
        and not any(name.startswith("pooler.") for name in unset),
    )


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


def _max_positions(model: Any) -> int | None:
    """Return how many tokens the position embeddings hold.

    RoBERTa and its kin count positions from `padding_idx` + 1, so two of their 514 are never used.
    """
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            used = 0 if module.padding_idx is None else module.padding_idx + 1
            return module.num_embeddings - used
    declared = getattr(model.config, "max_position_embeddings", None)
    return declared if isinstance(declared, int) and declared > 0 else None
