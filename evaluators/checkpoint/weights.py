"""Validate safetensors files: complete, without NaN or infinity. Needs neither torch nor copies."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from evaluators.errors import CheckpointError

_LARGEST_HEADER = 100_000_000  # bytes; the format's own limit
_ELEMENTS = 1 << 22  # looked at together, to bound memory

# The bits that are all ones in NaN and infinity: the exponent, per IEEE 754, in an integer of
# the same width. F8_E4M3 and F8_E8M0 have no infinity and one pattern (but for the sign) for NaN.
_EXPONENT = {
    "F64": ("<u8", 0x7FF0000000000000),
    "C64": ("<u4", 0x7F800000),
    "F32": ("<u4", 0x7F800000),
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
    "F8_E5M2": ("<u1", 0x7C),
    "F8_E4M3": ("<u1", 0x7F),
    "F8_E8M0": ("<u1", 0xFF),
}


class TensorSpan(NamedTuple):
    """A tensor's place in its file: dtype, shape, first byte, and the byte past the last."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_spans(path: Path) -> dict[str, TensorSpan]:
    """Validate the layout of a safetensors file, and return the place of each tensor.

    Raises:
        CheckpointError: The file is empty, truncated, too long, or its header is damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(_LARGEST_HEADER, size - 8):
            raise _damaged(path, f"its header is announced as {length} bytes, the file has {size}")
        header = file.read(length)
    try:
        tensors: dict[str, Any] = json.loads(header)
        tensors.pop("__metadata__", None)
        spans = {
            name: TensorSpan(
                entry["dtype"],
                tuple(entry["shape"]),
                *(8 + length + o for o in entry["data_offsets"]),
            )
            for name, entry in tensors.items()
        }
        end = max((span.end for span in spans.values()), default=8 + length)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"its header is no table of tensors ({error!r})") from error
    if end != size:
        raise _damaged(path, f"its tensors end at byte {end}, the file has {size}")
    _validate_file(path)
    return spans


def validate_finite(path: Path, *, advance: Callable[[int], None] | None = None) -> None:
    """Validate that a safetensors file has neither NaN nor infinity.

    Args:
        path: A file that `read_spans` found whole.
        advance: Told the bytes looked at, as they go.

    Raises:
        CheckpointError: Naming the tensor and the place in it.
    """
    import numpy as np

    for name, span in read_spans(path).items():
        kind = _EXPONENT.get(span.dtype)
        if kind is not None and span.end > span.start:
            bits, mask = np.dtype(kind[0]), kind[1]
            values = np.memmap(
                path, bits, "r", span.start, ((span.end - span.start) // bits.itemsize,)
            )
            for first in range(0, values.size, _ELEMENTS):
                block = values[first : first + _ELEMENTS]
                bad = (block & bits.type(mask)) == bits.type(mask)
                if bad.any():
                    place = first + int(bad.argmax())
                    raise CheckpointError(
                        f"{path}: tensor {name} ({span.dtype}) holds NaN or infinity, first at "
                        f"element {place} of {math.prod(span.shape)}: every score would be NaN. "
                        "The training diverged or the file is damaged; use an earlier checkpoint."
                    )
        if advance:
            advance(span.end - span.start)


def _span(entry: dict[str, Any], base: int) -> TensorSpan:
    start, end = entry["data_offsets"]
    return TensorSpan(entry["dtype"], tuple(entry["shape"]), base + start, base + end)


def _validate_file(path: Path) -> None:
    """Validate dtypes, overlaps, holes and sizes by the safetensors library."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            pass
    except SafetensorError as error:
        raise _damaged(path, f"safetensors says: {error}") from error


def _damaged(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"{path} is truncated or damaged: {reason}. Delete it and pull the checkpoint again."
    )
