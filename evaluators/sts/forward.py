"""One forward pass over a batch of sentences, for any transformers encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from evaluators.checkpoint.load import LoadedEncoder
from evaluators.sts.pooling import States
from evaluators.sts.tokens import Tokens


class Layers(NamedTuple):
    """Which layers some pooling needs beside the last."""

    first: bool
    before_last: bool
    pooler: bool


def padded_forward(loaded: LoadedEncoder, batch: Sequence[Tokens], layers: Layers) -> States:
    """Run the encoder over a batch padded on the right to its longest sentence.

    Sentences of equal length need no padding, and then no mask either.
    """
    model, device = loaded.model, loaded.device
    lengths = [len(tokens.ids) for tokens in batch]
    shape = (len(batch), max(lengths))
    pad = loaded.tokenizer.pad_token_id or 0
    ids = np.full(shape, pad, dtype=np.int64)
    types = np.zeros(shape, dtype=np.int64)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens.ids)] = tokens.ids
        if tokens.types is not None:
            types[row, : len(tokens.types)] = tokens.types
    inputs = {"input_ids": torch.from_numpy(ids).to(device)}
    mask = None
    if min(lengths) < shape[1]:
        real = np.arange(shape[1])[None] < np.array(lengths)[:, None]
        mask = torch.from_numpy(real.astype(np.int64)).to(device)
        inputs["attention_mask"] = mask
    if types.any():
        inputs["token_type_ids"] = torch.from_numpy(types).to(device)
    deep = layers.first or layers.before_last
    output = model(**inputs, output_hidden_states=deep, return_dict=True)
    return States(
        last=output.last_hidden_state,
        first=output.hidden_states[1] if layers.first else None,
        before_last=output.hidden_states[-2] if layers.before_last else None,
        pooled=output.pooler_output if layers.pooler else None,
        mask=mask,
    )
