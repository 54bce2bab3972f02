"""Tokenise texts, and pad rows of tokens to tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.errors import CheckpointError
from evaluators.progress import Report

_CHUNK = 1000  # texts between two reports of progress


class Tokens(NamedTuple):
    """One sequence as the encoder reads it: ids, and token types where the checkpoint has any."""

    ids: NDArray[np.int32]
    types: NDArray[np.int32] | None


class Window(NamedTuple):
    """One sequence of a text that may need several sequences.

    Attributes:
        text: Position of the text in the list that was tokenised.
        tokens: The tokens that the encoder reads.
        inside: Which tokens belong to the text, and neither to a question nor to the frame.
        offsets: Where each token lies in the text, in characters, shape (L, 2).
    """

    text: int
    tokens: Tokens
    inside: NDArray[np.bool_]
    offsets: NDArray[np.int32]


def read_texts(
    tokenizer: Any,
    texts: Sequence[str],
    pairs: Sequence[str] | None,
    max_length: int,
    report: Report | None = None,
) -> list[Tokens]:
    """Tokenise texts or pairs; too long ones lose tokens at the end of their longer text."""
    sequences: list[Tokens] = []
    for part in _chunks(len(texts), report):
        encoded = tokenizer(
            list(texts[part]),
            None if pairs is None else list(pairs[part]),
            truncation="longest_first" if pairs is not None else True,
            max_length=max_length,
        )
        types = encoded.get("token_type_ids") or [None] * len(encoded["input_ids"])
        sequences += [
            _tokens(ids, type_) for ids, type_ in zip(encoded["input_ids"], types, strict=True)
        ]
    return sequences


def read_windows(
    tokenizer: Any,
    texts: Sequence[str],
    questions: Sequence[str] | None,
    max_length: int,
    stride: int,
    report: Report | None = None,
) -> list[Window]:
    """Tokenise long texts in windows that overlap by `stride` tokens, each after its question.

    Offsets point into the texts as given, so that what a tokenizer normalises or drops, such as
    white space, is still there in a piece cut by them.

    Raises:
        CheckpointError: The tokenizer gives no offsets.
    """
    if not tokenizer.is_fast:
        raise CheckpointError(
            "the checkpoint's tokenizer gives no character offsets, which spans and entities need:"
            " save it with tokenizer.json (transformers' fast tokenizers have one)"
        )
    windows = []
    for part in _chunks(len(texts), report):
        chunk_texts = list(texts[part])
        chunk_questions = None if questions is None else list(questions[part])
        encoded = tokenizer(
            *((chunk_questions, chunk_texts) if chunk_questions is not None else (chunk_texts,)),
            truncation="only_second" if chunk_questions is not None else True,
            max_length=max_length,
            stride=stride,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        text_sequence = 0 if chunk_questions is None else 1
        types = encoded.get("token_type_ids") or [None] * len(encoded["input_ids"])
        for row, text in enumerate(encoded["overflow_to_sample_mapping"]):
            inside = np.array(
                [of == text_sequence for of in encoded.sequence_ids(row)], dtype=np.bool_
            )
            offsets = np.array(encoded["offset_mapping"][row], dtype=np.int32)
            tokens = _tokens(encoded["input_ids"][row], types[row])
            windows.append(Window(part.start + text, tokens, inside, offsets))
    return windows


def pad(rows: Sequence[Tokens], pad_id: int, prefix: str = "") -> dict[str, Tensor]:
    """Pad rows to `input_ids`, `attention_mask` and, if there are any, `token_type_ids`: (n, L)."""
    shape = (len(rows), max(len(row.ids) for row in rows))
    ids = np.full(shape, pad_id, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    types = np.zeros(shape, dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row.ids)] = row.ids
        mask[place, : len(row.ids)] = 1
        if row.types is not None:
            types[place, : len(row.types)] = row.types
    arrays = {"input_ids": ids, "attention_mask": mask}
    if rows[0].types is not None:
        arrays["token_type_ids"] = types
    return {f"{prefix}{key}": torch.from_numpy(value) for key, value in arrays.items()}


def pad_array(rows: Sequence[NDArray[Any]], fill: int = 0) -> Tensor:
    """Return arrays of different lengths as one tensor (n, longest, …)."""
    longest = max(len(row) for row in rows)
    shape = (len(rows), longest, *rows[0].shape[1:])
    dtype = np.bool_ if rows[0].dtype == np.bool_ else np.int64
    padded = np.full(shape, fill, dtype=dtype)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return torch.from_numpy(padded)


def covering(window: Window, start: int, end: int) -> tuple[int, int] | None:
    """Return first and last token over characters `start` to `end`, None if a part is outside.

    A token that reaches over a border is included, since it cannot be cut.
    """
    places = np.flatnonzero(window.inside & (window.offsets[:, 1] > window.offsets[:, 0]))
    if not len(places):
        return None
    begins, ends = window.offsets[places].T
    if begins[0] > start or ends[-1] < end:
        return None
    touched = places[(ends > start) & (begins < end)]
    return (int(touched[0]), int(touched[-1])) if len(touched) else None


def _tokens(ids: Sequence[int], types: Sequence[int] | None) -> Tokens:
    return Tokens(
        np.array(ids, dtype=np.int32), None if types is None else np.array(types, dtype=np.int32)
    )


def _chunks(total: int, report: Report | None) -> Iterator[slice]:
    for start in range(0, total, _CHUNK):
        yield slice(start, min(start + _CHUNK, total))
        if report:
            report(min(start + _CHUNK, total), total)
