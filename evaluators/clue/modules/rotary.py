"""Rotary position embedding (RoFormer, arXiv 2104.09864, section 3.2.2)."""

from __future__ import annotations

import torch
from torch import Tensor

BASE = 10_000.0


def rotate(vectors: Tensor) -> Tensor:
    """Turn each pair of neighbouring coordinates by an angle that grows with the position.

    After it (R_i q)ᵀ(R_j k) depends on the positions by j - i alone. Coordinates 2m and 2m + 1 of
    position i turn by i · 10000^(-2m/d).

    Args:
        vectors: (..., L, d), d even; position on the last axis but one.

    Returns:
        As given.
    """
    length, size = vectors.shape[-2:]
    steps = torch.arange(0, size, 2, device=vectors.device, dtype=torch.float64) / size
    places = torch.arange(length, device=vectors.device, dtype=torch.float64)
    angles = places[:, None] * BASE**-steps
    cosine, sine = angles.cos().to(vectors.dtype), angles.sin().to(vectors.dtype)
    even, odd = vectors[..., 0::2], vectors[..., 1::2]
    turned = torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], dim=-1)
    return turned.flatten(-2)
