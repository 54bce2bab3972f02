"""One forward pass over a batch: padded to a rectangle, or its sentences in one row, unpadded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.checkpoint.load import LoadedEncoder
from evaluators.sts.steps import States
from evaluators.sts.tokenizer import Tokens
from evaluators.sts.transfer import to_device

Integers = NDArray[np.int64]


class Layers(NamedTuple):
    """The layers that poolings need besides the last one."""

    first: bool
    before_last: bool
    pooler: bool
    every: bool


class Filled(NamedTuple):
    """How compiled batches get one shape: they are filled up with sentences of padding.

    Attributes:
        model: The compiled model.
        tokens: Number of tokens of every batch.
        longest: Upper bound of the length of a sentence, the same for all batches.
    """

    model: Callable[..., Any]
    tokens: int
    longest: int


def padded_forward(loaded: LoadedEncoder, batch: Sequence[Tokens], layers: Layers) -> States:
    """Run the encoder over a batch padded on the right to its longest sentence.

    Sentences of equal length need no padding, and then no mask either.
    """
    device = loaded.device
    lengths = _lengths(batch)
    shape = (len(batch), int(lengths.max()))
    ids = np.full(shape, loaded.tokenizer.pad_token_id or 0, dtype=np.int64)
    types = np.zeros(shape, dtype=np.int64)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens.ids)] = tokens.ids
        if tokens.types is not None:
            types[row, : len(tokens.types)] = tokens.types
    inputs = {"input_ids": to_device(ids, device)}
    mask = _mask(lengths, device)
    if mask is not None:
        inputs["attention_mask"] = mask
    if types.any():
        inputs["token_type_ids"] = to_device(types, device)
    output = loaded.model(**inputs, output_hidden_states=_deep(layers), return_dict=True)
    hidden: tuple[Tensor, ...] = output.hidden_states if _deep(layers) else ()
    if loaded.spread_over:  # each layer's states lie where the layer does
        hidden = tuple(states.to(device) for states in hidden)
    return States(
        last=output.last_hidden_state.to(device),
        first=hidden[1] if layers.first else None,
        before_last=hidden[-2] if layers.before_last else None,
        pooled=output.pooler_output.to(device) if layers.pooler else None,
        mask=mask,
        layers=hidden if layers.every else None,
    )


def unpadded_forward(
    loaded: LoadedEncoder, batch: Sequence[Tokens], layers: Layers, filled: Filled | None = None
) -> States:
    """Run the encoder over the sentences of a batch one after the other, in one row of tokens.

    The attention of `evaluators.sts.varlen` keeps them apart. States are padded after the pass, for
    the poolings: that costs one copy, and no arithmetic.
    """
    device = loaded.device
    lengths = _lengths(batch)
    count, longest = int(lengths.sum()), int(lengths.max())
    ids = np.concatenate([tokens.ids for tokens in batch]).astype(np.int64)
    every = lengths
    if filled is not None:
        every = np.concatenate([lengths, _parts(filled.tokens - count, longest)])
        longest = filled.longest
        ids = np.pad(ids, (0, filled.tokens - count))
    offsets = to_device(np.concatenate([[0], every.cumsum()]).astype(np.int32), device)
    if filled is not None:
        torch._dynamo.maybe_mark_dynamic(offsets, 0)
    inputs: dict[str, Any] = {
        "input_ids": to_device(ids[None], device),
        "position_ids": to_device(_positions(ids, every, position_padding(loaded))[None], device),
        "cu_seq_lens_q": offsets,
        "cu_seq_lens_k": offsets,
        "max_length_q": longest,
        "max_length_k": longest,
    }
    if any(tokens.types is not None for tokens in batch):
        types = np.concatenate([_types(tokens) for tokens in batch]).astype(np.int64)
        inputs["token_type_ids"] = to_device(np.pad(types, (0, len(ids) - count))[None], device)
    model = loaded.model if filled is None else filled.model
    output = model(**inputs, output_hidden_states=_deep(layers), return_dict=True)
    shape = _real(lengths).shape
    places = to_device(np.flatnonzero(_real(lengths)), device)

    def padded(states: Tensor) -> Tensor:
        width = states.shape[-1]
        rows = states.new_zeros(shape[0] * shape[1], width)
        return rows.index_copy_(0, places, states[0, :count]).view(*shape, width)

    last = padded(output.last_hidden_state)
    return States(
        last=last,
        first=padded(output.hidden_states[1]) if layers.first else None,
        before_last=padded(output.hidden_states[-2]) if layers.before_last else None,
        pooled=loaded.model.pooler(last) if layers.pooler else None,
        mask=_mask(lengths, device),
        layers=tuple(padded(each) for each in output.hidden_states) if layers.every else None,
    )


def position_padding(loaded: LoadedEncoder) -> int | None:
    """Return the index of padding in the table of positions; RoBERTa and its kin count from it."""
    for name, module in loaded.model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            return module.padding_idx
    return None


def _positions(ids: Integers, lengths: Integers, padding: int | None) -> Integers:
    positions: Integers
    starts = np.repeat(lengths.cumsum() - lengths, lengths)
    if padding is None:
        return np.arange(len(ids)) - starts
    # a padding token written out in a sentence has the position of padding, and is not counted
    real = (ids != padding).astype(np.int64)
    counted = np.concatenate([[0], real.cumsum()])
    positions = (counted[1:] - counted[starts]) * real + padding
    return positions


def _parts(count: int, most: int) -> Integers:
    """Return parts of at most `most` that add up to `count`."""
    whole, rest = divmod(count, most)
    return np.array([most] * whole + [rest] * (rest > 0), dtype=np.int64)


def _lengths(batch: Sequence[Tokens]) -> Integers:
    return np.array([len(tokens.ids) for tokens in batch], dtype=np.int64)


def _types(tokens: Tokens) -> NDArray[np.int32]:
    return np.zeros_like(tokens.ids) if tokens.types is None else tokens.types


def _real(lengths: Integers) -> NDArray[np.bool_]:
    """Return where tokens are, not padding, (m, L)."""
    real: NDArray[np.bool_] = np.arange(lengths.max())[None] < lengths[:, None]
    return real


def _mask(lengths: Integers, device: torch.device) -> Tensor | None:
    """Return 1 for a token and 0 for padding, or None where there is no padding."""
    if lengths.min() == lengths.max():
        return None
    return to_device(_real(lengths).astype(np.int64), device)


def _deep(layers: Layers) -> bool:
    return layers.first or layers.before_last or layers.every
