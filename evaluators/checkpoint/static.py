"""Load a table of word vectors as an encoder: its token vectors are the rows of the table.

sentence-transformers' StaticEmbedding, which model2vec writes. A sentence is the mean of the rows
of its tokens, without special tokens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from evaluators.checkpoint.load import DTYPES, LoadedEncoder, best_device
from evaluators.errors import CheckpointError

_NO_LIMIT = int(1e30)  # what transformers writes where a tokenizer states none


class StaticOutput(NamedTuple):
    """Token vectors, (m, L, d), under the name that transformers has for them."""

    last_hidden_state: Tensor


class StaticEncoder(nn.Module):
    """A table that gives each token the same vector in every sentence."""

    def __init__(self, rows: Tensor) -> None:
        super().__init__()
        self.table = nn.Embedding(rows.shape[0], rows.shape[1], _weight=rows, _freeze=True)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, **options: bool
    ) -> StaticOutput:
        """Return the row of each token; padding is left to the pooling."""
        return StaticOutput(self.table(input_ids))


def load_static(
    folder: Path, *, dtype: str = "float32", device: str | torch.device | None = None
) -> LoadedEncoder:
    """Load the table of word vectors in `folder`.

    Args:
        folder: Holds `model.safetensors` and `tokenizer.json`.
        dtype: A key of `DTYPES`.
        device: torch's name of a device; None takes CUDA where there is one.

    Raises:
        CheckpointError: A file is missing or damaged, the table has too few rows, or is quantised
            to integers.
    """
    from transformers import PreTrainedTokenizerFast

    if dtype not in DTYPES:
        raise CheckpointError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}")
    rows = _rows(folder / "model.safetensors")
    backend = _tokenizer(folder / "tokenizer.json")
    if backend.get_vocab_size() > len(rows):
        raise CheckpointError(
            f"{folder}: the tokenizer has {backend.get_vocab_size()} tokens, the table"
            f" {len(rows)} rows: the files do not belong together. Pull the checkpoint again."
        )
    limit = (backend.truncation or {}).get("max_length", _NO_LIMIT)
    tokenizer: Any = PreTrainedTokenizerFast
    tokenizer = tokenizer(tokenizer_object=backend, model_max_length=limit)
    target = best_device(device)
    return LoadedEncoder(
        model=StaticEncoder(rows.to(target, DTYPES[dtype])).eval(),
        tokenizer=tokenizer,
        device=target,
        max_positions=None,
        has_pooler=False,
        is_static=True,
    )


def _rows(file: Path) -> Tensor:
    """Return one vector for each token, with model2vec's mapping and weights applied."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} cannot be read ({error}): pull it again") from error
    rows = state.get("embedding.weight", state.get("embeddings"))
    if rows is None or rows.ndim != 2:
        raise CheckpointError(
            f"{file} must hold the matrix embedding.weight or embeddings, got"
            f" {', '.join(sorted(state))}"
        )
    if not rows.is_floating_point():
        raise CheckpointError(
            f"{file}: the table is quantised to {rows.dtype}, which sentence-transformers cannot"
            " read either. Name a revision in float32 or float16."
        )
    if "embedding.weight" in state:
        return rows
    rows = rows[state["mapping"].long()] if "mapping" in state else rows
    if "weights" in state:
        rows = rows.to(torch.promote_types(rows.dtype, torch.float32))
        rows = (rows * state["weights"][:, None]).to(rows.dtype)
    return rows


def _tokenizer(file: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises plain Exception
        raise CheckpointError(f"{file} cannot be read ({error}): pull it again") from error
