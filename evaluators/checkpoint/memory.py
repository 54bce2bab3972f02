"""Validate before loading that weights fit into memory, and a configuration fits its weights.

Only the headers of safetensors files are read. Without these checks a checkpoint that is too large
ends the process (Linux kills it), and with it a night's other evaluations.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evaluators.checkpoint.weights import read_spans
from evaluators.errors import CheckpointError

if TYPE_CHECKING:
    import torch

DTYPE_BYTES = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
_SINGLE = "model.safetensors"
# What transformers calls the number of layers; each has at least one tensor of its own. ALBERT's
# layers share the tensors of a group.
_LAYERS = ("num_hidden_layers", "num_layers", "n_layer", "n_layers", "encoder_layers")
_GROUPS = "num_hidden_groups"
_WIDTHS = ("embedding_size", "word_embed_proj_dim", "hidden_size", "d_model", "n_embd", "emb_dim")


class WeightsSize(NamedTuple):
    """The number of tensors and of their elements together."""

    tensors: int
    elements: int


def weights_size(folder: Path) -> WeightsSize:
    """Return the size of the weights that transformers would load from a folder.

    Raises:
        CheckpointError: A safetensors file is damaged.
    """
    single = folder / _SINGLE
    files = [single] if single.is_file() else sorted(folder.glob("*.safetensors"))
    spans = [span for file in files for span in read_spans(file).values()]
    return WeightsSize(len(spans), sum(math.prod(span.shape) for span in spans))


def validate_fits(
    folder: Path, config: Mapping[str, Any], *, dtype: str, device: torch.device
) -> None:
    """Validate that a checkpoint can be loaded on a device.

    Args:
        folder: The folder of a transformers encoder.
        config: Its `config.json`.
        dtype: A key of `DTYPE_BYTES`.
        device: Where the model will be. It is first loaded into main memory.

    Raises:
        CheckpointError: The weights do not fit, or the configuration asks for more of them than
            there are.
    """
    size = weights_size(folder)
    validate_sizes(folder, config, size)
    for name, free in _free_places(device):
        if problem := shortage(size.elements, dtype, free):
            raise CheckpointError(f"{folder} does not fit into the memory of {name}: {problem}")


def validate_sizes(folder: Path, config: Mapping[str, Any], size: WeightsSize) -> None:
    """Validate what a `config.json` and its part about text declare, if there are weights.

    Raises:
        CheckpointError: As `validate_declared`.
    """
    if not size.tensors:
        return  # the loader has the error for it
    for declared in (config, config.get("text_config")):
        if isinstance(declared, Mapping):
            validate_declared(folder / "config.json", declared, size)


def shortage(elements: int, dtype: str, free: int) -> str:
    """Return what weights need and what would fit; empty if they fit.

    Args:
        elements: Number of elements of the weights.
        dtype: The wanted dtype.
        free: Free bytes.
    """
    needed = {name: elements * size for name, size in DTYPE_BYTES.items()}
    if needed[dtype] <= free:
        return ""
    smaller = "bfloat16"
    text = f"its weights need {gigabytes(needed[dtype])} in {dtype}"
    if needed[smaller] < needed[dtype]:
        text += f", {gigabytes(needed[smaller])} in {smaller}"
    text += f"; {gigabytes(free)} are free"
    if needed[smaller] <= free:
        return f"{text}: write dtype: {smaller}"
    return f"{text}: free memory, or use another device or a smaller checkpoint"


def validate_declared(file: Path, config: Mapping[str, Any], size: WeightsSize) -> None:
    """Validate that a configuration does not ask for more than the weights hold.

    A model of a million layers would be built, and only then found to have none of its weights.

    Raises:
        CheckpointError: There are more layers than tensors, or a larger vocabulary than elements.
    """
    keys = [_GROUPS] if _GROUPS in config else _LAYERS
    for key in keys:
        layers = config.get(key)
        if isinstance(layers, int) and layers > size.tensors:
            raise CheckpointError(
                f"{file}: {key} must be at most the number of tensors in the weights"
                f" ({size.tensors}), got {layers}: the files belong to different checkpoints"
            )
    vocabulary = config.get("vocab_size")
    widths = [config[key] for key in _WIDTHS if isinstance(config.get(key), int)]
    if isinstance(vocabulary, int) and widths and vocabulary * min(widths) > size.elements:
        raise CheckpointError(
            f"{file}: vocab_size {vocabulary} of width {min(widths)} has more elements than all"
            f" weights together ({size.elements}): the files belong to different checkpoints"
        )


def _free_places(device: torch.device) -> Iterator[tuple[str, int]]:
    """Yield each memory that the weights pass through, with its free bytes."""
    yield "this machine", free_memory()
    if device.type == "cuda":
        yield str(device), free_bytes(device)


def free_bytes(device: torch.device) -> int:
    """Return the free bytes of a GPU, or of this machine."""
    if device.type != "cuda":
        return free_memory()
    import torch

    free, _ = torch.cuda.mem_get_info(device)
    # What PyTorch's allocator keeps without using it is free for the model as well.
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free + kept


def free_memory() -> int:
    """Return the bytes of main memory that this process may still use."""
    import psutil

    return min([psutil.virtual_memory().available, *_free_of_groups()])


def _free_of_groups() -> Iterator[int]:
    """Yield what the control groups around this process (a container's limit) leave free."""
    root = Path("/sys/fs/cgroup")
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="ascii").strip().rpartition("::/")[2]
        group = root / own
    except OSError:
        return
    while group.is_relative_to(root):
        try:
            limit = (group / "memory.max").read_text(encoding="ascii").strip()
            used = int((group / "memory.current").read_text(encoding="ascii"))
            stat = (group / "memory.stat").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            limit = "max"
        if limit != "max":
            # Cached files count as used, and are dropped when memory is needed.
            cached = int(stat[stat.index("inactive_file") + 1]) if "inactive_file" in stat else 0
            yield max(0, int(limit) - used + cached)
        group = group.parent


def gigabytes(count: int) -> str:
    """Return a number of bytes in GB, in words."""
    return f"{count / 1e9:.1f} GB"
