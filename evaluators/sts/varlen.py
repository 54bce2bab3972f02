"""Attention among the tokens of each sentence, where sentences stand in one row without padding.

On a GPU it is torch's `varlen_attn` (FlashAttention, half precision only). On a CPU each run of
sentences of one length is one call of torch's attention: batches sorted by length have 0.5 to 2%
padding there, so it is no faster than padding and only proves that the vectors are the same.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn

from evaluators.checkpoint.load import LoadedEncoder

NAME = "rankcheck_varlen"

ARCHITECTURES = frozenset(
    {
        "albert", "bert", "distilbert", "electra", "gemma3_text", "llama", "mistral", "modernbert",
        "nomic_bert", "qwen2", "qwen3", "roberta", "xlm-roberta",
    }
)  # fmt: skip
"""The architectures whose vectors are compared with padded ones in the tests."""

TOLERANCE = {
    torch.float64: 1e-10,
    torch.float32: 1e-5,
    torch.float16: 0.02,
    torch.bfloat16: 0.1,
}
"""Largest accepted difference of a vector from the padded one, relative to its length. Two kernels
round in other places; a token that sees another sentence changes far more."""


def worth_it(loaded: LoadedEncoder) -> bool:
    """Return whether a device computes unpadded batches faster: a GPU, in half precision."""
    half = loaded.device.type == "cuda" and _dtype(loaded) in (torch.float16, torch.bfloat16)
    return half and importlib.util.find_spec("torch.nn.attention.varlen") is not None


def use_varlen(
    loaded: LoadedEncoder,
    padded: Callable[[], list[Tensor]],
    unpadded: Callable[[], list[Tensor]],
) -> bool:
    """Give a model this attention, unless that changes what it computes.

    Args:
        loaded: The model; changed in place.
        padded: Returns the vectors of a few sentences, (n, d), computed with padding.
        unpadded: Returns the same, computed without.

    Returns:
        Whether the model has it now; it then needs unpadded batches.
    """
    from transformers import AttentionInterface

    model = loaded.model
    if getattr(getattr(model, "config", None), "model_type", None) not in ARCHITECTURES:
        return False
    before, expected = model.config._attn_implementation, padded()
    # Not a decorator, which would import torch's compiler: seconds for all who never compile.
    by_length = torch.compiler.disable(_by_length)  # type: ignore[no-untyped-call]
    AttentionInterface.register(NAME, partial(varlen_attention, by_length=by_length))
    try:
        model.set_attn_implementation(NAME)
        same = all(
            _near(a, b, TOLERANCE[_dtype(loaded)])
            for a, b in zip(expected, unpadded(), strict=True)
        )
    except (TypeError, ValueError, NotImplementedError):  # a torch or a layer without this
        same = False
    except RuntimeError as error:  # and a card or a width of heads without a kernel
        if isinstance(error, torch.OutOfMemoryError):
            model.set_attn_implementation(before)
            raise
        same = False
    if not same:
        model.set_attn_implementation(before)
    return same


def varlen_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    by_length: Callable[..., Tensor],
    cu_seq_lens_q: Tensor,
    max_length_q: int,
    scaling: float | None = None,
    is_causal: bool | None = None,
    sliding_window: int | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """Return the attention as transformers calls it: (1, heads, T, d) to (1, T, heads, d)."""
    if any(options.get(name) is not None for name in ("softcap", "s_aux", "position_bias")):
        raise NotImplementedError("attention with softcap, sinks or a bias")
    causal = bool(module.is_causal if is_causal is None else is_causal)
    tokens = [states[0].transpose(0, 1) for states in (query, key, value)]
    if query.is_cuda:
        output = _flash(tokens, cu_seq_lens_q, max_length_q, scaling, causal, sliding_window)
    else:
        output = by_length(tokens, cu_seq_lens_q, scaling, causal, sliding_window)
    return output.unsqueeze(0), None


def _flash(
    tokens: list[Tensor],
    offsets: Tensor,
    longest: int,
    scale: float | None,
    causal: bool,
    window: int | None,
) -> Tensor:
    from torch.nn.attention.varlen import varlen_attn

    reach = -1 if window is None else window - 1  # on each side, the token itself not counted
    query, key, value = tokens
    output = varlen_attn(
        query,
        key,
        value,
        offsets,
        offsets,
        longest,
        longest,
        scale=scale,
        window_size=(reach, 0 if causal else reach),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    assert isinstance(output, Tensor)  # noqa: S101 — a pair only where more is asked for
    return output


def _by_length(
    tokens: list[Tensor], offsets: Tensor, scale: float | None, causal: bool, window: int | None
) -> Tensor:
    output = torch.empty_like(tokens[0])
    start = 0
    for length, run in groupby((offsets[1:] - offsets[:-1]).tolist()):
        count = len(list(run))
        end = start + count * length
        query, key, value = (
            each[start:end].reshape(count, length, *each.shape[1:]).transpose(1, 2)
            for each in tokens
        )
        mask = None
        if window is not None and length > window:
            apart = torch.arange(length)[:, None] - torch.arange(length)[None]
            mask = (apart < window) & (apart >= 0 if causal else apart > -window)
        attended = nn.functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            is_causal=causal and mask is None,
            scale=scale,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        output[start:end] = attended.transpose(1, 2).reshape(end - start, *output.shape[1:])
        start = end
    return output


def _dtype(loaded: LoadedEncoder) -> torch.dtype:
    dtype: torch.dtype = next(loaded.model.parameters()).dtype
    return dtype


def _near(padded: Tensor, unpadded: Tensor, tolerance: float) -> bool:
    if padded.shape != unpadded.shape or not bool(torch.isfinite(unpadded).all()):
        return False
    apart = (padded - unpadded).norm(dim=-1)
    return bool((apart <= tolerance * padded.norm(dim=-1)).all())
