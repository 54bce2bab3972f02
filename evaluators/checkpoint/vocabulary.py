"""Validate that a tokenizer is not larger than the weights can need.

Eight million words take the tokenizers library minutes and gigabytes, although a checkpoint can use
only as many as its weights have rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from evaluators.checkpoint.files import needed_files
from evaluators.checkpoint.names import VOCABULARY
from evaluators.checkpoint.weights import read_spans
from evaluators.errors import CheckpointError

_ALWAYS = 4_000_000
_PER_ROW = 500  # bytes; tokenizers of 32,000 to 262,000 words have 15 to 130 a word
_LARGEST = 64_000_000  # bytes; the largest tokenizers have some 35 MB
_NARROWEST = 32
"""Smallest width of an embedding, so that rows of one byte each do not count."""


def validate_vocabulary(folder: Path) -> None:
    """Validate the sizes of a checkpoint's vocabulary files, before one is read.

    Raises:
        CheckpointError: One is larger than its weights can need, or the weights are damaged.
    """
    files = needed_files(folder)
    rows = max(_rows(files), default=0)
    limit = min(_LARGEST, _ALWAYS + _PER_ROW * rows)
    for file in files:
        if file.name in (*VOCABULARY, "tokenizer.json") and (size := file.stat().st_size) > limit:
            raise CheckpointError(
                f"{file} must have at most {limit:,} bytes for weights of {rows:,} rows, got"
                f" {size:,}: the files belong to different checkpoints"
            )


def _rows(files: list[Path]) -> Iterator[int]:
    """Yield an upper bound of the words that each tensor can embed."""
    for file in files:
        if file.suffix == ".safetensors":
            for span in read_spans(file).values():
                yield min(max(span.shape, default=0), math.prod(span.shape) // _NARROWEST)
